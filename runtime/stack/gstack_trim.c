/*
 * gstack_trim.c - pages that stacks at rest do not need; see gstack_trim.h.
 *
 * What a collection takes:
 *
 *	- of a parked goroutine, the pages wholly below its stack pointer;
 *	- of a goroutine that stays parked with a short stack, the top page,
 *	  too, when its live bytes have been copied to a block (stash.h);
 *	- of a dead goroutine, all pages but the top one;
 *	- of a goroutine that has been dead for a whole era, the top page, too,
 *	  if more such goroutines exist than are kept for the next burst
 *	  (DEAD_KEEP).  The next user of such a goroutine faults once.
 *
 * The difficulty is stale translations.  Any hart may have any page of any
 * window in its TLB: it has run the goroutine, or it has run another goroutine
 * that wrote to a variable on that stack, or it has just looked ahead.  A
 * cleared entry in the page table does not reach the hart, and interrupting all
 * harts to tell them costs more than all the rest of a collection.  So the
 * entry is cleared early, and the frame becomes free only after each hart has
 * come, on its own, past a point where it forgets old translations.
 *
 * Invariants:
 *
 *	TRIM-1	strand.hart of a G is NULL if a collection has seen the G dead
 *		or parked and the G has not run since: execute_prepare stores
 *		strand.hart each time that a G begins to run.
 *	TRIM-2	A page of a window is condemned (VM-4) only while its G is in
 *		limbo, that is, while gp->limbo is not LIMBO_NO.  A G enters
 *		limbo at most once before it is reaped.
 *	TRIM-3	A hart touches goroutine stacks only
 *		(a) while it holds a P;
 *		(b) in the function of a blocking call (blocking_is_in);
 *		(c) in a job of world_run, while the world is stopped;
 *		(d) for a report on the console (dump.c).
 *		Before (a) and (c) the hart catches up with the TLB's epoch (in
 *		acquirep and world_run_job); before (d) it forgets all
 *		translations; (b) begins while the hart holds a P.
 *	TRIM-4	A condemned page keeps its frame.  A fault at the page maps this
 *		frame again (gstack_fault).  So a hart that has the old
 *		translation and a hart that faults use one memory, and nothing
 *		that is stored is lost, until the page is reaped.
 *	TRIM-5	When a page is reaped, no hart that may touch it has a
 *		translation from before it was condemned.
 *
 * Protocol:
 *
 *	1. Condemn.  A root job that has claimed a G at rest clears the valid
 *	   bits of the G's pages under stack_lock, sets gp->limbo, and gives the
 *	   claim back.  The G may run again at once, on any hart.
 *	2. End of marking, the world stopped: every P has been handed in, so no
 *	   hart is in (a) or (c).  A new epoch of the TLB begins.  From here on
 *	   every hart catches up before (a) and (c).
 *	3. The world runs again.  Harts that are in (b) and have not caught up
 *	   are interrupted, all by one call of the firmware (tlb_flush_late);
 *	   mostly there are none.  Now TRIM-5 holds for what is in limbo.
 *	4. Reap each G under its stack_lock, lowest page first.  If the G has
 *	   run since step 1 (TRIM-1), its stack may lie in the condemned pages,
 *	   written through old translations; all of these pages are mapped
 *	   again.  If a page is mapped, somebody has touched it, and this page
 *	   and those above it stay.  Otherwise the frame is taken; the frame of
 *	   the top page is the last, and is taken after its live bytes have been
 *	   copied.
 *	5. Free the frames, without the lock, when all of limbo is reaped.  If
 *	   they became free earlier, the blocks for stashed bytes would settle
 *	   in pages between them, and no long run of pages would become free.
 *
 * Why step 4 needs no claim on the G, although the G may start to run at any
 * moment.  The G then runs on a hart that has caught up, and so faults at its
 * first touch of a condemned page.  Either the fault comes first, and the page
 * is mapped and stays; or the fault waits for stack_lock, and then finds the
 * stashed bytes, or no page at all where nothing has to be kept.  The G has
 * stored nothing to its condemned pages since step 1, or strand.hart would say
 * that the G has run.  A store of strand.hart from before the stop is visible
 * after the stop, because the Ps have been handed in in between, or because the
 * remote fence has completed.  The G's saved registers change only when the G
 * parks again, and to park it must have touched its stack.  Other goroutines
 * may have stored to live variables in the last page of a parked G through old
 * translations, but they did so before step 3; so those bytes are in the frame
 * when it is copied.
 *
 * When memory is short, frames become free earlier than in step 5: a reaper
 * that finds no memory for a block frees what has been reaped so far.  And
 * gstack_reap_now does steps 3 to 5 in the middle of marking: it takes the list
 * first, and then interrupts all harts, once.
 *
 * A hart that computes for long delays step 2 no more than it delays any stop
 * of the world.  A hart that sleeps, or sits in firmware outside of (b), delays
 * nothing.  Limbo cannot grow from cycle to cycle, because a cycle counts as
 * finished only after step 5.  All statistics count the frames in limbo as
 * taken until they are free.
 *
 * Memory order.  Two things must become visible.  The cleared entries are
 * released to harts that catch up by the number of the epoch (tlb.c).  What
 * harts stored through old translations is released to step 4 by hart->epoch
 * (tlb.c), by m->blocked (blocking.c), or by the stop of the world.
 *
 * The runtime's own goroutines are not stashed, because the collector must run
 * when there is no memory.
 *
 * Rejected:
 *	- A remote fence for every 64 pages, with all locks held: a collection
 *	  with 50,000 goroutines took 0.4 s on 1 hart, 36 s on 4, 65 s on 8.
 *	- One remote fence for each cycle: the fence still interrupts sleeping
 *	  harts, and waits until the host of an emulator has run each of them.
 *	- Making a fault at a condemned page wait until all harts have
 *	  forgotten, instead of mapping the page again: a goroutine would stop
 *	  for as long as marking takes, or forever if it holds up the end of
 *	  marking.
 *	- Letting each P pass a safe point that flushes, without a stop: that is
 *	  one more round of all Ps, and the stop at the end of marking already
 *	  is such a round.
 *	- Reaping while the world is stopped: the pause would be proportional to
 *	  the number of goroutines.
 *	- Keeping the frame in a list only, with the entry cleared: a fault
 *	  could not find the frame there (TRIM-4).
 *
 * tests/model/stack_limbo.pml models the protocol, and shows what goes wrong
 * without each of its parts.
 */
