/*
 * stash.c - blocks for stashed stacks; see stash.h.
 *
 * Blocks of one length form a class, and lie in pages that hold this class
 * alone.  Each page has a list of its free blocks, and each class has a list of
 * its pages that have a free block.  A page goes back to the page allocator as
 * soon as all of its blocks are free.
 *
 * A fault may free a block with any locks held, so it only pushes the block
 * onto the list of returned blocks, by CAS.  The next hart that allocates a
 * block, and each collection, takes the whole list.  Nobody takes single blocks
 * off the list, so a CAS that succeeds cannot have been deceived by a block
 * that left the list and came back.
 *
 * Stacks are stashed at the end of marking, when the heap may have just taken
 * all memory there is, while each stashed stack gives a page back.  The first
 * stash must not fail for want of a page for its block; so one page is kept
 * spare.  When the spare page has been used, the next page that becomes free
 * takes its place.
 *
 *	SLAB-1	A page is on the list of its class if and only if it has a free
 *		block (nused is less than the blocks that fit).
 */
#include "runtime/stack/stash.h"

#include "gc/gc.h"
#include "gc/host.h"
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/g.h"

/* Classes are multiples of this many bytes. */
enum { STEP = 16 };

/* nrefs: too many to list */
enum { ALL_REFS = 255 };

/* Least room for refs; a stack with more refs than room is scanned in whole. */
enum { REFS_ROOM = 8 };

#define NBYTES_MAX \
	ROUND_UP(sizeof(struct stash) + STASH_MAX + REFS_ROOM, STEP)

struct slab {
	struct slab  *next, *prev;	/* [L] SLAB-1 */
	struct stash *free;		/* [L] free blocks, linked by next */
	uint32_t      nused;		/* [L] blocks not in free */
	uint32_t      nbytes;		/* [I] of each block */
};

/* Lock: lock guards [L].  Field key: [l] stored under lock, loaded by any,
 * [a] atomic. */
static struct {
	struct spinlock        lock;
	struct slab           *slabs[NBYTES_MAX / STEP + 1];	/* [L] SLAB-1 */
	ATOMIC(void *)         spare;	/* [l] a page, or NULL */
	ATOMIC(struct stash *) returned;	/* [a] freed by faults */
	ATOMIC(uint64_t)       stashed, bytes, pages, total;	/* [a] sums */
} pool = { .lock = SPINLOCK_INIT("stash", RANK_ALLG) };

/* ---- pages of blocks ---- */

static struct slab **
list_of(const struct slab *slab)
{
	return &pool.slabs[slab->nbytes / STEP];
}

static void
link_slab(struct slab *slab)
{
	struct slab **list = list_of(slab);

	slab->prev = NULL;
	slab->next = *list;
	if (*list != NULL)
		(*list)->prev = slab;
	*list = slab;
}

static void
unlink_slab(struct slab *slab)
{
	if (slab->prev != NULL)
		slab->prev->next = slab->next;
	else
		*list_of(slab) = slab->next;
	if (slab->next != NULL)
		slab->next->prev = slab->prev;
}

/* Make a page of free blocks and put it on the list of its class.  Returns NULL
 * if there is no memory. */
static struct slab *
new_slab_locked(uint32_t nbytes)
{
	struct slab *slab = page_alloc(1);
	uintptr_t at;

	ASSERT_HELD(&pool.lock);
	if (slab == NULL) {
		/* relaxed: under the lock. */
		slab = load_relaxed(&pool.spare);
		store_relaxed(&pool.spare, NULL);
	}
	if (slab == NULL)
		return NULL;
	*slab = (struct slab){ .nbytes = nbytes };
	at = ROUND_UP((uintptr_t)(slab + 1), STEP);
	for (; at + nbytes <= (uintptr_t)slab + PAGE_SIZE; at += nbytes) {
		struct stash *block = (struct stash *)at;

		block->next = slab->free;
		slab->free = block;
	}
	link_slab(slab);
	/* relaxed: a statistic. */
	add_relaxed(&pool.pages, 1);
	return slab;
}

static struct stash *
alloc_locked(uint32_t nbytes)
{
	struct slab *slab = pool.slabs[nbytes / STEP];
	struct stash *block;

	if (slab == NULL && (slab = new_slab_locked(nbytes)) == NULL)
		return NULL;
	block = slab->free;
	slab->free = block->next;
	slab->nused++;
	if (slab->free == NULL)
		unlink_slab(slab);
	block->nbytes = nbytes;
	return block;
}

static void
free_locked(struct stash *block)
{
	struct slab *slab = (struct slab *)ROUND_DOWN((uintptr_t)block,
	    (uintptr_t)PAGE_SIZE);

	ASSERT(slab->nused > 0);
	if (slab->free == NULL)
		link_slab(slab);
	block->next = slab->free;
	slab->free = block;
	if (--slab->nused > 0)
		return;
	unlink_slab(slab);
	page_free(slab, 1);
	add_relaxed(&pool.pages, -1UL);
}

static void
collect_locked(void)
{
	/* acquire: pairs with cas_release in give_back; we see next. */
	struct stash *block = swap_acquire(&pool.returned, NULL), *next;

	for (; block != NULL; block = next) {
		next = block->next;
		free_locked(block);
	}
}

