/*
 * find.c - where the next goroutine comes from.
 *
 * The order of the steps is Go's (proc.go, findRunnable), because each step is
 * there for a reason that somebody paid for.  The code below cites the numbers.
 *
 *	 1  stop if the world is to stop; run a safe-point function
 *	 2  run timers that are due, of this P and of idle Ps that we watch
 *	 3  mark, if it is this P's turn
 *	 4  runnext, unless the slice is over (p.h, SLICE-1 and -2)
 *	 5  the global queue, if it is its turn (SLICE-3), or this P's own queue
 *	 6  the global queue
 *	 7  waiters on devices (netpoll), without blocking
 *	 8  spin: steal from other Ps, their timers, too
 *	 9  mark, because there is nothing else to do
 *
 * Then comes the delicate part, because the M is about to drop its P:
 *
 *	10  snapshot allp on the M
 *	11  under sched.lock: look for a stop, the global queue, needspinning;
 *	    then drop the P
 *	12  if the M spun: stop spinning, full fence, and look at everything
 *	    again without a P, through the snapshot
 *	13  sleep until started, or until the next timer or interrupt
 */
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/poll/netpoll.h"
#include "runtime/sched/blocking.h"
#include "runtime/sched/gc_worker.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/tick.h"
#include "runtime/sched/world.h"
#include "runtime/stack/gstack.h"
#include "runtime/time/timers.h"

/* Service the requests in p->attention.  Returns false if m lost its P
 * meanwhile; the caller then starts over. */
static bool
attend(struct m *m, struct p *p)
{
	struct gqueue ready = { 0 };
	uint32_t bits;

	/* relaxed: the steps below look under their own locks at what the bits
	 * announce; a bit that is set later is seen later. */
	if (load_relaxed(&p->attention) == 0)
		return true;
	/* acquire: pairs with or_release in p_ask. */
	bits = swap_acquire(&p->attention, 0);
	if (bits & ATTN_GC)
		gc_attend(p);
	if (bits & ATTN_FRAMES)
		gstack_refill(m);
	if (bits & ATTN_SAFEPOINT)
		world_safepoint(p);
	if (bits & ATTN_DUTIES)
		tick_duties(m);
	if (bits & (ATTN_DUTIES | ATTN_TICK))
		rotation_trim(p);
	if (bits & ATTN_POLL) {
		/* A P that never runs out of work must poll now and then. */
		netpoll(&ready);
		inject(p, &ready);
	}
	if (load_relaxed(&sched.stopping) != 0) {
		world_stop_here(m);
		return false;
	}
	return true;
}

/* Do step 12 for m, which spun and has just dropped its P.  Returns true if m
 * has a P again. */
static bool
look_again_without_p(struct m *m, struct allp_slice snapshot, nanos_t *until)
{
	struct p *p;

	m->spinning = false;
	CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
	fence_seq_cst();	/* (b) of idle.c, with (a) in wakep */

	SYNC_POINT(find_spinning_dropped_p);

	/* Look at the global queue, too: a yield may have put a goroutine there
	 * after step 11, and may have seen us spinning (Go issue 55160). */
	if (load_relaxed(&sched.nglobq) != 0) {
		spin_lock(&sched.lock);
		p = sched.globq.n != 0 ? pidle_get() : NULL;
		spin_unlock(&sched.lock);
		if (p != NULL)
			goto found;
	}
	p = steal_check_no_p(m, snapshot);
	if (p != NULL)
		goto found;
	p = gc_p_to_mark_with();
	if (p != NULL)
		goto found;
	*until = timers_check_no_p(snapshot, *until);
	return false;
found:
	acquirep(m, p);
	become_spinning(m);
	return true;
}

/* Look for a P for m, which woke in step 13 for a timer or a device and has
 * none.  Returns true if m has one now. */
static bool
woken_without_p(struct m *m)
{
	struct gqueue ready = { 0 };
	struct p *p;

	netpoll(&ready);
	spin_lock(&sched.lock);
	p = pidle_get_spinning();
	spin_unlock(&sched.lock);
	if (p == NULL)
		p = blocking_take();
	if (p == NULL) {
		/* No P is idle, so there is no timer to watch.  An M that drops
		 * a P, or starts the world, watches the timers of that P
		 * (TICK-2). */
		m->tick.watch = CLOCK_NEVER;
		inject(NULL, &ready);
		return false;
	}
	acquirep(m, p);
	become_spinning(m);
	inject(p, &ready);
	return true;
}