#include "runtime/stack/gstack_trim.h"

#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "kernel/tlb.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/check.h"
#include "runtime/sched/blocking.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"

enum {
	DEAD_KEEP = 64,		/* long dead stacks kept, for each P */
	REAP_GS = 16,		/* Gs to reap between two calls of world_poll */
	REAP_FRAMES = 16,	/* frames to take in one hold of stack_lock */
	CONDEMN_MAX = 64,	/* pages to condemn in one hold of stack_lock */
};

/* What gp->limbo says. */
enum limbo {
	LIMBO_NO,		/* no page is condemned */
	LIMBO_PLAIN,		/* nothing in the condemned pages is needed */
	LIMBO_STASH,		/* the live bytes in the top page are needed */
};

struct gstack_params gstack_params = {
	.stash = ATOMIC_INIT(GSTACK_STASH_LONG),
};

static ATOMIC(uint32_t) ndead;	/* long dead goroutines met in this era */

/*
 * Lock: lock guards the list.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 *		[a] atomic
 */
static struct {
	struct spinlock  lock;
	uint32_t         first;		/* [L] index of the first G if ngs is
					 * not 0; limbo_next links the others */
	ATOMIC(uint32_t) ngs;		/* [l] Gs in the list */
	ATOMIC(void **)  reaped;	/* [a] frames to be freed in step 5,
					 * linked by their first words */
} limbo = { .lock = SPINLOCK_INIT("limbo", RANK_ALLG) };

static uintptr_t
page_at(const struct g *gp, uint32_t n)
{
	return gp->strand.stack_hi - (uintptr_t)n * PAGE_SIZE;
}

/* ---- step 1 ---- */

/* Condemn up to CONDEMN_MAX pages of gp, the lowest first, from number *npages
 * down to number keep + 1, and count *npages down.  Returns how many were
 * condemned.  The caller holds gp's stack_lock. */
static uint32_t
condemn_some(struct g *gp, uint32_t *npages, uint32_t keep, enum limbo why)
{
	uint32_t n = 0;

	for (; *npages > keep && n < CONDEMN_MAX; --*npages)
		n += vm_condemn(page_at(gp, *npages));
	if (n != 0)
		gp->limbo = (uint8_t)why;
	return n;
}

static void
condemn(struct gstack_trim *trim, struct g *gp, uint32_t keep, enum limbo why)
{
	/* relaxed: a fault may map more pages, and those are not ours to
	 * take. */
	uint32_t npages = load_relaxed(&gp->npages), n = 0;

	if (npages <= keep || gp->limbo != LIMBO_NO)		/* TRIM-2 */
		return;
	while (npages > keep) {
		bool were_on = irq_save();			/* GSTACK-3 */

		CHECK(gstack_lock(gp));
		n += condemn_some(gp, &npages, keep, why);
		gstack_unlock(gp);
		irq_restore(were_on);
	}
	if (n == 0)
		return;
	if (trim->n++ == 0)
		trim->last = gp;
	else
		gp->limbo_next = trim->first;
	trim->first = gp->index;
}

