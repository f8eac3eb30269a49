/*
 * allg.c - every G there is: made in chunks, found by index, reused when dead.
 *
 *	ALLG-1	G i is at chunks[i / ALLG_CHUNK][i % ALLG_CHUNK], for i < count;
 *		it has its window (gstack.h) from the start and never moves.
 *	ALLG-2	A free G is G_DEAD and on exactly one free list.
 *
 * Each P keeps up to GFREE_MAX dead Gs, so that go() and goexit() need no lock;
 * more than that move to a shared list, half at a time.
 */
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "runtime/gstack.h"
#include "runtime/sched.h"

enum { CHUNKS_MAX = 1 << 14 };

_Static_assert(CHUNKS_MAX * ALLG_CHUNK >=
    (VM_GSTACK_HI - VM_GSTACK_LO) / GSTACK_WINDOW, "a chunk for every window");

/* Lock: lock guards [L].  Field key: [O] stored under lock, loaded by any. */
static struct spinlock lock = SPINLOCK_INIT("allg", RANK_ALLG);
static ATOMIC(struct g *) chunks[CHUNKS_MAX];	/* [O] ALLG-1 */
static ATOMIC(uint32_t)   count;		/* [O] Gs made */
static struct g          *shared_free;		/* [L] ALLG-2 */
static ATOMIC(uint64_t)   next_id;		/* less one; by IDS_AT_ONCE */

uint32_t
allg_count(void)
{
	/* acquire: pairs with store_release in make_g; the G is ready to be
	 * looked at. */
	return load_acquire(&count);
}

struct g *
allg_at(uint32_t index)
{
	if (index >= allg_count())
		return NULL;
	/* relaxed: ordered by the load of count. */
	return &load_relaxed(&chunks[index / ALLG_CHUNK])[index % ALLG_CHUNK];
}

uint64_t
allg_take_ids(void)
{
	/* relaxed: only uniqueness matters. */
	return add_relaxed(&next_id, (uint64_t)IDS_AT_ONCE);
}

/* A new G with its stack, dead; NULL without memory or windows. */
static struct g *
make_g(void)
{
	uint32_t index = load_relaxed(&count);
	struct g *chunk, *gp;

	ASSERT_HELD(&lock);
	if (index >= GSTACK_MAX)
		return NULL;
	if (index % ALLG_CHUNK == 0) {
		if (!gstack_prepare(index, ALLG_CHUNK))
			return NULL;
		chunk = page_alloc(ROUND_UP(sizeof(struct g) * ALLG_CHUNK,
		    PAGE_SIZE) / PAGE_SIZE);
		if (chunk == NULL)
			return NULL;
		/* relaxed: published by the store of count. */
		store_relaxed(&chunks[index / ALLG_CHUNK], chunk);
	}
	chunk = load_relaxed(&chunks[index / ALLG_CHUNK]);
	gp = &chunk[index % ALLG_CHUNK];
	*gp = (struct g){ .index = index };
	if (!gstack_give(gp))
		return NULL;
	/* relaxed: published by the store of count. */
	store_relaxed(&gp->status, G_DEAD);
	/* release: pairs with load_acquire in allg_count. */
	store_release(&count, index + 1);
	return gp;
}

struct g *
g_alloc_slow(struct p *p)
{
	struct g *first, *last;
	uint32_t n = 1;

	ASSERT(p->gfree == NULL && p->ngfree == 0);
	spin_lock(&lock);
	first = last = shared_free;
	if (first == NULL) {
		first = make_g();
		spin_unlock(&lock);
		return first;
	}
	/* And some for next time. */
	for (; n < GFREE_MAX / 2 && last->link != NULL; n++)
		last = last->link;
	shared_free = last->link;
	spin_unlock(&lock);
	last->link = NULL;
	p->gfree = first->link;
	p->ngfree = n - 1;
	return first;
}

/* Move Gs from p to the shared list until only keep, fewer than now, are left.
 */
static NOINLINE void
give_back(struct p *p, uint32_t keep)
{
	struct g *first = p->gfree, *last = first;

	for (uint32_t n = p->ngfree - keep; n > 1; n--)
		last = last->link;
	p->gfree = last->link;
	p->ngfree = keep;
	spin_lock(&lock);
	last->link = shared_free;
	shared_free = first;
	spin_unlock(&lock);
}

void
g_free_overflow(struct p *p)
{
	give_back(p, GFREE_MAX / 2);
}

void
g_free_purge(struct p *p)
{
	if (p->ngfree > 0)
		give_back(p, 0);
}
