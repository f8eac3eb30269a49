/*
 * timers.h - the timers of each P, as the scheduler meets them, and how the
 * runtime sets its own.
 *
 * A timer belongs to the P on which it was set; the M that holds the P, or a
 * spinning M, runs it when it is due; an M going idle sleeps no longer than the
 * earliest it can see.
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
	uint64_t        order;		/* [L] of the timer set last */
	ATOMIC(nanos_t) next;		/* [l] root is due, or CLOCK_NEVER */
};

/* ---- timers of the runtime's own ---- */

/*
 * Set t for when, also if it is set already, for another time; seq is handed to
 * t->fire.  It goes to the heap of this P, unless it is in another already.
 * Returns whether t was set: then what it was set for does not happen.  An M
 * with a P; no lock of the rank of timers or above.  Several may set and stop
 * one timer at the same time.
 */
bool rtimer_set(struct rtimer *t, nanos_t when, uint64_t seq);

/*
 * Take t back.  True: it was set, and its function will not be called for that.
 * False: it was not set, or its function has been called, or is just about to
 * be (so who frees t's memory, or must know, tells by seq under a lock of its
 * own).  Callers as above.
 */
bool rtimer_stop(struct rtimer *t);

/* Is t set?  A snapshot. */
INLINE bool
rtimer_is_set(const struct rtimer *t)
{
	/* relaxed: whoever must be sure holds a lock of its own. */
	return load_relaxed(&t->p) != NULL;
}

/* Returns what a timer of ns is set for at now: now + ns, at least now, and
 * less than CLOCK_NEVER, which would mean that it is not set. */
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

/* No locks held, before any operation on t's channel. */
void    timer_chan_update(struct timer *t);

/* With the channel's lock: a goroutine is about to wait; and one fewer does. */
void    timer_chan_block(struct timer *t);
void    timer_chan_unblock(struct timer *t);

/* ---- sleeping ---- */

/* Park this goroutine until the clock has reached deadline.  A goroutine. */
void    timers_sleep_until(nanos_t deadline);

/* ---- for the scheduler ---- */

/* An empty set.  World stopped. */
void    timers_init(struct timers *ts);

/* When the earliest of p's timers is due on the machine's clock, or
 * CLOCK_NEVER; so too while a test has the clock (vclock.h).  Any hart. */
nanos_t timers_next(struct p *p);

/* Run every timer of p whose time has come; goroutines become runnable on p.
 * Returns when the next one is due, or CLOCK_NEVER.  The M that holds p, on g0.
 */
nanos_t timers_check(struct p *p);

/* Run victim's due timers; what becomes runnable goes to p.  The M that holds
 * p, on g0.  True if any ran. */
bool    timers_run_other(struct p *p, struct p *victim);

/* When the first timer of a P on the idle list is due, or CLOCK_NEVER: nobody
 * else sees to those (TICK-2).  An M with a P, the world running or stopped, or
 * a trap on it. */
nanos_t timers_next_idle(void);

/* The earliest of until and the timers of every P in snapshot.  An M without a
 * P (ALLP-3). */
nanos_t timers_check_no_p(struct allp_slice snapshot, nanos_t until);

/* World stopped: move all timers of from, which retires, to to. */
void    timers_hand_over(struct p *from, struct p *to);

/* Is any timer set anywhere?  When all Ms are idle, sched.lock held. */
bool    timers_pending(void);

/* The roots of all heaps, for the collector (TIMERS-GC).  An M with a P. */
void    timers_scan_roots(struct gc_work *work);
