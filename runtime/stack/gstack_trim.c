/*
 * gstack_trim.c - pages that stacks at rest do not need; see gstack_trim.h.
 *
 * What is taken:
 *
 *	- of a parked goroutine, the pages wholly below its stack pointer;
 *	- of one that stays parked with a short stack, the last page too, when
 *	  its live bytes are in a block (stash.h);
 *	- of a dead one, all pages but the top one;
 *	- and that too, if it has been dead for a whole era and there are more
 *	  such than are kept for the next burst (DEAD_KEEP).  Its next
 *	  goroutine faults once.
 *
 *	TRIM-1	strand.hart of a G is NULL if a collection has seen it dead, or
 *		parked, and it has not run since: execute_prepare stores there
 *		each time.
 *
 * Stale translations.  A hart may have any page of any window in its TLB: it
 * has run the goroutine, or another that wrote to a variable of it, or has just
 * looked ahead.  A frame may be used for something else, and a page may be
 * mapped again, to another frame, only when no hart can translate to the old
 * one.  So:
 *
 *	1. With interrupts off, take stack_lock of some Gs, and clear the leaf
 *	   entries.  A hart without a translation faults, and waits for the
 *	   lock in its trap.
 *	2. vm_flush: every hart forgets what it knew, those in their traps too,
 *	   for the firmware interrupts them from below.  Its answer comes after
 *	   all that it stored through the old translations.
 *	3. Copy what is to be stashed from the frames.
 *	4. Release the locks.  Only now can a fault map a page there.
 *	5. Free the frames.
 *
 * A flush is an interrupt of all harts, so there is one for BATCH pages.  All
 * of them, for none is known not to need it: who has touched a page of a window
 * is written down nowhere.
 *
 * Below the stack pointer there is nothing that anybody touches, and a dead
 * goroutine's stack is nobody's.  A page that is stashed others may touch, with
 * a channel's lock in hand, say: what they store before 2 through an old
 * translation is in the frame when it is copied, and later they fault.  A
 * claimed goroutine does not run, so what it uses does not change.
 *
 * The runtime's own goroutines are not stashed: the collector is to run when
 * there is no memory.
 *
 * Rejected: counting on the next natural flush of each hart (there is none, all
 * share one address space for ever), and to wait for every P to pass a safe
 * point that flushes (harts in blocking calls have none).
 */
#include "runtime/stack/gstack_trim.h"

#include "kernel/page.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/check.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"

enum {
	BATCH = 64,		/* pages to a flush */
	DEAD_KEEP = 64,		/* stacks of the long dead, for each P */
	NO_FRAME = UINT32_MAX,
};

struct gstack_params gstack_params = {
	.stash = ATOMIC_INIT(GSTACK_STASH_LONG),
};

static ATOMIC(uint32_t) ndead;	/* the long dead met in this era */

void
gstack_trim_begin_stw(void)
{
	/* relaxed: the world is stopped. */
	store_relaxed(&ndead, 0);
}

/* ---- what there is to take ---- */

static bool
note(struct gstack_trim *trim, struct g *gp, uint32_t keep)
{
	/* relaxed: a fault may map more, which is not ours to take then. */
	if (load_relaxed(&gp->npages) <= keep)
		return false;
	ASSERT(trim->n < GSTACK_TRIM_MAX);
	trim->at[trim->n].gp = gp;
	trim->at[trim->n].block = NULL;
	trim->at[trim->n].keep = keep;
	trim->at[trim->n].frame = NO_FRAME;
	trim->n++;
	return true;
}

/* Note the pages below what gp uses. */
static bool
trim_below(struct gstack_trim *trim, struct g *gp)
{
	uintptr_t used = gp->strand.stack_hi -
	    ROUND_DOWN(gp->strand.ctx.sp, PAGE_SIZE);

	return note(trim, gp, MAX((uint32_t)(used >> PAGE_SHIFT), 1u));
}

/* gp is parked, and no stash: is it to be one?  Not if its page is not there,
 * as when somebody has just touched it (bring_page): gp is no stash any more
 * then, but has no pages yet. */
