/*
 * timer.h - the timers of programs, from the runtime's side.
 *
 * A timer is an object of the collected heap.  There are two kinds, both of
 * which begin with a struct timer: timers that run a function (after_func.c)
 * and timers that have a channel (chan_timer.c).
 */
#pragma once

#include "include/antler.h"
#include "runtime/fail/seal.h"
#include "runtime/time/timers.h"

/*
 * Field key:	[I] immutable
 */
struct timer {
	struct seal seal;		/* [I] SEAL_TIMER_FUNC or _CHAN */
};

/* Is t, which a program has passed, a timer of the kind kind? */
INLINE bool
timer_is(const struct timer *t, enum seal_kind kind)
{
	return seal_is(&t->seal, t, kind);
}

/* Panic, in Go's words, because the argument of the operation what is not a
 * timer. */
NORETURN COLD void timer_panic_none(const char *what);

/* Do timer_stop, timer_reset (with period 0) and ticker_reset (with period ns)
 * for t, a timer with a channel (chan_timer.c).  For goroutines only. */
bool chan_timer_stop(struct timer *t);
bool chan_timer_reset(struct timer *t, int64_t ns, int64_t period);

/* Do timer_stop and timer_reset for t, a timer that runs a function
 * (after_func.c).  For goroutines only. */
bool func_timer_stop(struct timer *t);
bool func_timer_reset(struct timer *t, int64_t ns);

/* Start the system goroutine that timers of functions need (AFTER-1).  Called
 * once at boot, with a P. */
void after_func_start(void);
