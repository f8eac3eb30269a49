/*
 * page.c - physical memory.
 *
 * A buddy allocator (Knowlton 1965; Knuth, TAOCP vol. 1, 2.5) over all free
 * RAM.  A block is 2^order frames, aligned to its size, for order 0 to
 * ORDER_MAX.  Free blocks of an order form a list that runs through the blocks
 * themselves.  Each frame has one byte, enum frame, in meta[]:
 *
 *	PAGE-1	The first frame of a free block is HEAD + its order, the others
 *		are INNER.
 *	PAGE-2	No two free blocks are buddies of the same order below
 *		ORDER_MAX: freeing merges them.
 *	PAGE-3	A frame somebody holds is TAKEN (PERM, if for ever).  So a wrong
 *		free is seen at once, in every build, also in the middle of a
 *		free block.
 *	PAGE-4	nfree is the number of frames in free blocks, nhot that of HOT
 *		ones; with TAKEN and PERM they make ntotal.
 *
 * Single frames are most of the traffic: stacks and page tables.  They go
 * through a short stack of HOT frames, not merged, so that a free followed by
 * an allocation does not merge a block up to 4 MiB and split it again.
 *
 * Longer runs: one of n <= 2^ORDER_MAX frames is the front of the next larger
 * block, whose tail goes back.  A longer one is found by a walk over memory in
 * steps of the largest block.
 *
 * Starting up touches the metadata and one frame in 4 MiB, not each frame.
 */
#include "kernel/page.h"

#include "kernel/platform.h"
#include "kernel/ram.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/str.h"

enum {
	ORDER_MAX = 10,
	BLOCK_MAX = 1 << ORDER_MAX,	/* frames */
	HOT_MAX = 64,			/* frames; then half goes back */
	HOT_REFILL_ORDER = 4,
	PERM_CHUNK = 16,		/* frames perm_alloc takes at a time */
	POISON_BYTES = 64,
};

/* What the runtime needs to come up at all: a fixed part, and each hart's
 * stacks, caches and M. */
#define MIN_FIXED    (4 * MIB)
#define MIN_PER_HART (128 * KIB)

enum frame {
	INNER = 0,	/* in a free block, not its first */
	TAKEN = 1,	/* somebody's */
	PERM = 2,	/* behind perm_alloc */
	HOT = 3,	/* on the stack of single free frames */
	HOLE = 4,	/* never ours */
	HEAD = 0x80,	/* + order: the first of a free block */
};

struct block {
	struct block *next, *prev;	/* prev unused in the hot stack */
};

typedef size_t pfn_t;			/* address >> PAGE_SHIFT */

uintptr_t page_lo, page_hi;

/*
 * Field key:	[I] immutable after page_init	[L] by lock
 *
 * One struct, so that code reaches all of it from one address.
 */
static struct {
	struct spinlock lock;
	uint8_t        *meta;		/* [L] meta[pfn]: biased by page_lo */
	struct block   *hot;		/* [L] */
	size_t          nhot;		/* [L] PAGE-4 */
	size_t          nfree;		/* [L] PAGE-4 */
	size_t          ntotal;		/* [I] */
	size_t          nperm;		/* [L] */
	uintptr_t       perm_at, perm_end;	/* [L] rest of perm's chunk */
	struct block    lists[ORDER_MAX + 1];	/* [L] heads, circular */
} pool = { .lock = SPINLOCK_INIT("page", RANK_PAGE) };

static pfn_t
pfn_of(const void *p)
{
	return (uintptr_t)p >> PAGE_SHIFT;
}

static struct block *
block_at(pfn_t pfn)
{
	return (struct block *)(pfn << PAGE_SHIFT);
}

/* ---- Blocks ------------------------------------------------------------ */

static bool
list_is_empty(unsigned order)
{
	return pool.lists[order].next == &pool.lists[order];
}

static void
push_block(pfn_t pfn, unsigned order)
{
	struct block *b = block_at(pfn);
	struct block *list = &pool.lists[order];

	pool.meta[pfn] = (uint8_t)(HEAD + order);
	b->next = list->next;
	b->prev = list;
	b->next->prev = b;
	list->next = b;
	pool.nfree += (size_t)1 << order;
}

/* Take the free block at pfn off its list; all its frames are INNER then. */
static void
remove_block(pfn_t pfn, unsigned order)
{
	struct block *b = block_at(pfn);

	ASSERT(pool.meta[pfn] == HEAD + order);
	pool.meta[pfn] = INNER;
	b->next->prev = b->prev;
	b->prev->next = b->next;
	pool.nfree -= (size_t)1 << order;
}

