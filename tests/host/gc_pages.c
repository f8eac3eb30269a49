/*
 * gc_pages.c - see gc_pages.h.
 */
#include "tests/host/gc_pages.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/page.h"
#include "lib/check.h"

enum { NPAGES = 1 << 16 };

uintptr_t page_lo, page_hi;

static struct {
	pthread_mutex_t lock;
	uint8_t         out[NPAGES];
	size_t          nout, budget, longest, hint;
	uint64_t        fail_nth;
	bool            fail_all, failing;
} pages = { .lock = PTHREAD_MUTEX_INITIALIZER, .budget = NPAGES };

void
gc_pages_init(void)
{
	size_t spare = 4 * MIB;
	void  *p = mmap(NULL, (size_t)NPAGES * PAGE_SIZE + spare,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);

	CHECK(p != MAP_FAILED);
	page_lo = ROUND_UP((uintptr_t)p, spare);
	page_hi = page_lo + (size_t)NPAGES * PAGE_SIZE;
}

/* Returns the index of the first of n free pages at or after from, aligned as
 * page.h says, or NPAGES if there are none. */
static size_t
find_run(size_t from, size_t n)
{
	size_t align = 1;

	while (align * 2 <= n && align < 1024)
		align *= 2;
	for (size_t i = ROUND_UP(from, align); i + n <= NPAGES; i += align) {
		size_t len = 0;

		while (len < n && !pages.out[i + len])
			len++;
		if (len == n)
			return i;
	}
	return NPAGES;
}

static bool
must_fail(size_t n)
{
	if (pages.nout + n > pages.budget ||
	    (pages.longest != 0 && n > pages.longest))
		return true;
	if (pages.failing)
		return true;
	if (pages.fail_nth == 0 || --pages.fail_nth > 0)
		return false;
	pages.failing = pages.fail_all;
	return true;
}

void *
page_alloc(size_t npages)
{
	void *run = NULL;
	size_t i;

	if (npages == 0)
		return NULL;
	pthread_mutex_lock(&pages.lock);
	if (!must_fail(npages)) {
		i = find_run(pages.hint, npages);
		if (i == NPAGES)
			i = find_run(0, npages);
		if (i < NPAGES) {
			memset(pages.out + i, 1, npages);
			pages.nout += npages;
			pages.hint = i + npages;
			run = (void *)(page_lo + i * PAGE_SIZE);
		}
	}
	pthread_mutex_unlock(&pages.lock);
	if (run != NULL)
		memset(run, 0xa5, npages * PAGE_SIZE);
	return run;
}

void
page_free(void *run, size_t npages)
{
	size_t i = ((uintptr_t)run - page_lo) / PAGE_SIZE;

	memset(run, 0x5a, npages * PAGE_SIZE);
	pthread_mutex_lock(&pages.lock);
	for (size_t k = i; k < i + npages; k++) {
		CHECK(pages.out[k] == 1);
		pages.out[k] = 0;
	}
	pages.nout -= npages;
	pthread_mutex_unlock(&pages.lock);
}

bool
page_is_taken(const void *run, size_t npages)
{
	size_t i = ((uintptr_t)run - page_lo) / PAGE_SIZE;
	bool   taken = true;

	pthread_mutex_lock(&pages.lock);
	for (size_t k = i; k < i + npages; k++)
		taken = taken && pages.out[k] == 1;
	pthread_mutex_unlock(&pages.lock);
	return taken;
}

void
page_get_stats(struct page_stats *out)
{
	pthread_mutex_lock(&pages.lock);
	page_peek_stats(out);
	pthread_mutex_unlock(&pages.lock);
}

void
page_peek_stats(struct page_stats *out)
{
	*out = (struct page_stats){ .total = NPAGES,
		.free = pages.budget - pages.nout };
}

void *
perm_alloc(size_t size, size_t align, const char *what)
{
	void *p = aligned_alloc(align < 16 ? 16 : align,
	    ROUND_UP(size, align < 16 ? (size_t)16 : align));

	(void)what;
	CHECK(p != NULL);
	memset(p, 0, size);
	return p;
}

void
gc_pages_budget(size_t npages)
{
	pthread_mutex_lock(&pages.lock);
	pages.budget = npages;
	pthread_mutex_unlock(&pages.lock);
}

void
gc_pages_longest(size_t npages)
{
	pthread_mutex_lock(&pages.lock);
	pages.longest = npages;
	pthread_mutex_unlock(&pages.lock);
}

void
gc_pages_fail(uint64_t nth, bool all)
{
	pthread_mutex_lock(&pages.lock);
	pages.fail_nth = nth;
	pages.fail_all = all;
	pages.failing = false;
	pthread_mutex_unlock(&pages.lock);
}

size_t
gc_pages_out(void)
{
	size_t n;

	pthread_mutex_lock(&pages.lock);
	n = pages.nout;
	pthread_mutex_unlock(&pages.lock);
	return n;
}
