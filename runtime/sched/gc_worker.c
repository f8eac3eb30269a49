/*
 * gc_worker.c - which Ps mark, when, and for how long.
 *
 * While the heap is being marked, a quarter of the machine is for marking.  Of
 * n harts with a P, n / 4 (rounded) Ps only mark (*dedicated*); if that is more
 * than a quarter by more than 30 %, there is one fewer.  If the dedicated Ps
 * are short of a quarter by more than 30 %, every other P gives a *share* of
 * its time.  A share of 25 % means a quantum of marking and then three times as
 * long for anything else.  A P that has nothing else to do marks in any case
 * (*idle*).
 *
 * Goroutines that allocate mark anyway, to pay for what they allocate
 * (gc/assist.c), and this counts: when they allocate next they give what is
 * still due of the share.  So the hart's tick gives the share only when it is
 * late, by SHARE_GRACE_NS (TICK-4).  If that happens, the tick from then on
 * gives the share as soon as it is due, until a goroutine on this P allocates
 * (*fractional* marking, on g0).
 *
 * A quantum is 50 us (100 us on an idle P), between two passes of
 * find_runnable, so that timers and stops of the world are served in between.
 * A goroutine that was made runnable on this P just now (runnext; most likely
 * by a timer) runs before the next quantum.  The other goroutines on the queue
 * of a dedicated P go to other Ps.
 *
 * Rejected:
 *	- Worker goroutines, as in Go.  A worker must be made, parked, readied
 *	  and switched to, and it must be shown that somebody finds it.  Here
 *	  the question is asked where an M looks for work anyway.
 *	- A share that is an average over the cycle, as it was here once.  After
 *	  a slice of 10 ms a P was 2.5 ms behind, and made up for that in one
 *	  go, while no goroutine ran.
 *	- A tick for each share.  An emulator's timers are a thread of its own,
 *	  and take processors from the harts.  BinaryTrees16 on 2 harts and 2
 *	  host processors: 1,500 timer interrupts a run with a tick for each
 *	  share, 600 without; QEMU's threads were preempted 3,500 times with,
 *	  900 times without; and the run without was 4.5 % faster (+- 1.5, in 12
 *	  paired rounds).
 */
#include "runtime/sched/gc_worker.h"

#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "kernel/tlb.h"
#include "lib/check.h"

#define QUANTUM      (50 * NS_PER_US)
#define QUANTUM_IDLE (100 * NS_PER_US)

enum { IDLE_TURNS = 4 };	/* quanta before an idle P looks around */

/* Field key: [a] atomic */
static struct {
	ATOMIC(uint32_t) dedicated;	/* [a] Ps that only mark now */
	ATOMIC(uint32_t) era;		/* [a] number of this marking */
} turns;

void
gc_turns_begin(void)
{
	/* relaxed: the world is stopped. */
	store_relaxed(&turns.dedicated, 0);
	store_relaxed(&turns.era, load_relaxed(&turns.era) + 1);
}

void
gc_attend(struct p *p)
{
	gc_local_sync(p->gc);
	if (gc_concurrent())
		/* relaxed: only this M reads it. */
		or_relaxed(&p->attention, ATTN_GC);		/* GATE-2 */
	else
		p->share_at = SHARE_NEVER;
}

void
gc_follow_era_slow(struct m *m, struct p *p, uint32_t era)
{
	m->era = era;
	tlb_catch_up();
	if (p->era == era)
		return;
	p->era = era;
	/* relaxed: only this M reads it. */
	or_relaxed(&p->attention, ATTN_GC);
}

/* Returns how many Ps should only mark.  *percent becomes the share, in
 * percent, that each other P should give. */
static uint32_t
quarter(uint32_t *percent)
{
	uint32_t n = MIN(sched.nprocs, sched.nms);
	uint32_t dedicated = (n + 2) / 4;

	*percent = 0;
	/* Is dedicated off a quarter of n by more than 30 %? */
	if (10 * 4 * dedicated > 13 * n && dedicated > 0)
		dedicated--;
	if (10 * 4 * dedicated < 7 * n)
		*percent = (25 * n - 100 * dedicated) / n;
	return dedicated;
}

