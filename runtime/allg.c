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
	g_become(gp, G_IDLE, G_DEAD);
	/* release: pairs with load_acquire in allg_count. */
	store_release(&count, index + 1);
	return gp;
}

struct g *
g_alloc_slow(struct p *p)
{
	struct g *gp;

	spin_lock(&lock);
	gp = shared_free;
	if (gp == NULL) {
		gp = make_g();
		spin_unlock(&lock);
		return gp;
	}
	shared_free = gp->link;
	/* And some for next time. */
	while (shared_free != NULL && p->ngfree < GFREE_MAX / 2) {
		struct g *more = shared_free;

		shared_free = more->link;
		more->link = p->gfree;
		p->gfree = more;
		p->ngfree++;
	}
	spin_unlock(&lock);
	gp->link = NULL;
	return gp;
}

/* Move Gs from p to the shared list until only keep are left. */
static NOINLINE void
give_back(struct p *p, uint32_t keep)
{
	spin_lock(&lock);
	while (p->ngfree > keep) {
		struct g *gp = p->gfree;

		p->gfree = gp->link;
		p->ngfree--;
		gp->link = shared_free;
		shared_free = gp;
	}
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