/* Do steps 4 to 7. */
static struct g *
find_without_stealing(struct p *p)
{
	struct gqueue ready = { 0 };
	struct g *gp;

	gp = p_get_next(p);
	if (gp != NULL) {
		bool was_due = p->next_was_due;

		p->next_was_due = false;
		if (LIKELY(!p->slice_over) || FAULT(runnext_keeps_slice))
			return gp;		/* SLICE-1 */
		p_put_tail(p, gp);		/* SLICE-2 */
		if (was_due)
			/* relaxed: only the owner stores tail. */
			p->urgent = load_relaxed(&p->runq.tail); /* TICK-3 */
	}
	p->slice_over = false;
	p->fair--;				/* SLICE-1 */
	gp = globq_turn(p);
	if (gp != NULL)
		return gp;
	gp = runq_get(&p->runq);
	if (gp != NULL)
		return gp;
	/* relaxed: a hint; step 11 looks under the lock. */
	if (load_relaxed(&sched.nglobq) != 0) {
		spin_lock(&sched.lock);
		gp = globq_get(p, 0);
		spin_unlock(&sched.lock);
		if (gp != NULL)
			return gp;
	}
	if (netpoll_pending()) {
		netpoll(&ready);
		gp = gqueue_pop(&ready);
		inject(p, &ready);
	}
	return gp;
}

/* Returns whether m may spin: at most half of the busy Ps do. */
static bool
may_spin(struct m *m)
{
	/* relaxed: a rule of thumb. */
	return m->spinning || 2 * load_relaxed(&sched.nmspinning) <
	    sched.nprocs - load_relaxed(&sched.npidle);
}

struct g *
find_runnable(struct m *m)
{
	for (;;) {
		struct p *p = m->p;
		nanos_t until = CLOCK_NEVER;
		struct allp_slice snapshot;
		struct g *gp;
		bool spun;

		if (p == NULL) {
			stopm(m, m->tick.watch);
			if (m->p == NULL)
				woken_without_p(m);
			continue;
		}
		allp_clear_snapshot(m);			/* ALLP-4 */
		if (!attend(m, p))			/* 1 */
			continue;
		tick_run_watched(m);			/* 2 */
		until = MIN(timers_check(p), m->tick.watch);
		if (gc_turn(m, p))			/* 3 */
			continue;
		gp = find_without_stealing(p);		/* 4 - 7 */
		if (gp != NULL)
			return gp;
		if (may_spin(m)) {			/* 8 */
			if (!m->spinning)
				become_spinning(m);
			gp = steal_work(m, p);
			if (gp != NULL)
				return gp;
		}
		if (gc_turn_idle(m, p))			/* 9 */
			continue;

		snapshot = allp_take_snapshot(m);	/* 10 */

		SYNC_POINT(find_before_drop);

		spin_lock(&sched.lock);			/* 11 */
		if (load_relaxed(&sched.stopping) != 0 || p_is_wanted(p)) {
			spin_unlock(&sched.lock);
			if (load_relaxed(&sched.stopping) != 0)
				world_stop_here(m);
			continue;
		}
		gp = globq_get(p, 0);
		if (gp != NULL) {
			spin_unlock(&sched.lock);
			return gp;
		}
		pidle_put(releasep(m));
		fence_seq_cst();	/* (d) of idle.c, with (c) */
		if (!m->spinning && load_relaxed(&sched.needspinning) != 0 &&
		    !FAULT(no_needspinning)) {
			/* Somebody submitted work while no P was idle. */
			p = pidle_get();
			spin_unlock(&sched.lock);
			acquirep(m, p);
			become_spinning(m);
			continue;
		}
		spin_unlock(&sched.lock);

		SYNC_POINT(find_dropped_p);

		spun = m->spinning;
		if (spun && look_again_without_p(m, snapshot, &until))	/* 12 */
			continue;
		stopm(m, until);			/* 13 */
		if (m->p == NULL)
			woken_without_p(m);
	}
}