bool
stash_keep_page(void *page)
{
	bool wanted;

	/* relaxed: only a hint, read again under the lock. */
	if (page == NULL || load_relaxed(&pool.spare) != NULL)
		return false;
	spin_lock(&pool.lock);
	wanted = load_relaxed(&pool.spare) == NULL;
	if (wanted)
		store_relaxed(&pool.spare, page);
	spin_unlock(&pool.lock);
	return wanted;
}

/* Make sure that there is a spare page, if there is memory. */
static void
fill_spare(void)
{
	void *page;

	/* relaxed: a hint, as in stash_keep_page. */
	if (load_relaxed(&pool.spare) != NULL)
		return;
	page = page_alloc(1);
	if (!stash_keep_page(page) && page != NULL)
		page_free(page, 1);
}

void
stash_collect(void)
{
	fill_spare();
	/* relaxed: blocks that come a moment later wait for the next call. */
	if (load_relaxed(&pool.returned) == NULL)
		return;
	spin_lock(&pool.lock);
	collect_locked();
	spin_unlock(&pool.lock);
}

/* ---- stashing ---- */

static size_t
live_bytes(const struct g *gp)
{
	return gp->strand.stack_hi - gp->strand.ctx.sp;
}

static bool
regs_have_refs(const struct g *gp)
{
	const struct ctx *ctx = &gp->strand.ctx;
	size_t n = ctx->full & CTX_S1_TO_S11 ? ARRAY_LEN(ctx->s) : 1;
	uint64_t arg = (uintptr_t)gp->strand.arg;

	return gc_list_refs(&arg, 1, NULL, 0) != 0 ||
	    gc_list_refs(ctx->s, n, NULL, 0) != 0;
}

/*
 * The refs are not found here but by stash_fill, because other goroutines may
 * write to the stack until it is unmapped.
 */
struct stash *
stash_alloc(const struct g *gp)
{
	size_t len = live_bytes(gp);
	struct stash *block;

	/* gp has run since it was condemned, and is not stashed then. */
	if (len - 1 >= STASH_MAX || len % 16 != 0)
		return NULL;
	spin_lock(&pool.lock);
	collect_locked();
	block = alloc_locked((uint32_t)ROUND_UP(sizeof(*block) + len +
	    REFS_ROOM, STEP));
	spin_unlock(&pool.lock);
	if (block != NULL)
		block->len = (uint16_t)len;
	return block;
}

void
stash_free(struct stash *block)
{
	spin_lock(&pool.lock);
	free_locked(block);
	spin_unlock(&pool.lock);
}

void
stash_fill(struct stash *block, struct g *gp, const void *frame)
{
	size_t len = block->len;
	uint8_t *refs = (uint8_t *)block->words + len;
	size_t room = block->nbytes - (sizeof(*block) + len), n;

	memcpy(block->words, (const char *)frame + PAGE_SIZE - len, len);
	n = gc_list_refs(block->words, len / 8, refs, room);
	block->nrefs = (uint8_t)(n <= room ? n : ALL_REFS);
	block->regs = regs_have_refs(gp);
	/* release: pairs with load_acquire in stash_scan. */
	store_release(&gp->stash, block);
	/* relaxed: statistics. */
	add_relaxed(&pool.stashed, 1);
	add_relaxed(&pool.total, 1);
	add_relaxed(&pool.bytes, len);
}

/* Put block, which belongs to no gp->stash any more, on the list of returned
 * blocks.  Any context. */
static void
give_back(struct stash *block)
{
	/* relaxed: the CAS decides. */
	struct stash *first = load_relaxed(&pool.returned);

	do
		block->next = first;
	/* release: pairs with swap_acquire in collect_locked. */
	while (!cas_release(&pool.returned, &first, block));
}

void
stash_restore(struct g *gp, void *frame)
{
	/* relaxed: under stack_lock. */
	struct stash *block = load_relaxed(&gp->stash);

	memcpy((char *)frame + PAGE_SIZE - block->len, block->words,
	    block->len);
	add_relaxed(&pool.stashed, -1UL);
	add_relaxed(&pool.bytes, -(uint64_t)block->len);
	store_relaxed(&gp->stash, NULL);
	/* release: pairs with fence_acquire in stash_scan (STASH-4). */
	fence_release();
	give_back(block);
}

/* ---- scanning ---- */

bool
stash_scan(struct g *gp, struct gc_work *work, bool *regs)
{
	/* acquire: pairs with store_release in stash_fill. */
	struct stash *block = load_acquire(&gp->stash);
	size_t len;

	if (block == NULL)
		return false;
	/* If the block is returned while we read it, its words may be anything.
	 * Then we scan anything, but not beyond the longest block. */
	len = MIN((size_t)block->len, (size_t)STASH_MAX);
	if (block->nrefs == ALL_REFS)
		gc_scan_conservative(work, (uintptr_t)block->words,
		    (uintptr_t)block->words + len);
	else
		gc_scan_listed(work, block->words,
		    (const uint8_t *)block->words + len, block->nrefs);
	*regs = block->regs;
	/* acquire: pairs with fence_release in stash_restore.  If a word that
	 * we have read was written after that fence, we see now that gp->stash
	 * has changed. */
	fence_acquire();
	if (load_relaxed(&gp->stash) == block)
		return true;
	*regs = true;
	return false;
}

void
stash_get_stats(struct stash_stats *out)
{
	/* relaxed: statistics. */
	*out = (struct stash_stats){
		.stashed = load_relaxed(&pool.stashed),
		.bytes = load_relaxed(&pool.bytes),
		.pages = load_relaxed(&pool.pages),
		.total = load_relaxed(&pool.total),
	};
}
