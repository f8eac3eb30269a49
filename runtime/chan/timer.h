/*
 * timer.h - a program's timers, inside.
 *
 * A struct timer is a collected object, of one of two kinds with a common
 * beginning: one that runs a function (after_func.c), one that has a channel
 * (chan_timer.c).
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

/* Is t, which a program has given us, a timer of that kind? */
INLINE bool
timer_is(const struct timer *t, enum seal_kind kind)
{
	return seal_is(&t->seal, t, kind);
}

/* Panic: t is no timer.  Go's words. */
NORETURN COLD void timer_panic_none(const char *what);

/* timer_stop and timer_reset (period 0) or ticker_reset (period ns) of a timer
 * with a channel (chan_timer.c).  A goroutine. */
bool chan_timer_stop(struct timer *t);
bool chan_timer_reset(struct timer *t, int64_t ns, int64_t period);

/* timer_stop and timer_reset of one that runs a function.  A goroutine. */
bool func_timer_stop(struct timer *t);
bool func_timer_reset(struct timer *t, int64_t ns);

/* Boot, with a P: what timers of functions need (after_func.c). */
void after_func_start(void);