/* Returns whether p, which is not idle, should mark now. */
static bool
is_due(struct p *p)
{
	/* relaxed: a count; if the CAS fails, another P was first. */
	uint32_t have = load_relaxed(&turns.dedicated), percent;
	uint32_t want = quarter(&percent);

	nanos_t now;

	if (p->marks)
		return true;
	if (have < want && cas_relaxed(&turns.dedicated, &have, have + 1)) {
		p->marks = true;
		p->share_at = SHARE_NEVER;
		return true;
	}
	if (percent == 0) {
		p->share_at = SHARE_NEVER;
		return false;
	}
	now = clock_now();
	if (p->share_at != SHARE_NEVER && now < p->share_at)
		return false;
	p->share_at = now + QUANTUM * 100 / percent;
	return true;
}

bool
gc_share_due(void)
{
	struct p *p = this_p();

	return p->share_at <= clock_now();
}

void
gc_share_given(nanos_t ns)
{
	struct p *p = this_p();
	uint32_t percent;
	nanos_t now;

	if (p->share_at == SHARE_NEVER)
		return;
	quarter(&percent);
	if (percent == 0) {		/* GOMAXPROCS has changed */
		p->share_at = SHARE_NEVER;
		return;
	}
	now = clock_now();
	/* What was given beyond what was due counts for later, within
	 * limits. */
	p->share_at = MIN(MAX(p->share_at, now) + ns * 100 / percent,
	    now + SHARE_GRACE_NS);
	p->share_grace = SHARE_GRACE_NS;
}

/* Move the goroutines on p's queue to the global queue, because p is to
 * mark. */
static void
give_queue_away(struct p *p)
{
	struct gqueue q = { 0 };
	struct g *gp;

	while ((gp = runq_get(&p->runq)) != NULL)
		gqueue_push(&q, gp);
	if (q.n == 0)
		return;
	spin_lock(&sched.lock);
	globq_put_queue(&q);
	spin_unlock(&sched.lock);
	wakep();
}

/* Returns whether p was idle at its last look around, and still seems to be. */
static bool
still_idle(struct p *p)
{
	/* relaxed: hints; after IDLE_TURNS turns the M looks everywhere. */
	if (p->idle_turns == 0)
		return false;
	p->idle_turns--;
	return !p_has_work(p) && load_relaxed(&sched.nglobq) == 0 &&
	    load_relaxed(&sched.needspinning) == 0;
}

bool
gc_turn_slow(struct m *m, struct p *p, bool idle)
{
	enum gc_mark_kind kind = GC_MARK_IDLE;

	/* relaxed: changes only with the world stopped. */
	if (p->mark_era != load_relaxed(&turns.era)) {
		p->mark_era = load_relaxed(&turns.era);
		p->marks = p->marked_last = false;
		p->share_at = SHARE_NEVER;
		p->share_grace = SHARE_GRACE_NS;
		p->idle_turns = 0;
	}
	if (idle)
		p->idle_turns = IDLE_TURNS;
	else
		idle = still_idle(p);
	if (!gc_mark_has_work(p->gc) || FAULT(gc_nobody_marks)) {
		if (p->marks)
			/* relaxed: a count. */
			add_relaxed(&turns.dedicated, -1U);
		p->marks = false;
		p->share_at = SHARE_NEVER;
		return false;
	}
	if (!idle) {
		if (!is_due(p))
			return false;
		/* relaxed: a hint. */
		if (p->marked_last && load_relaxed(&p->runnext) != NULL) {
			p->marked_last = false;
			if (!p->marks)
				p->share_at = clock_now() + QUANTUM;
			return false;
		}
		if (p->marks)
			give_queue_away(p);
		kind = p->marks ? GC_MARK_DEDICATED : GC_MARK_FRACTIONAL;
	}
	if (m->spinning)
		reset_spinning(m);
	gc_mark(p->gc, kind, idle ? QUANTUM_IDLE : QUANTUM);
	p->marked_last = true;
	return true;
}

struct p *
gc_p_to_mark_with_slow(void)
{
	struct p *p;

	if (!gc_mark_has_work(NULL) || FAULT(gc_nobody_marks))
		return NULL;
	spin_lock(&sched.lock);
	p = pidle_get();
	spin_unlock(&sched.lock);
	return p;
}
