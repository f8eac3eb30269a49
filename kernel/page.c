/*
 * page.c - physical memory.
 *
 * A buddy allocator (Knowlton 1965; Knuth, TAOCP vol. 1, 2.5) over all free
 * RAM.  A block is 2^order frames, aligned to its size, for order 0 to
 * ORDER_MAX.  Free blocks of an order form a list that runs through the blocks
 * themselves.  Each frame has one byte, enum frame, in meta[]:
 *
 *	PAGE-1	The first frame of a free block is HEAD + its order; the other
 *		frames of the block are INNER.
 *	PAGE-2	No two free blocks are buddies of the same order below
 *		ORDER_MAX: freeing merges them.
 *	PAGE-3	A frame that is allocated is TAKEN, or PERM if it is allocated
 *		for ever.  So a wrong free is detected at once, in every build,
 *		even in the middle of a free block.
 *	PAGE-4	nfree is the number of frames in free blocks, nhot the number
 *		of HOT frames; together with the TAKEN and PERM frames they make
 *		ntotal.
 *	PAGE-5	A FRESH frame is the first of a block of order ORDER_MAX that is
 *		free, is on no list, and has never been touched.  nfresh is the
 *		number of these blocks.
 *
 * Most calls want single frames, for stacks and page tables.  Single frames go
 * through a short stack of HOT frames, which are not merged, so that a free
 * followed by an allocation does not merge blocks up to 4 MiB and split them
 * again.
 *
 * A run of n <= 2^ORDER_MAX frames is the front of the next larger block, and
 * the tail of that block is freed.  A longer run is found by a walk over memory
 * in steps of the largest block.
 *
 * Starting up touches only the metadata.  If it linked all blocks of a big
 * machine into lists, it would write to the first frame of each, and behind an
 * emulator the host would have to provide memory for half of them: 2 GiB took
 * seconds.  So blocks start FRESH, and FRESH blocks are used, lowest first,
 * when the lists are empty.
 */
#include "kernel/page_internal.h"

#include "lib/check.h"
#include "lib/str.h"

enum {
	HOT_MAX = 64,			/* frames; above it, half are merged */
	HOT_REFILL_ORDER = 4,
	PERM_CHUNK = 16,		/* frames for perm_alloc at a time */
	POISON_BYTES = 64,
};

uintptr_t        page_lo, page_hi;
struct page_pool page_pool = { .lock = SPINLOCK_INIT("page", RANK_PAGE) };

/* ---- Blocks ------------------------------------------------------------ */

static bool
list_is_empty(unsigned order)
{
	return page_pool.lists[order].next == &page_pool.lists[order];
}

static void
push_block(pfn_t pfn, unsigned order)
{
	struct block *b = block_at(pfn);
	struct block *list = &page_pool.lists[order];

	page_pool.meta[pfn] = (uint8_t)(HEAD + order);
	b->next = list->next;
	b->prev = list;
	b->next->prev = b;
	list->next = b;
	page_pool.nfree += (size_t)1 << order;
}

/* Take the free block at pfn off its list and make all its frames INNER. */
static void
remove_block(pfn_t pfn, unsigned order)
{
	struct block *b = block_at(pfn);

	ASSERT(page_pool.meta[pfn] == HEAD + order);
	page_pool.meta[pfn] = INNER;
	b->next->prev = b->prev;
	b->prev->next = b->next;
	page_pool.nfree -= (size_t)1 << order;
}

/* Free the block of INNER frames at pfn, merging it with its buddies. */
static void
free_block(pfn_t pfn, unsigned order)
{
	while (order < ORDER_MAX) {
		pfn_t buddy = pfn ^ (pfn_t)1 << order;

		if (buddy < page_lo >> PAGE_SHIFT ||
		    buddy >= page_hi >> PAGE_SHIFT ||
		    page_pool.meta[buddy] != HEAD + order)
			break;
		remove_block(buddy, order);
		pfn &= ~((pfn_t)1 << order);
		order++;
	}
	push_block(pfn, order);
}

void
page_free_run(pfn_t pfn, size_t n)
{
	while (n > 0) {
		unsigned order = 0;

		while (order < ORDER_MAX && (size_t)2 << order <= n &&
		    (pfn & (((pfn_t)2 << order) - 1)) == 0)
			order++;
		free_block(pfn, order);
		pfn += (pfn_t)1 << order;
		n -= (size_t)1 << order;
	}
}

/* Make the largest block at pfn, which is FRESH, INNER. */
static void
take_fresh(pfn_t pfn)
{
	ASSERT(page_pool.meta[pfn] == FRESH);
	page_pool.meta[pfn] = INNER;
	page_pool.nfree -= BLOCK_MAX;
	page_pool.nfresh--;
}

