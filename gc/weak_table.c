/*
 * weak_table.c - find weak handles by the address that they refer to.
 *
 * Weak pointers of equal addresses are equal, so each weak_make looks whether
 * there is a handle already; and an object may have as many handles as it has
 * bytes.  Hence a hash table of the records of all weak handles, by address.
 *
 * The table grows by linear hashing (W. Litwin, 1980).  There are n buckets.
 * When the records become more than LOAD * n, one bucket is split in two, and
 * the new one gets the number n.  So no insertion moves the records of more
 * than one bucket, and the lock is never held while a table of a million
 * records is copied.  Buckets lie in pages, which are found by two levels of
 * directories, and a page is made together with the first of its buckets; so
 * the table needs no long run of pages.  If there is no memory for the next
 * page, the only effect is that the buckets become longer.
 *
 *	WTABLE-1 Let low be the greatest power of two up to n, and h the hash
 *		of a record's ptr.  The record is in bucket h mod (2 * low) if
 *		this is less than n, else in bucket h mod low.
 *	WTABLE-2 Each record of kind SPECIAL_WEAK is in the table, once.
 *
 * The table does not shrink: like the slabs of records, it stays as large as it
 * has ever been, which is 4 bytes for each weak handle of the largest number
 * there was at a time.
 *
 * Rejected: a table that doubles, since the hart that doubles it holds the lock
 * for milliseconds.  A tree of each object's handles: it is logarithmic, and
 * costs two more links in each record.
 */
#include "gc/weak_table.h"

#include "gc/heap.h"
#include "gc/special_internal.h"
#include "kernel/page.h"
#include "lib/str.h"

enum {
	LOAD  = 2,			/* records to a bucket */
	HEADS = PAGE_SIZE / 8,		/* buckets to a page */
	PAGES = PAGE_SIZE / 8,		/* pages to a directory */
	DIRS  = 64,			/* directories: 2^24 buckets */
};

struct heads {
	struct special *head[HEADS];
};

struct dir {
	struct heads *page[PAGES];
};

/*
 * Field key:	[L] by special_lock
 */
static struct {
	struct dir *dirs[DIRS];		/* [L] */
	size_t      n;			/* [L] buckets */
	size_t      low;		/* [L] WTABLE-1; 0 while n is 0 */
	size_t      count;		/* [L] records */
} table;

/*
 * Return a hash of ptr, each bit of which depends on all bits of ptr.  It is
 * multiplicative hashing (Knuth), with the upper half of the product folded
 * into the lower half, done twice.  Once is not enough for addresses that are a
 * multiple of a page apart: the lower bits of their product are zero, and its
 * upper bits alone come in steps of four.
 */
INLINE uint64_t
hash(uintptr_t ptr)
{
	uint64_t h = ptr * 0x9e3779b97f4a7c15ULL;

	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 32;
}

/* Return the head of bucket i, whose page exists. */
INLINE struct special **
bucket(size_t i)
{
	return &table.dirs[i / HEADS / PAGES]->page[i / HEADS % PAGES]->
	    head[i % HEADS];
}

/* Return the head of the bucket that ptr belongs to.  There is at least one
 * bucket. */
INLINE struct special **
bucket_of(uintptr_t ptr)
{
	uint64_t h = hash(ptr);
	size_t   i = h & (2 * table.low - 1);

	return bucket(i < table.n ? i : i & (table.low - 1));
}

/* Make a page of zeros.  Returns NULL if there is no memory. */
static void *
new_page(void)
{
	void *page = page_alloc(1);

	if (page == NULL)
		return NULL;
	/* relaxed: a statistic. */
	add_relaxed(&heap.meta_pages, 1);
	return memset(page, 0, PAGE_SIZE);
}

/* Make the page of bucket i, if it does not exist.  Returns false if there is
 * no memory for it, or no room in the directories. */
static bool
make_page(size_t i)
{
	size_t page = i / HEADS, d = page / PAGES;

	if (d >= DIRS)
		return false;
	if (table.dirs[d] == NULL)
		table.dirs[d] = new_page();
	if (table.dirs[d] == NULL)
		return false;
	if (table.dirs[d]->page[page % PAGES] == NULL)
		table.dirs[d]->page[page % PAGES] = new_page();
	return table.dirs[d]->page[page % PAGES] != NULL;
}

/* Make bucket number n.  It gets its records from the bucket whose number
 * differs from n in the highest bit only. */
static void
split(void)
{
	struct special **from, **to, *sp;
	size_t i = table.n;

	if (!make_page(i))
		return;
	if (i == 2 * table.low)
		table.low *= 2;
	from = bucket(i - table.low);
	to = bucket(i);
	table.n++;
	while ((sp = *from) != NULL) {
		if ((hash(sp->ptr) & (2 * table.low - 1)) != i) {
			from = &sp->chain;
			continue;
		}
		*from = sp->chain;
		sp->chain = *to;
		*to = sp;
	}
}

struct special *
weak_table_find(uintptr_t ptr)
{
	struct special *sp;

	if (table.n == 0)
		return NULL;
	sp = *bucket_of(ptr);
	while (sp != NULL && sp->ptr != ptr)
		sp = sp->chain;
	return sp;
}

bool
weak_table_ready(void)
{
	if (table.n == 0 && make_page(0))
		table.n = table.low = 1;
	return table.n > 0;
}

void
weak_table_add(struct special *sp)
{
	struct special **at;

	if (++table.count > LOAD * table.n)
		split();
	at = bucket_of(sp->ptr);
	sp->chain = *at;
	*at = sp;
}

void
weak_table_remove(struct special *sp)
{
	struct special **at = bucket_of(sp->ptr);

	while (*at != sp)
		at = &(*at)->chain;
	*at = sp->chain;
	table.count--;
}

size_t
weak_table_count(void)
{
	return table.count;
}

size_t
weak_table_longest(void)
{
	size_t longest = 0;

	for (size_t i = 0; i < table.n; i++) {
		size_t length = 0;

		for (struct special *sp = *bucket(i); sp != NULL;
		    sp = sp->chain)
			length++;
		longest = MAX(longest, length);
	}
	return longest;
}
