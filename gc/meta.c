/*
 * meta.c - records of the collector, outside the heap.
 *
 * Records come from pages that are never given back, in multiples of CACHE_LINE
 * bytes.  A freed record waits on the list of its length until a record of that
 * length is needed.  If a heap changes in what it consists of, some records
 * stay idle: at most 4 % of the largest size that the heap has had.
 */
#include "gc/meta.h"

#include "gc/heap.h"
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/check.h"

enum { BATCH_PAGES = 8 };	/* taken at once, if so many can be had */

struct free_record {
	struct free_record *next;
};

/*
 * Field key:	[L] by lock
 */
static struct {
	struct spinlock     lock;
	struct free_record *free[META_MAX / CACHE_LINE + 1]; /* [L] by length */
	uintptr_t           bump, end;	/* [L] unused part of the last batch */
} meta = { .lock = SPINLOCK_INIT("gc meta", RANK_GC_HEAP) };

/* Make the unused part of the batch at least nbytes long.  Returns false if
 * there is no memory. */
static bool
make_room_locked(size_t nbytes)
{
	size_t    npages = BATCH_PAGES;
	uintptr_t batch;

	if (meta.end - meta.bump >= nbytes)
		return true;
	batch = (uintptr_t)page_alloc(npages);
	if (batch == 0) {
		npages = 1;
		batch = (uintptr_t)page_alloc(npages);
	}
	if (batch == 0)
		return false;
	/* relaxed: a statistic. */
	add_relaxed(&heap.meta_pages, npages);
	meta.bump = batch;
	meta.end = batch + npages * PAGE_SIZE;
	return true;
}

void *
meta_alloc(size_t nbytes)
{
	struct free_record **list = &meta.free[nbytes / CACHE_LINE];
	void *record = NULL;

	ASSERT(nbytes <= META_MAX && nbytes % CACHE_LINE == 0);
	spin_lock(&meta.lock);
	if (*list != NULL) {
		record = *list;
		*list = (*list)->next;
	} else if (make_room_locked(nbytes)) {
		record = (void *)meta.bump;
		meta.bump += nbytes;
	}
	spin_unlock(&meta.lock);
	return record;
}

void
meta_free(void *record, size_t nbytes)
{
	struct free_record *r = record;

	spin_lock(&meta.lock);
	r->next = meta.free[nbytes / CACHE_LINE];
	meta.free[nbytes / CACHE_LINE] = r;
	spin_unlock(&meta.lock);
}
