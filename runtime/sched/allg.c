/*
 * allg.c - all Gs: they are made in chunks, found by index, and reused when
 * dead.
 *
 *	ALLG-1	For i < count, G i is g_behind(chunks[i / ALLG_CHUNK],
 *		i % ALLG_CHUNK).  G i has its window (gstack.h) from the start,
 *		and never moves.
 *	ALLG-2	A free G is G_DEAD and on exactly one free list.
 *	ALLG-3	A G with a large stack has the windows i to i + n - 1, where n
 *		follows from the size class of the stack.  The records of all
 *		these windows but the first are G_DEAD for ever, have no stack,
 *		and link to the first record.
 *
 * Each P keeps up to GFREE_MAX dead Gs, so that go() and goexit() need no lock.
 * When a P has more, half of them move to a shared list.  Dead Gs with large
 * stacks are on one list for each size class.  New Gs are made MAKE_AT_ONCE at
 * a time and next to each other, so that one walk of the page tables and one
 * run of pages serve all of them.
 */
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"

enum { CHUNKS_MAX = 1 << 14, MAKE_AT_ONCE = 16 };

_Static_assert(CHUNKS_MAX * ALLG_CHUNK >= GSTACK_MAX,
    "a chunk for every window");

/* Lock: lock guards [L].  Field key: [O] stored under lock, loaded by any. */
static struct spinlock lock = SPINLOCK_INIT("allg", RANK_ALLG);
static ATOMIC(struct g *) chunks[CHUNKS_MAX];	/* [O] ALLG-1 */
static ATOMIC(uint32_t)   count;		/* [O] Gs made */
static struct g          *shared_free;		/* [L] ALLG-2 */
/* By size class of the stack. */
static struct g          *large_free[GSTACK_LARGE_SHIFT + 1];	/* [L] */
static ATOMIC(uint64_t)   next_id;		/* multiple of IDS_AT_ONCE */

uint32_t g_stride = sizeof(struct g);

void
allg_init(void)
{
	if (tls_size() > 0)
		g_stride = (uint32_t)ROUND_UP(TLS_OFFSET + tls_size(),
		    (size_t)TLS_ALIGN);
}

uint32_t
allg_count(void)
{
	/* acquire: pairs with store_release in make_gs and make_large; the G is
	 * complete. */
	return load_acquire(&count);
}

struct g *
allg_at(uint32_t index)
{
	if (index >= allg_count())
		return NULL;
	/* relaxed: ordered by the load of count. */
	return g_behind(load_relaxed(&chunks[index / ALLG_CHUNK]),
	    index % ALLG_CHUNK);
}

uint64_t
allg_take_ids(void)
{
	/* relaxed: only uniqueness matters. */
	return add_relaxed(&next_id, (uint64_t)IDS_AT_ONCE);
}

static struct g *
init_record(struct g *gp, uint32_t index)
{
	gp->index = index;
	/* relaxed: published by the store of count. */
	store_relaxed(&gp->status, G_DEAD);
	return gp;
}

/* Returns the record with this index.  Returns NULL if there is no memory,
 * which can happen only to the first record of a chunk. */
static struct g *
make_record(uint32_t index)
{
	struct g *chunk;

	ASSERT_HELD(&lock);
	if (index % ALLG_CHUNK == 0 &&
	    load_relaxed(&chunks[index / ALLG_CHUNK]) == NULL) {
		size_t len = (size_t)g_stride * ALLG_CHUNK;

		chunk = page_alloc(ROUND_UP(len, PAGE_SIZE) / PAGE_SIZE);
		if (chunk == NULL)
			return NULL;
		memset(chunk, 0, len);
		/* relaxed: published by the store of count. */
		store_relaxed(&chunks[index / ALLG_CHUNK], chunk);
	}
	chunk = load_relaxed(&chunks[index / ALLG_CHUNK]);
	return init_record(g_behind(chunk, index % ALLG_CHUNK), index);
}

/* Make new, dead Gs with stacks.  Returns them as a list; NULL if there is no
 * memory or no window left. */
static struct g *
make_gs(void)
{
	uint32_t index = load_relaxed(&count);
	uint32_t n = MAKE_AT_ONCE - index % MAKE_AT_ONCE;
	struct g *first;

	if (index + n > gstack_layout.max)
		return NULL;
	first = make_record(index);
	if (first == NULL)
		return NULL;
	for (uint32_t i = 1; i < n; i++)
		init_record(g_behind(first, i), index + i);
	n = gstack_give(first, n);
	if (n == 0)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		g_behind(first, i)->link = i + 1 < n ? g_behind(first, i + 1) :
		    NULL;
	/* release: pairs with load_acquire in allg_count. */
	store_release(&count, index + n);
	return first;
}

/* Make a new, dead G with a stack of size class k.  Returns NULL if there is no
 * memory or no window left. */
static struct g *
make_large(unsigned k)
{
	uint32_t index = load_relaxed(&count), n = gstack_windows(k);
	struct g *first = NULL;

	if (index + n > gstack_layout.max)
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = make_record(index + i);

		if (gp == NULL)
				return NULL;	/* next time begins anew */
		if (i == 0)
			first = gp;
		gp->link = first;			/* ALLG-3 */
	}
	first->link = NULL;
	if (!gstack_give_large(first, k))
		return NULL;
	/* release: pairs with load_acquire in allg_count. */
	store_release(&count, index + n);
	return first;
}

struct g *
g_alloc_large(unsigned k)
{
	struct g *gp;

	spin_lock(&lock);
	gp = large_free[k];
	if (gp != NULL)
		large_free[k] = gp->link;
	else
		gp = make_large(k);
	spin_unlock(&lock);
	return gp;
}

void
g_free_large(struct g *gp)
{
	unsigned k = gstack_large_shift(gp);

	ASSERT(g_status(gp) == G_DEAD && k > 0);
	spin_lock(&lock);
	gp->link = large_free[k];
	large_free[k] = gp;
	spin_unlock(&lock);
}

struct g *
g_alloc_slow(struct p *p)
{
	struct g *first, *last;
	uint32_t n = 1;

	ASSERT(p->gfree == NULL && p->ngfree == 0);
	spin_lock(&lock);
	if (shared_free == NULL)
		shared_free = make_gs();
	first = last = shared_free;
	if (first == NULL) {
		spin_unlock(&lock);
		return NULL;
	}
	/* Take some for the next calls, too. */
	for (; n < GFREE_MAX / 2 && last->link != NULL; n++)
		last = last->link;
	shared_free = last->link;
	spin_unlock(&lock);
	last->link = NULL;
	p->gfree = first->link;
	p->ngfree = n - 1;
	return first;
}

/* Move Gs from p to the shared list until only keep are left, which is fewer
 * than p has now. */
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