/* Make the lowest FRESH block INNER and return it.  There must be one. */
static pfn_t
next_fresh(void)
{
	while (page_pool.meta[page_pool.fresh_at] != FRESH)
		page_pool.fresh_at += BLOCK_MAX;
	take_fresh(page_pool.fresh_at);
	return page_pool.fresh_at;
}

/* Take a block of 2^order frames, splitting a larger block if need be.  Returns
 * false if there is none. */
static bool
take_block(unsigned order, pfn_t *pfn)
{
	unsigned from = order;

	while (from <= ORDER_MAX && list_is_empty(from))
		from++;
	if (from <= ORDER_MAX) {
		*pfn = pfn_of(page_pool.lists[from].next);
		remove_block(*pfn, from);
	} else if (page_pool.nfresh > 0) {
		*pfn = next_fresh();
		from = ORDER_MAX;
	} else {
		return false;
	}
	while (from > order) {
		from--;
		push_block(*pfn + ((pfn_t)1 << from), from);
	}
	return true;
}

/* ---- Single frames ----------------------------------------------------- */

static void
push_hot(pfn_t pfn)
{
	struct block *b = block_at(pfn);

	page_pool.meta[pfn] = HOT;
	b->next = page_pool.hot;
	page_pool.hot = b;
	page_pool.nhot++;
}

static pfn_t
pop_hot(void)
{
	struct block *b = page_pool.hot;

	page_pool.hot = b->next;
	page_pool.nhot--;
	return pfn_of(b);
}

NOINLINE void
page_drain_hot(size_t keep)
{
	while (page_pool.nhot > keep) {
		pfn_t pfn = pop_hot();

		page_pool.meta[pfn] = INNER;
		free_block(pfn, 0);
	}
}

/* Make some frames hot, the lowest on top.  Returns false if no memory is
 * left. */
static NOINLINE bool
refill_hot(void)
{
	unsigned order = HOT_REFILL_ORDER;
	pfn_t    pfn;

	while (!take_block(order, &pfn))
		if (order-- == 0)
			return false;
	for (size_t i = (size_t)1 << order; i-- > 0;)
		push_hot(pfn + i);
	return true;
}

/* ---- Runs -------------------------------------------------------------- */

/* Are the n frames from pfn on free?  A largest block or a hole begins at
 * pfn. */
static bool
run_is_free(pfn_t pfn, size_t n)
{
	pfn_t end = pfn + n;

	if (end > page_hi >> PAGE_SHIFT)
		return false;
	while (pfn < end) {
		if (page_pool.meta[pfn] == FRESH)
			pfn += BLOCK_MAX;
		else if (page_pool.meta[pfn] >= HEAD)
			pfn += (pfn_t)1 << (page_pool.meta[pfn] - HEAD);
		else
			return false;
	}
	return true;
}

/* Take n > BLOCK_MAX frames that begin with a largest block, by first fit.
 * Returns false if there is no such run. */
static bool
take_long(size_t n, pfn_t *out)
{
	pfn_t pfn = ROUND_UP(page_lo >> PAGE_SHIFT, (pfn_t)BLOCK_MAX);
	pfn_t at;

	while (!run_is_free(pfn, n)) {
		pfn += BLOCK_MAX;
		if (pfn + n > page_hi >> PAGE_SHIFT)
			return false;
	}
	for (at = pfn; at < pfn + n;) {
		unsigned order = ORDER_MAX;

		if (page_pool.meta[at] == FRESH) {
			take_fresh(at);
		} else {
			order = page_pool.meta[at] - HEAD;
			remove_block(at, order);
		}
		at += (pfn_t)1 << order;
	}
	page_free_run(pfn + n, at - (pfn + n));
	*out = pfn;
	return true;
}

/* Take n <= BLOCK_MAX frames.  Returns false if there is no such run. */
static bool
take_short(size_t n, pfn_t *out)
{
	unsigned order = 0;

	while ((size_t)1 << order < n)
		order++;
	if (!take_block(order, out))
		return false;
	page_free_run(*out + n, ((size_t)1 << order) - n);
	return true;
}

/* Take n consecutive frames and set their state to as.  Returns them, or NULL
 * if there is no such run. */
static NOINLINE void *
take_run_locked(size_t n, enum frame as)
{
	bool (*take)(size_t, pfn_t *) = n > BLOCK_MAX ? take_long : take_short;
	pfn_t pfn;

	ASSERT_HELD(&page_pool.lock);
	if (n == 0 || n > page_pool.ntotal)
		return NULL;
	if (!take(n, &pfn)) {
		page_drain_hot(0);
		if (!take(n, &pfn))
			return NULL;
	}
	memset(&page_pool.meta[pfn], as, n);
	return block_at(pfn);
}