/* Returns whether gp, which is parked and not stashed, should be stashed.  If
 * gp has no pages at all it should not: somebody is just touching its stack
 * (bring_page), which clears gp->stash before it counts the page. */
static bool
is_to_stash(struct g *gp, bool long_parked)
{
	uintptr_t live = gp->strand.stack_hi - gp->strand.ctx.sp;
	/* relaxed, which and npages: an old value will do. */
	uint32_t which = load_relaxed(&gstack_params.stash);

	return load_relaxed(&gp->npages) != 0 && live - 1 < STASH_MAX &&
	    live % 16 == 0 && !gp->system && which != GSTACK_STASH_NONE &&
	    (long_parked || which == GSTACK_STASH_ALL);
}

void
gstack_trim_parked(struct gstack_trim *trim, struct g *gp)
{
	uintptr_t used = gp->strand.stack_hi -
	    ROUND_DOWN(gp->strand.ctx.sp, PAGE_SIZE);
	bool long_parked = gp->strand.hart == NULL;		/* TRIM-1 */

	/* relaxed: no other hart stashes gp at this time (STASH-3). */
	if (load_relaxed(&gp->stash) != NULL)
		return;
	if (!long_parked)
		gp->strand.hart = NULL;
	if (is_to_stash(gp, long_parked))
		condemn(trim, gp, 0, LIMBO_STASH);
	else
		condemn(trim, gp, MAX((uint32_t)(used >> PAGE_SHIFT), 1u),
		    LIMBO_PLAIN);
}

bool
gstack_dead_is_due(const struct g *gp)
{
	/* relaxed: npages is only a first look, before the claim; ndead is a
	 * count. */
	uint32_t npages = load_relaxed(&gp->npages);

	if (npages != 1 || gp->strand.hart != NULL)		/* TRIM-1 */
		return npages != 0;
	return add_relaxed(&ndead, 1) >= sched.nprocs * DEAD_KEEP;
}

void
gstack_trim_dead(struct gstack_trim *trim, struct g *gp)
{
	bool long_dead = gp->strand.hart == NULL;

	gp->strand.hart = NULL;
	/* relaxed: nobody touches the stack of a dead goroutine that is
	 * claimed. */
	condemn(trim, gp, long_dead && load_relaxed(&gp->npages) == 1 ? 0 : 1,
	    LIMBO_PLAIN);
}

void
gstack_trim_end(struct gstack_trim *trim)
{
	if (trim->n == 0)
		return;
	spin_lock(&limbo.lock);
	trim->last->limbo_next = limbo.first;	/* anything if ngs is 0 */
	limbo.first = trim->first;
	store_relaxed(&limbo.ngs, load_relaxed(&limbo.ngs) + trim->n);
	spin_unlock(&limbo.lock);
}

/* ---- step 2 ---- */

void
gstack_trim_begin_stw(void)
{
	/* relaxed, both: the world is stopped. */
	store_relaxed(&ndead, 0);
	if (load_relaxed(&limbo.ngs) != 0)
		tlb_epoch_begin();
}

/* ---- step 3 ---- */

/* Returns whether hart is in case (b) of TRIM-3. */
static bool
is_in_blocking_call(const struct hart *hart)
{
	return blocking_is_in((const struct m *)hart);
}

/* ---- steps 4 and 5 ---- */

/* Frames taken from a window. */
struct taken {
	uint32_t n;
	void    *frames[REAP_FRAMES];
};

static bool
has_run(const struct g *gp)
{
	return strand_peek_hart(&gp->strand) != NULL &&		/* TRIM-1 */
	    !FAULT(trim_takes_who_has_run);
}

/* Take condemned pages of gp, which is in limbo, and count npages down.  If gp
 * has to be stashed, move its live bytes to block, and set *used.  Returns
 * false if there is more to take.  The caller holds gp's stack_lock. */
static bool
take_pages(struct g *gp, struct taken *taken, struct stash *block, bool *used)
{
	/* relaxed: under stack_lock. */
	uint32_t npages = load_relaxed(&gp->npages);
	bool stash = gp->limbo == LIMBO_STASH;

	taken->n = 0;
	for (; npages > 0 && taken->n < REAP_FRAMES; npages--) {
		uintptr_t at = page_at(gp, npages);
		void *frame;

		if (has_run(gp) || vm_is_mapped(at) ||
		    (stash && block == NULL))
			break;
		frame = vm_unmap(at);
		if (frame == NULL)
			continue;	/* a hole */
		if (stash && npages == 1) {
			stash_fill(block, gp, frame);
			*used = true;
		}
		taken->frames[taken->n++] = frame;
	}
	store_relaxed(&gp->npages, npages);			/* GSTACK-4 */
	if (taken->n == REAP_FRAMES && npages > 0)
		return false;
	for (; npages > 0; npages--)
		vm_reprieve(page_at(gp, npages));
	gp->limbo = LIMBO_NO;
	return true;
}

