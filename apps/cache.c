/*
 * cache.c - a cache that keeps nothing alive: weak pointers find the pages that
 * somebody still uses, and cleanups count the pages that the collector has
 * freed.
 *
 *	make qemu APP=apps/cache.c ARGS='GODEBUG=gctrace=1'
 *
 * Readers ask for pages by number, for some pages far more often than for
 * others.  Each reader keeps the pages that it saw last.
 */
#include "antler.h"

enum { PAGES = 256, WORDS = 4096, READERS = 4, ASKS = 2000, KEEPS = 6 };

struct page {
	long number;
	long square[WORDS];	/* expensive to make */
};
GC_TYPE_NOPTR(page);

static struct mutex     lock;
static struct weak      cache[PAGES];	/* under lock */
static long             hits, made;	/* under lock */
static struct atomic64  collected;
static struct waitgroup readers;

static void
page_is_gone(void *unused)
{
	(void)unused;
	atomic64_add(&collected, 1);
}

static struct page *
make_page(long number)
{
	struct page *p = gc_new(&page_type);

	p->number = number;
	for (long i = 0; i < WORDS; i++)
		p->square[i] = (number + i) * (number + i);
	gc_add_cleanup(p, page_is_gone, NULL);
	return p;
}

static void
unlock(void *unused)
{
	(void)unused;
	mutex_unlock(&lock);
}

static struct page *
get_page(long number)
{
	struct page *p;

	mutex_lock(&lock);
	defer(unlock, NULL);
	p = weak_value(cache[number]);
	if (p != NULL) {
		hits++;
		return p;
	}
	made++;
	p = make_page(number);
	gc_store(&cache[number].handle_, weak_make(p).handle_);
	return p;
}

static void
read_pages(void *who)
{
	struct page *last[KEEPS] = { NULL };	/* what a stack points to is
						 * kept */
	uint64_t rand = (uint64_t)who;

	for (long i = 0; i < ASKS; i++) {
		struct page *p;
		long number, at;

		rand = rand * 6364136223846793005 + 1442695040888963407;
		number = (long)((rand >> 40) % PAGES * (rand >> 33 & 127) /
		    128);
		p = get_page(number);
		at = (long)(rand >> 50) % WORDS;
		if (p->square[at] != (number + at) * (number + at))
			go_panic("page %ld is spoilt", number);
		last[i % KEEPS] = p;
		yield();
	}
	wg_done(&readers);
}

/* Returns the number of pages that are still there. */
static long
count_pages(void)
{
	long n = 0;

	for (int i = 0; i < PAGES; i++)
		n += weak_value(cache[i]) != NULL;
	return n;
}

int
main(void)
{
	gc_root(cache);		/* for the handles of the weak pointers */
	wg_add(&readers, READERS);
	for (long i = 1; i <= READERS; i++)
		go(read_pages, (void *)i);
	wg_wait(&readers);
	print("%d asked: %ld were there, %ld had to be made\n",
	    READERS * ASKS, hits, made);

	/* Nobody uses any page now.  A page is either gone, and its cleanup
	 * runs soon, or a stale word keeps it. */
	do {
		gc_collect();
		sleep_ns(1000000);
	} while ((long)atomic64_load(&collected) + count_pages() != made);
	print("%ld were collected, %ld are left\n",
	    (long)atomic64_load(&collected), count_pages());
	return 0;
}