/* The block of INNER frames at pfn becomes free, merged with its buddies. */
static void
free_block(pfn_t pfn, unsigned order)
{
	while (order < ORDER_MAX) {
		pfn_t buddy = pfn ^ (pfn_t)1 << order;

		if (buddy < page_lo >> PAGE_SHIFT ||
		    buddy >= page_hi >> PAGE_SHIFT ||
		    pool.meta[buddy] != HEAD + order)
			break;
		remove_block(buddy, order);
		pfn &= ~((pfn_t)1 << order);
		order++;
	}
	push_block(pfn, order);
}

/* n INNER frames become free, in as few blocks as they make. */
static void
free_run(pfn_t pfn, size_t n)
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

/* Take a block of that order, splitting a larger one if need be.  False if
 * there is none. */
static bool
take_block(unsigned order, pfn_t *pfn)
{
	unsigned from = order;

	while (from <= ORDER_MAX && list_is_empty(from))
		from++;
	if (from > ORDER_MAX)
		return false;
	*pfn = pfn_of(pool.lists[from].next);
	remove_block(*pfn, from);
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

	pool.meta[pfn] = HOT;
	b->next = pool.hot;
	pool.hot = b;
	pool.nhot++;
}

static pfn_t
pop_hot(void)
{
	struct block *b = pool.hot;

	pool.hot = b->next;
	pool.nhot--;
	return pfn_of(b);
}

/* Merge hot frames into blocks until only keep are left. */
static NOINLINE void
drain_hot(size_t keep)
{
	while (pool.nhot > keep) {
		pfn_t pfn = pop_hot();

		pool.meta[pfn] = INNER;
		free_block(pfn, 0);
	}
}

/* Make some hot frames, lowest on top; false if no memory is left. */
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

/* Do n free frames begin at pfn, which begins a largest block or a hole? */
static bool
run_is_free(pfn_t pfn, size_t n)
{
	pfn_t end = pfn + n;

	if (end > page_hi >> PAGE_SHIFT)
		return false;
	while (pfn < end) {
		if (pool.meta[pfn] < HEAD)
			return false;
		pfn += (pfn_t)1 << (pool.meta[pfn] - HEAD);
	}
	return true;
}

/* Take n > BLOCK_MAX frames that begin with a largest block: first fit. */
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
		unsigned order = pool.meta[at] - HEAD;

		remove_block(at, order);
		at += (pfn_t)1 << order;
	}
	free_run(pfn + n, at - (pfn + n));
	*out = pfn;
	return true;
}

/* Take n <= BLOCK_MAX frames. */
static bool
take_short(size_t n, pfn_t *out)
{
	unsigned order = 0;

	while ((size_t)1 << order < n)
		order++;
	if (!take_block(order, out))
		return false;
	free_run(*out + n, ((size_t)1 << order) - n);
	return true;
}

/* n frames in a row, marked as; NULL if there is no such run. */
static NOINLINE void *
take_run_locked(size_t n, enum frame as)
{
	bool (*take)(size_t, pfn_t *) = n > BLOCK_MAX ? take_long : take_short;
	pfn_t pfn;

	ASSERT_HELD(&pool.lock);
	if (n == 0 || n > pool.ntotal)
		return NULL;
	if (!take(n, &pfn)) {
		drain_hot(0);
		if (!take(n, &pfn))
			return NULL;
	}
	memset(&pool.meta[pfn], as, n);
	return block_at(pfn);
}

/* npages consecutive frames, contents undefined, aligned to the largest power
 * of two <= npages pages (at most 4 MiB), or NULL.  Any hart. */
void *
page_alloc(size_t npages)
{
	void *run = NULL;

	spin_lock(&pool.lock);
	if (LIKELY(npages == 1)) {
		if (LIKELY(pool.hot != NULL) || refill_hot()) {
			pfn_t pfn = pop_hot();

			pool.meta[pfn] = TAKEN;
			run = block_at(pfn);
		}
	} else {
		run = take_run_locked(npages, TAKEN);
	}
	spin_unlock(&pool.lock);
	return run;
}

NORETURN COLD static void
bad_free(const void *run, size_t npages, const char *why)
{
	panic("page: free of %p (%zu pages): %s", run, npages, why);
}