/* Add the taken frames to limbo.reaped, the list of frames to be freed. */
static void
put_reaped(const struct taken *taken)
{
	void **first = NULL, **last = NULL, **head;

	gstack_count(-(int64_t)taken->n, taken->n);
	for (uint32_t i = 0; i < taken->n; i++) {
		void **frame = taken->frames[i];

		if (stash_keep_page(frame))
			continue;
		*frame = first;
		first = frame;
		if (last == NULL)
			last = frame;
	}
	if (first == NULL)
		return;
	/* relaxed: the CAS decides. */
	head = load_relaxed(&limbo.reaped);
	do
		*last = head;
	/* release: pairs with swap_acquire in free_reaped; publishes the
	 * links. */
	while (!cas_release(&limbo.reaped, &head, first));
}

/* Free all frames that were reaped.  Returns their number. */
static size_t
free_reaped(void)
{
	/* acquire: pairs with cas_release in put_reaped. */
	void **frame = swap_acquire(&limbo.reaped, NULL);
	size_t n = 0;

	while (frame != NULL) {
		void **next = *frame;

		page_free(frame, 1);
		frame = next;
		n++;
	}
	return n;
}

/* Returns a block for gp's live bytes, or NULL if gp is not to be stashed or if
 * there is no memory. */
static struct stash *
block_for(struct g *gp)
{
	struct stash *block;

	if (gp->limbo != LIMBO_STASH)
		return NULL;
	block = stash_alloc(gp);
	if (block == NULL && free_reaped() > 0)
		block = stash_alloc(gp);
	return block;
}

/* Reap gp, which is in limbo and on no list. */
static void
reap(struct g *gp)
{
	struct stash *block = block_for(gp);
	bool used = false, done;
	struct taken taken;

	do {
		bool were_on = irq_save();			/* GSTACK-3 */

		CHECK(gstack_lock(gp));
		done = take_pages(gp, &taken, block, &used);
		gstack_unlock(gp);
		irq_restore(were_on);
		put_reaped(&taken);
	} while (!done);
	if (block != NULL && !used)
		stash_free(block);
}

/* Take up to max Gs off the list.  Returns how many were taken, and in *first
 * the index of the first. */
static uint32_t
leave_limbo(uint32_t max, uint32_t *first)
{
	uint32_t n;

	spin_lock(&limbo.lock);
	*first = limbo.first;
	/* relaxed: under the lock. */
	n = MIN(load_relaxed(&limbo.ngs), max);
	for (uint32_t i = 0; i < n; i++)
		limbo.first = allg_at(limbo.first)->limbo_next;
	store_relaxed(&limbo.ngs, load_relaxed(&limbo.ngs) - n);
	spin_unlock(&limbo.lock);
	return n;
}

/* Reap n Gs of a list that begins with the G of this index. */
static void
reap_list(uint32_t index, uint32_t n)
{
	while (n-- > 0) {
		struct g *gp = allg_at(index);

		index = gp->limbo_next;		/* a reaped gp may be reused */
		reap(gp);
	}
}

static void
reap_some(void *unused)
{
	uint32_t first, n = leave_limbo(REAP_GS, &first);

	(void)unused;
	reap_list(first, n);
}

static void
free_all(void *unused)
{
	(void)unused;
	free_reaped();
}

uint32_t
gstack_in_limbo(void)
{
	/* relaxed: either everybody who condemned pages has handed its P in
	 * since, or a snapshot is enough for the caller. */
	return load_relaxed(&limbo.ngs);
}

nanos_t
gstack_reap(void)
{
	nanos_t from = clock_now(), spent = 0;

	if (gstack_in_limbo() == 0)
		return 0;
	if (!FAULT(trim_forgets_blocking))
		tlb_flush_late(is_in_blocking_call);
	while (gstack_in_limbo() != 0) {
		on_g0(reap_some, NULL);
		spent += clock_now() - from;
		give_way();
		from = clock_now();
	}
	on_g0(free_all, NULL);
	return spent + clock_now() - from;
}

size_t
gstack_reap_now(void)
{
	size_t npages = free_reaped();
	uint32_t first, n;

	if (npages != 0)
		return npages;
	n = leave_limbo(UINT32_MAX, &first);
	if (n == 0)
		return 0;
	tlb_flush(0, 0);
	reap_list(first, n);
	return free_reaped();
}