static bool
is_to_stash(struct g *gp, bool long_parked)
{
	uintptr_t live = gp->strand.stack_hi - gp->strand.ctx.sp;
	/* relaxed: one value or the other; npages, too. */
	uint32_t which = load_relaxed(&gstack_params.stash);

	return load_relaxed(&gp->npages) != 0 && live - 1 < STASH_MAX &&
	    live % 16 == 0 && !gp->system && which != GSTACK_STASH_NONE &&
	    (long_parked || which == GSTACK_STASH_ALL);
}

bool
gstack_trim_parked(struct gstack_trim *trim, struct g *gp)
{
	bool long_parked = gp->strand.hart == NULL;		/* TRIM-1 */
	struct stash *block;

	/* relaxed: nobody else makes a stash of it (STASH-3). */
	if (load_relaxed(&gp->stash) != NULL)
		return false;
	if (!long_parked)
		gp->strand.hart = NULL;
	if (is_to_stash(gp, long_parked) &&
	    (block = stash_alloc(gp)) != NULL) {
		note(trim, gp, 0);
		trim->at[trim->n - 1].block = block;
		return true;
	}
	return trim_below(trim, gp);
}

bool
gstack_dead_is_due(const struct g *gp)
{
	/* relaxed: a look, before the claim; and a count. */
	uint32_t npages = load_relaxed(&gp->npages);

	if (npages != 1 || gp->strand.hart != NULL)		/* TRIM-1 */
		return npages != 0;
	return add_relaxed(&ndead, 1) >= sched.nprocs * DEAD_KEEP;
}

bool
gstack_trim_dead(struct gstack_trim *trim, struct g *gp)
{
	bool long_dead = gp->strand.hart == NULL;

	gp->strand.hart = NULL;
	/* relaxed: nobody touches the stack of a dead one that is claimed. */
	return note(trim, gp,
	    long_dead && load_relaxed(&gp->npages) == 1 ? 0 : 1);
}

/* ---- taking it ---- */

/* Frames taken from windows, with the Gs from first on locked. */
struct batch {
	uint32_t nframes;
	void    *frames[BATCH];
};

/* Take the pages of the i-th G, which is locked, that it need not keep; false
 * if the batch is full before that. */
static bool
take_pages(struct batch *b, struct gstack_trim *trim, uint32_t i)
{
	struct g *gp = trim->at[i].gp;
	/* relaxed: under stack_lock. */
	uint32_t npages = load_relaxed(&gp->npages);
	void    *frame;

	for (; npages > trim->at[i].keep && b->nframes < BATCH; npages--) {
		frame = vm_unmap(gp->strand.stack_hi -
		    (uintptr_t)npages * PAGE_SIZE);
		if (frame == NULL)
			continue;
		if (npages == 1)
			trim->at[i].frame = b->nframes;
		b->frames[b->nframes++] = frame;
	}
	store_relaxed(&gp->npages, npages);			/* GSTACK-4 */
	return npages <= trim->at[i].keep;
}

/* Steps 1 to 5 for the Gs from first on, as many as a batch takes.  Returns the
 * first that is left. */
static uint32_t
run_batch(struct gstack_trim *trim, uint32_t first)
{
	struct batch b = { 0 };
	uint32_t next = first, locked = first;
	bool were_on = irq_save();				/* GSTACK-3 */

	while (next < trim->n) {
		struct g *gp = trim->at[next].gp;

		CHECK(gstack_lock(gp));
		locked = next + 1;
		if (!take_pages(&b, trim, next))
			break;
		next++;
	}
	if (b.nframes != 0)
		vm_flush(0, 0);
	for (uint32_t i = first; i < locked; i++) {
		if (trim->at[i].block != NULL && trim->at[i].frame != NO_FRAME)
			stash_fill(trim->at[i].block, trim->at[i].gp,
			    b.frames[trim->at[i].frame]);
		gstack_unlock(trim->at[i].gp);
	}
	irq_restore(were_on);

	gstack_count(-(int64_t)b.nframes, b.nframes);
	for (uint32_t i = 0; i < b.nframes; i++)
		page_free(b.frames[i], 1);
	return next;
}

void
gstack_trim_run(struct gstack_trim *trim)
{
	uint32_t next = 0;

	while (next < trim->n)
		next = run_batch(trim, next);
	for (uint32_t i = 0; i < trim->n; i++)
		if (trim->at[i].block != NULL && trim->at[i].frame == NO_FRAME)
			stash_free(trim->at[i].block);
}