/* Panic unless the caller may give back the run. */
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
		uint8_t is = pool.meta[pfn_of(run)];

		if (UNLIKELY(is != TAKEN))
			bad_free(run, npages, is == PERM ? "permanent" :
			    is == HOLE ? "not RAM of ours" : "already free");
	}
}

/* check_free of one page, short. */
static bool
may_free_one(const void *page)
{
	uintptr_t at = (uintptr_t)page;

	return at % PAGE_SIZE == 0 && at >= page_lo && at < page_hi &&
	    pool.meta[pfn_of(page)] == TAKEN;
}

/* Debug builds: who still reads a freed frame shall notice. */
static void
poison(void *run, size_t npages)
{
	for (size_t i = 0; DEBUG && i < npages; i++)
		memset((char *)run + i * PAGE_SIZE, 0xdb, POISON_BYTES);
}

/* Give back a run, or any part of one.  Panics if it is not RAM or is already
 * free.  Any hart. */
void
page_free(void *run, size_t npages)
{
	spin_lock(&pool.lock);
	if (UNLIKELY(npages != 1 || !may_free_one(run)))
		check_free(run, npages);
	poison(run, npages);
	if (LIKELY(npages == 1)) {
		push_hot(pfn_of(run));
		if (UNLIKELY(pool.nhot > HOT_MAX))
			drain_hot(HOT_MAX / 2);
	} else {
		memset(&pool.meta[pfn_of(run)], INNER, npages);
		free_run(pfn_of(run), npages);
	}
	spin_unlock(&pool.lock);
}

/* ---- Permanent memory -------------------------------------------------- */

/* From perm's chunk, or a new one, or frames of its own; NULL if none. */
static void *
perm_alloc_locked(size_t size, size_t align)
{
	size_t npages = ROUND_UP(size, PAGE_SIZE) >> PAGE_SHIFT;
	bool   own = npages > PERM_CHUNK / 2;
	char  *run;

	pool.perm_at = ROUND_UP(pool.perm_at, align);
	if (!own && pool.perm_at <= pool.perm_end &&
	    size <= pool.perm_end - pool.perm_at) {
		pool.perm_at += size;
		return (void *)(pool.perm_at - size);
	}
	if (!own && (run = take_run_locked(PERM_CHUNK, PERM)) != NULL) {
		pool.perm_at = (uintptr_t)run + size;
		pool.perm_end = (uintptr_t)run + PERM_CHUNK * PAGE_SIZE;
		pool.nperm += PERM_CHUNK;
		return run;
	}
	run = take_run_locked(npages, PERM);
	pool.nperm += run != NULL ? npages : 0;
	return run;
}

/* Zeroed memory that is never freed; align is a power of two <= 4096.  Panics,
 * naming what, when there is none.  Any hart. */
void *
perm_alloc(size_t size, size_t align, const char *what)
{
	void *p;

	ASSERT(size > 0 && align <= PAGE_SIZE && (align & (align - 1)) == 0);
	spin_lock(&pool.lock);
	p = perm_alloc_locked(size, align);
	spin_unlock(&pool.lock);
	if (p == NULL)
		panic("page: no memory for %s (%zu bytes)", what, size);
	return memset(p, 0, size);
}

/* ---- Numbers and checks ------------------------------------------------ */

void
page_get_stats(struct page_stats *out)
{
	unsigned order = ORDER_MAX + 1;

	spin_lock(&pool.lock);
	drain_hot(0);
	while (order > 0 && list_is_empty(order - 1))
		order--;
	out->total = pool.ntotal;
	out->free = pool.nfree;
	out->largest = order > 0 ? (size_t)1 << (order - 1) : 0;
	out->perm = pool.nperm;
	spin_unlock(&pool.lock);
}

/* Blocks of that order on its list, each checked. */
static size_t
check_list(unsigned order)
{
	struct block *list = &pool.lists[order];
	size_t        n = 0;

	for (struct block *b = list->next; b != list; b = b->next, n++) {
		CHECK((uintptr_t)b >= page_lo && (uintptr_t)b < page_hi);
		CHECK(b->next->prev == b && b->prev->next == b);
		CHECK(pool.meta[pfn_of(b)] == HEAD + order);	/* PAGE-1 */
	}
	return n;
}

