/*
 * gc_worker.c - who marks when.
 *
 * While the heap is being marked a quarter of the machine is for that: of n
 * harts with a P, n / 4 (rounded) Ps only mark (*dedicated*), and what that is
 * short of or beyond a quarter by more than 30 % is made up for by giving every
 * P a *share* of its time: a quantum, then whatever else runs for three times
 * as long.  Whoever has nothing else to do marks in any case (*idle*).
 *
 * Goroutines that allocate mark anyway, to pay for it (gc/assist.c), and that
 * counts: what is still due they give when they allocate next.  So the hart's
 * tick sees to a share only when it is late, by SHARE_GRACE_NS (TICK-4); and if
 * that happens, from then on when it is due, until somebody there allocates
 * (*fractional* marking, on g0).
 *
 * A quantum is 50 us (100 if idle), between two passes of find_runnable, so
 * that timers and stops of the world are served in between.  What was made
 * runnable on this P just now (runnext: a timer's goroutine, most likely) runs
 * before the next quantum; the rest of a dedicated P's queue goes to others.
 *
 * Rejected: worker goroutines, as in Go.  A worker that is a goroutine has to
 * be made, parked, readied and switched to, and shown to be found by somebody;
 * here the question is asked where an M looks for work anyway.  And a share
 * that is an average over the cycle, as it was here once: after a slice of 10
 * ms a P was 2.5 ms behind, and made up for it in one go, while nobody else
 * ran.  And a tick for each share: an emulator's timers are a thread of its
 * own, and take processors from the harts.  BinaryTrees16 on 2 harts and 2 host
 * processors: 1,500 timer interrupts a run with a tick for each share, 600
 * without; QEMU's threads preempted 3,500 times, and 900; and 4.5 % faster
 * (+- 1.5, in 12 paired rounds).
 */
#include "runtime/sched/gc_worker.h"

#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "kernel/tlb.h"
#include "lib/check.h"

#define QUANTUM      (50 * NS_PER_US)
#define QUANTUM_IDLE (100 * NS_PER_US)

enum { IDLE_TURNS = 4 };	/* quanta between two looks everywhere */

/* Field key: [a] atomic */
static struct {
	ATOMIC(uint32_t) dedicated;	/* [a] Ps that only mark now */
	ATOMIC(uint32_t) era;		/* [a] the one that these are for */
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
		/* relaxed: for this M. */
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
	/* relaxed: for this M. */
	or_relaxed(&p->attention, ATTN_GC);
}

/* How many Ps are to mark only, and what share of its time, in percent, each of
 * the others gives. */
static uint32_t
quarter(uint32_t *percent)
{
	uint32_t n = MIN(sched.nprocs, sched.nms);
	uint32_t dedicated = (n + 2) / 4;

	*percent = 0;
	/* Off by more than 30 % of n / 4? */
	if (10 * 4 * dedicated > 13 * n && dedicated > 0)
		dedicated--;
	if (10 * 4 * dedicated < 7 * n)
		*percent = (25 * n - 100 * dedicated) / n;
	return dedicated;
}

/* Is it p's turn, not being idle? */
static bool
is_due(struct p *p)
{
	/* relaxed: a count; if the CAS fails another P was first. */
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
	/* More than was due counts for later, within limits. */
	p->share_at = MIN(MAX(p->share_at, now) + ns * 100 / percent,
	    now + SHARE_GRACE_NS);
	p->share_grace = SHARE_GRACE_NS;
}

/* p is to mark: let others run what is on its queue. */
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

/* Was p idle at its last turn, and does it look so? */
static bool
still_idle(struct p *p)
{
	/* relaxed: hints; after a few turns the M looks everywhere. */
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