void *
page_alloc(size_t npages)
{
	void *run = NULL;

	spin_lock(&page_pool.lock);
	if (LIKELY(npages == 1)) {
		if (LIKELY(page_pool.hot != NULL) || refill_hot()) {
			pfn_t pfn = pop_hot();

			page_pool.meta[pfn] = TAKEN;
			run = block_at(pfn);
		}
	} else {
		run = take_run_locked(npages, TAKEN);
	}
	spin_unlock(&page_pool.lock);
	return run;
}

NORETURN COLD static void
bad_free(const void *run, size_t npages, const char *why)
{
	panic("page: free of %p (%zu pages): %s", run, npages, why);
}

/* Panic unless the caller may free the run. */
static NOINLINE void
check_free(const void *run, size_t npages)
{
	uintptr_t at = (uintptr_t)run;

	if (at % PAGE_SIZE != 0)
		bad_free(run, npages, "not a page");
	if (at < page_lo || at >= page_hi ||
	    npages > (page_hi - at) >> PAGE_SHIFT)
		bad_free(run, npages, "not RAM of ours");
	for (; npages > 0; run = (const char *)run + PAGE_SIZE, npages--) {
		uint8_t is = page_pool.meta[pfn_of(run)];

		if (UNLIKELY(is != TAKEN))
			bad_free(run, npages, is == PERM ? "permanent" :
			    is == HOLE ? "not RAM of ours" : "already free");
	}
}

/* May page be freed?  A short form of check_free for one page. */
static bool
may_free_one(const void *page)
{
	uintptr_t at = (uintptr_t)page;

	return at % PAGE_SIZE == 0 && at >= page_lo && at < page_hi &&
	    page_pool.meta[pfn_of(page)] == TAKEN;
}

/* In debug builds, overwrite the beginning of freed frames, so that code that
 * still reads them notices. */
static void
poison(void *run, size_t npages)
{
	for (size_t i = 0; DEBUG && i < npages; i++)
		memset((char *)run + i * PAGE_SIZE, 0xdb, POISON_BYTES);
}

void
page_free(void *run, size_t npages)
{
	spin_lock(&page_pool.lock);
	if (UNLIKELY(npages != 1 || !may_free_one(run)))
		check_free(run, npages);
	poison(run, npages);
	if (LIKELY(npages == 1)) {
		push_hot(pfn_of(run));
		if (UNLIKELY(page_pool.nhot > HOT_MAX))
			page_drain_hot(HOT_MAX / 2);
	} else {
		memset(&page_pool.meta[pfn_of(run)], INNER, npages);
		page_free_run(pfn_of(run), npages);
	}
	spin_unlock(&page_pool.lock);
}

/* ---- Permanent memory -------------------------------------------------- */

/* Take memory from the current chunk, from a new chunk, or, if size is large,
 * as frames of its own.  Returns NULL if there is none. */
static void *
perm_alloc_locked(size_t size, size_t align)
{
	size_t npages = ROUND_UP(size, PAGE_SIZE) >> PAGE_SHIFT;
	bool   own = npages > PERM_CHUNK / 2;
	char  *run;

	page_pool.perm_at = ROUND_UP(page_pool.perm_at, align);
	if (!own && page_pool.perm_at <= page_pool.perm_end &&
	    size <= page_pool.perm_end - page_pool.perm_at) {
		page_pool.perm_at += size;
		return (void *)(page_pool.perm_at - size);
	}
	if (!own && (run = take_run_locked(PERM_CHUNK, PERM)) != NULL) {
		page_pool.perm_at = (uintptr_t)run + size;
		page_pool.perm_end = (uintptr_t)run + PERM_CHUNK * PAGE_SIZE;
		page_pool.nperm += PERM_CHUNK;
		return run;
	}
	run = take_run_locked(npages, PERM);
	page_pool.nperm += run != NULL ? npages : 0;
	return run;
}

void *
perm_alloc(size_t size, size_t align, const char *what)
{
	void *p;

	ASSERT(size > 0 && align <= PAGE_SIZE && (align & (align - 1)) == 0);
	spin_lock(&page_pool.lock);
	p = perm_alloc_locked(size, align);
	spin_unlock(&page_pool.lock);
	if (p == NULL)
		panic("page: no memory for %s (%zu bytes)", what, size);
	return memset(p, 0, size);
}
