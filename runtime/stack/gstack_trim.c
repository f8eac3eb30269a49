/*
 * gstack_trim.c - pages that stacks at rest do not need; see gstack_trim.h.
 *
 * What is taken:
 *
 *	- of a parked goroutine, the pages wholly below its stack pointer;
 *	- of one that stays parked with a short stack, the last page too, when
 *	  its live bytes have been copied to a block (stash.h);
 *	- of a dead one, all pages but the top one;
 *	- that one too, if the goroutine has been dead for a whole era and there
 *	  are more such than are kept for the next burst (DEAD_KEEP).  Its next
 *	  user faults once.
 *
 * The difficulty is stale translations.  Any hart may have any page of any
 * window in its TLB: it has run the goroutine, or another one that wrote to a
 * variable on its stack, or has just looked ahead.  Clearing the entry in the
 * page table does not tell the hart, and interrupting all harts to tell them
 * costs more than all the rest of a collection.  So the entry is cleared early,
 * and the frame becomes free only after each hart has come, on its own, past a
 * point where it forgets old translations.
 *
 * Invariants:
 *
 *	TRIM-1	strand.hart of a G is NULL if a collection has seen it dead, or
 *		parked, and it has not run since: execute_prepare stores there
 *		each time.
 *	TRIM-2	A page of a window is condemned (VM-4) only while its G is in
 *		limbo, that is, while gp->limbo is not LIMBO_NO.  A G enters
 *		limbo at most once before it is reaped.
 *	TRIM-3	A hart touches goroutine stacks only
 *		(a) while it holds a P;
 *		(b) in the function of a blocking call (blocking_is_in);
 *		(c) in a job of world_run, while the world is stopped;
 *		(d) for a report on the console (dump.c).
 *		Before (a) and (c) it catches up with the TLB's epoch (in
 *		acquirep and world_run_job); before (d) it forgets all
 *		translations; (b) begins while it holds a P.
 *	TRIM-4	A condemned page keeps its frame.  A fault at it maps the same
 *		frame again (gstack_fault).  So whether a hart has the old
 *		translation or faults, it uses the same memory, and nothing that
 *		is stored is lost, until the page is reaped.
 *	TRIM-5	When a page is reaped, no hart that may touch it has a
 *		translation from before it was condemned.
 *
 * Protocol:
 *
 *	1. Condemn.  A root job that has claimed a G at rest clears the valid
 *	   bits of its pages under stack_lock, sets gp->limbo, and gives the
 *	   claim back.  The G may run again at once, on any hart.
 *	2. End of marking, the world stopped: every P has been handed in, so no
 *	   hart is in (a) or (c).  A new epoch of the TLB begins.  From here on
 *	   every hart catches up before (a) and (c).
 *	3. The world runs again.  Harts that have not caught up and are in (b)
 *	   are interrupted, all by one call of the firmware (tlb_flush_late);
 *	   mostly there are none.  Now TRIM-5 holds for what is in limbo.
 *	4. Reap, for each G under its stack_lock, lowest page first.  If the G
 *	   has run since step 1 (TRIM-1), its stack may lie in the condemned
 *	   pages, written through old translations: all are mapped again.  If a
 *	   page is mapped, somebody has touched it: it and those above stay.
 *	   Else the frame is taken, at last the top page's, after its live bytes
 *	   have been copied.
 *	5. Free the frames, without the lock, when all of limbo is reaped: else
 *	   the blocks for stashed bytes would settle in pages between them, and
 *	   no long run of pages would become free.
 *
 * Why step 4 needs no claim on the G, which may start to run at any moment.  It
 * then runs on a hart that has caught up, and so faults at the first touch of a
 * condemned page: the fault either comes first, and the page is mapped and
 * stays, or it waits for stack_lock and then finds the stashed bytes, or no
 * page at all where there is nothing to be kept.  The G has stored nothing to
 * those pages since it was condemned, or strand.hart would say that it has run;
 * that a store of strand.hart from before the stop is visible after it is what
 * the handing in of Ps guarantees, or the completion of the remote fence.  Its
 * saved registers change only when it parks again, for which it must have
 * touched its stack.  Others may have stored to live variables in the last page
 * of a parked G through old translations: before step 3, so those bytes are in
 * the frame when it is copied.
 *
 * When memory is short, step 5 comes earlier: a reaper that finds no memory for
 * a block frees what has been reaped.  And gstack_reap_now does steps 3 to 5 in
 * the middle of marking: it takes the list first, and then interrupts all
 * harts, once.
 *
 * A hart that computes for long delays step 2 no more than it delays any stop
 * of the world; one that sleeps, or sits in firmware without (b), delays
 * nothing.  Limbo cannot grow from cycle to cycle, since a cycle does not count
 * as finished before step 5.  The frames in it count as taken in all statistics
 * until they are free.
 *
 * Memory order.  The cleared entries are released to harts that catch up by the
 * number of the epoch, and what harts stored through old translations is
 * released to step 4 by hart->epoch (both in tlb.c), by m->blocked (blocking.c)
 * or by the stop of the world.
 *
 * The runtime's own goroutines are not stashed: the collector is to run when
 * there is no memory.
 *
 * Rejected:
 *	- A remote fence for every 64 pages, with all locks held: a collection
 *	  with 50,000 goroutines took 0.4 s on 1 hart, 36 s on 4, 65 s on 8.
 *	- One remote fence for a cycle: it still interrupts sleeping harts, and
 *	  waits until the host of an emulator has run each of them.
 *	- Waiting at a condemned page, instead of mapping it again, until all
 *	  harts have forgotten: a goroutine would stop for as long as marking
 *	  takes, or forever if it holds up the end of marking.
 *	- Letting each P pass a safe point that flushes, without a stop: that is
 *	  one more round of all Ps, and the stop at the end of marking is one
 *	  already.
 *	- Reaping while the world is stopped: the pause would be proportional to
 *	  the number of goroutines.
 *	- Keeping the frame in a list only, with the entry cleared: a fault
 *	  could not find it there (TRIM-4).
 *
 * tests/model/stack_limbo.pml has the protocol, and what happens without each
 * of its parts.
 */
