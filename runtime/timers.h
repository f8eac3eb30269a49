/*
 * timers.h - the timers of each P, as find_runnable meets them.
 *
 * A timer belongs to the P on which it was set; the M that holds the P, or a
 * spinning M, runs it when it is due; an M going idle sleeps no longer than the
 * earliest it can see.
 */
#pragma once

#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/allp.h"

struct p;
struct timer;

/*
 * Lock: lock guards the heap.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 */
struct timers {
	struct spinlock lock;
	struct timer   *root;		/* [L] a pairing heap; earliest first */
	ATOMIC(nanos_t) next;		/* [l] root is due, or CLOCK_NEVER */
};

/* An empty set.  World stopped. */
void    timers_init(struct timers *ts);

/* Make every goroutine of p whose time has come runnable on p; returns when the
 * next one is due, or CLOCK_NEVER.  The M that holds p. */
nanos_t timers_check(struct p *p);

/* Run victim's due timers; what becomes runnable goes to p.  The M that holds
 * p.  True if any did. */
bool    timers_run_other(struct p *p, struct p *victim);

/* The earliest of until and the timers of every P in snapshot.  An M without a
 * P (ALLP-3). */
nanos_t timers_check_no_p(struct allp_slice snapshot, nanos_t until);

/* World stopped: move all timers of from, which retires, to to. */
void    timers_hand_over(struct p *from, struct p *to);

/* Is any timer set anywhere?  When all Ms are idle, sched.lock held. */
bool    timers_pending(void);

/* Park this goroutine until the clock has reached deadline.  A goroutine. */
void    timers_sleep_until(nanos_t deadline);