/* The free block at pfn: PAGE-1 and PAGE-2.  Returns its frames. */
static size_t
check_block(pfn_t pfn)
{
	unsigned order = pool.meta[pfn] - HEAD;
	pfn_t    buddy = pfn ^ (pfn_t)1 << order;

	CHECK(order <= ORDER_MAX && (pfn & (((pfn_t)1 << order) - 1)) == 0);
	for (size_t i = 1; i < (size_t)1 << order; i++)
		CHECK(pool.meta[pfn + i] == INNER);
	if (order < ORDER_MAX && buddy >= page_lo >> PAGE_SHIFT &&
	    buddy < page_hi >> PAGE_SHIFT)
		CHECK(pool.meta[buddy] != HEAD + order);
	return (size_t)1 << order;
}

/* Check every frame, every list and the totals.  Tests. */
void
page_check(void)
{
	size_t nblocks[ORDER_MAX + 1] = { 0 };
	size_t n[HOLE + 1] = { 0 };
	size_t in_blocks = 0, on_hot = 0;

	spin_lock(&pool.lock);
	for (pfn_t pfn = page_lo >> PAGE_SHIFT; pfn < page_hi >> PAGE_SHIFT;) {
		uint8_t is = pool.meta[pfn];

		if (is >= HEAD) {
			size_t len = check_block(pfn);

			nblocks[is - HEAD]++;
			in_blocks += len;
			pfn += len;
		} else {
			CHECK(is <= HOLE && is != INNER);
			n[is]++;
			pfn++;
		}
	}
	for (unsigned order = 0; order <= ORDER_MAX; order++)
		CHECK(check_list(order) == nblocks[order]);
	for (struct block *b = pool.hot; b != NULL; b = b->next, on_hot++)
		CHECK(pool.meta[pfn_of(b)] == HOT);
	CHECK(on_hot == pool.nhot && n[HOT] == pool.nhot);
	CHECK(in_blocks == pool.nfree);			/* PAGE-4 */
	CHECK(n[PERM] == pool.nperm);
	CHECK(in_blocks + pool.nhot + n[TAKEN] + n[PERM] == pool.ntotal);
	spin_unlock(&pool.lock);
}

/* ---- Start ------------------------------------------------------------- */

/* Set page_lo and page_hi; return the bytes that are free. */
static size_t
measure(void)
{
	struct range r = { 0 };
	size_t       bytes = 0;

	page_lo = UINTPTR_MAX;
	while (ram_next_free(r.base + r.len, &r)) {
		page_lo = MIN(page_lo, r.base);
		page_hi = r.base + r.len;
		bytes += r.len;
	}
	return bytes;
}

static void
check_enough(size_t free_bytes)
{
	size_t need = MIN_FIXED + platform.nharts * MIN_PER_HART;
	size_t ram = ram_total();

	if (free_bytes < need)
		panic("page: this machine has %zu MiB of memory; Antler needs "
		      "at least %zu MiB for %u harts", ram / MIB,
		    ROUND_UP(ram - free_bytes + need, MIB) / MIB,
		    platform.nharts);
}

/* Put meta[] at the start of the first run of RAM that can hold it, all HOLE;
 * returns where. */
static struct range
place_meta(void)
{
	struct range at = { .len = ROUND_UP((page_hi - page_lo) >> PAGE_SHIFT,
	    PAGE_SIZE) };
	struct range r = { 0 };

	do {
		if (!ram_next_free(r.base + r.len, &r))
			panic("page: no room for the metadata of %zu MiB",
			    (page_hi - page_lo) / MIB);
	} while (r.len < at.len);
	at.base = r.base;
	memset((void *)at.base, HOLE, at.len);
	pool.meta = (uint8_t *)at.base - (page_lo >> PAGE_SHIFT);
	return at;
}

/* Take over the RAM that the platform lists as free.  Boot hart, once. */
void
page_init(void)
{
	struct range own, r = { 0 };

	for (unsigned order = 0; order <= ORDER_MAX; order++) {
		struct block *list = &pool.lists[order];

		list->next = list->prev = list;
	}
	check_enough(measure());
	own = place_meta();

	while (ram_next_free(r.base + r.len, &r)) {
		pfn_t  pfn = r.base >> PAGE_SHIFT;
		size_t n = r.len >> PAGE_SHIFT;

		if (r.base == own.base) {
			pfn += own.len >> PAGE_SHIFT;
			n -= own.len >> PAGE_SHIFT;
		}
		memset(&pool.meta[pfn], INNER, n);
		free_run(pfn, n);
	}
	pool.ntotal = pool.nfree;
}