#include "runtime/stack/gstack_trim.h"

#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "kernel/tlb.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "lib/check.h"
#include "runtime/sched/blocking.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"

enum {
	DEAD_KEEP = 64,		/* stacks of the long dead, for each P */
	REAP_GS = 16,		/* Gs to reap between two looks around */
	REAP_FRAMES = 16,	/* frames to take under a stack_lock */
	CONDEMN_MAX = 64,	/* pages to condemn under a stack_lock */
};

/* What gp->limbo says. */
enum limbo {
	LIMBO_NO,		/* no page is condemned */
	LIMBO_PLAIN,		/* nothing in the condemned pages is needed */
	LIMBO_STASH,		/* the live bytes in the top page are */
};

struct gstack_params gstack_params = {
	.stash = ATOMIC_INIT(GSTACK_STASH_LONG),
};

static ATOMIC(uint32_t) ndead;	/* the long dead met in this era */

/*
 * Lock: lock guards the list.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 *		[a] atomic
 */
static struct {
	struct spinlock  lock;
	uint32_t         first;		/* [L] index of the first G, by
					 * limbo_next, if there is one */
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
 * down to keep + 1, and count *npages down.  Returns how many were condemned.
 * Under stack_lock. */
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
	/* relaxed: a fault may map more, which is not ours to take then. */
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

/* Is gp, which is parked and not stashed, to be stashed?  Not if its page is
 * not there: somebody is just touching it (bring_page), and gp is no stash any
 * more, but has no pages yet. */
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

void
gstack_trim_parked(struct gstack_trim *trim, struct g *gp)
{
	uintptr_t used = gp->strand.stack_hi -
	    ROUND_DOWN(gp->strand.ctx.sp, PAGE_SIZE);
	bool long_parked = gp->strand.hart == NULL;		/* TRIM-1 */

	/* relaxed: nobody else makes a stash of it (STASH-3). */
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
	/* relaxed: a look, before the claim; and a count. */
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
	/* relaxed: nobody touches the stack of a dead one that is claimed. */
	condemn(trim, gp, long_dead && load_relaxed(&gp->npages) == 1 ? 0 : 1,
	    LIMBO_PLAIN);
}

void
gstack_trim_end(struct gstack_trim *trim)
{
	if (trim->n == 0)
		return;
	spin_lock(&limbo.lock);
	trim->last->limbo_next = limbo.first;	/* if there is one */
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

/* TRIM-3 (b). */
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

/* Take condemned pages of gp, which is in limbo, and count npages down.  block
 * is for its live bytes, if it has to be stashed; *used says that they are
 * there.  Returns false if there is more to take.  Under stack_lock. */
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

/* Put the frames with those that are to be freed. */
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
	/* release: pairs with swap_acquire in free_reaped; the links are there.
	 */
	while (!cas_release(&limbo.reaped, &head, first));
}

/* Free all frames that were reaped.  Returns how many that were. */
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

/* Returns a block for gp if it is to be stashed and there is memory. */
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

/* Take up to max Gs off the list.  Returns how many; *first is the index of the
 * first. */
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

/* Reap n Gs, from the one with that index on. */
static void
reap_list(uint32_t index, uint32_t n)
{
	while (n-- > 0) {
		struct g *gp = allg_at(index);

		index = gp->limbo_next;		/* reap may let it be used */
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
	/* relaxed: who has condemned anything has handed its P in since, or a
	 * snapshot will do. */
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
		if (!world_is_mine())
			world_poll();
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
