/*
 * timers.h - the timers of each P: how the runtime sets its own timers, and how
 * the scheduler runs those that are due.
 *
 * A timer belongs to the P on which it was set.  The M that holds the P, or a
 * spinning M, runs the timer when it is due.  An M that goes idle sleeps no
 * longer than until the earliest timer that it can see.
 */
#pragma once

#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/sched/allp.h"
#include "runtime/time/timer_heap.h"
#include "runtime/time/vclock.h"

struct gc_work;
struct p;
struct timer;

/*
 * Lock: lock guards the heap.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 */
struct timers {
	struct spinlock lock;
	struct rtimer  *root;		/* [L] the heap; earliest first */
	uint64_t        order;		/* [L] that of the timer set last */
	ATOMIC(nanos_t) next;		/* [l] when root is due, or
					 * CLOCK_NEVER */
};

/* ---- timers of the runtime itself ---- */

/*
 * Set t for the time when; t may already be set for another time.  t->fire will
 * be given seq.  t goes to the heap of this P, unless it is in another heap
 * already.  Returns true if t was set: then its function is not called for that
 * earlier setting.  An M with a P; no lock of RANK_TIMERS or a higher rank
 * held.  Several harts may set and stop one timer at the same time.
 */
bool rtimer_set(struct rtimer *t, nanos_t when, uint64_t seq);

/*
 * Stop t.  Returns true if t was set and its function will not be called for
 * that setting.  Returns false if t was not set, or its function has been
 * called, or is just about to be called: a caller that frees t's memory, or
 * must know which, tells by seq under a lock of its own.  An M with a P; no
 * lock of RANK_TIMERS or a higher rank held.
 */
bool rtimer_stop(struct rtimer *t);

/* Is t set?  A snapshot. */
INLINE bool
rtimer_is_set(const struct rtimer *t)
{
	/* relaxed: a caller that must be sure holds a lock of its own. */
	return load_relaxed(&t->p) != NULL;
}

/* Returns the time for which to set, at the time now, a timer that is to ring
 * after ns: now + ns, but at least now, and less than CLOCK_NEVER, which would
 * mean that there is no timer. */
INLINE nanos_t
timers_after(nanos_t now, nanos_t ns)
{
	nanos_t when;

	if (ns <= 0)
		return now;
	if (__builtin_add_overflow(now, ns, &when) || when == CLOCK_NEVER)
		return CLOCK_NEVER - 1;
	return when;
}

/* ---- a channel that belongs to a timer (chan_timer.c) ---- */

/* Send the time to t's channel if t is due and in no heap, so that nothing else
 * would send it.  Called before any operation on that channel, with no locks
 * held. */
void    timer_chan_update(struct timer *t);

/* Note that one more goroutine is about to wait at t's channel, or that one
 * fewer waits.  The channel's lock held. */
void    timer_chan_block(struct timer *t);
void    timer_chan_unblock(struct timer *t);

/* ---- sleeping ---- */

/* Park this goroutine until the clock has reached deadline.  A goroutine. */
void    timers_sleep_until(nanos_t deadline);

/* ---- for the scheduler ---- */

/* Make ts an empty set of timers.  World stopped. */
void    timers_init(struct timers *ts);

/* Returns when the earliest of p's timers is due on the machine's clock, or
 * CLOCK_NEVER if p has none or a test has the clock (vclock.h).  Any hart. */
nanos_t timers_next(struct p *p);

/* Run the timers of p that are due; the goroutines that they wake become
 * runnable on p.  If the P is wanted meanwhile, some may be left, still due.
 * Returns when the next timer is due, or CLOCK_NEVER.  The M that holds p, on
 * g0. */
nanos_t timers_check(struct p *p);

/* Run victim's due timers as timers_check does; the goroutines that they wake
 * become runnable on p.  Returns true if any ran.  The M that holds p, on
 * g0. */
bool    timers_run_other(struct p *p, struct p *victim);

/* Returns when the first timer of any P on the idle list is due, or
 * CLOCK_NEVER.  No other M watches those timers (TICK-2).  An M with a P, the
 * world running or stopped, or a trap on it. */
nanos_t timers_next_idle(void);

/* Returns the earliest of until and the times at which timers of the Ps in
 * snapshot are due.  An M without a P (ALLP-3). */
nanos_t timers_check_no_p(struct allp_slice snapshot, nanos_t until);

/* Move all timers of from, a P that retires, to the P to.  World stopped. */
void    timers_hand_over(struct p *from, struct p *to);

/* Is any timer set anywhere?  When all Ms are idle, sched.lock held. */
bool    timers_pending(void);

/* Scan the roots of all heaps for the collector (TIMERS-GC).  An M with a P. */
void    timers_scan_roots(struct gc_work *work);
