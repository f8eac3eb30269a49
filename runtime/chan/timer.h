/*
 * timer.h - a program's timers, inside.
 *
 * A struct timer is a collected object, of one of two kinds with a common
 * beginning: one that runs a function (after_func.c), one that has a channel
 * (chan_timer.c).
 */
#pragma once

#include "include/antler.h"
#include "runtime/time/timers.h"

/* 0 is none: what was never made. */
enum timer_kind { TIMER_FUNC = 1, TIMER_CHAN };

/*
 * Field key:	[I] immutable
 */
struct timer {
	enum timer_kind kind;		/* [I] */
};

/* timer_stop and timer_reset (period 0) or ticker_reset (period ns) of a timer
 * with a channel (chan_timer.c).  A goroutine. */
bool chan_timer_stop(struct timer *t);
bool chan_timer_reset(struct timer *t, int64_t ns, int64_t period);

/* timer_stop and timer_reset of one that runs a function.  A goroutine. */
bool func_timer_stop(struct timer *t);
bool func_timer_reset(struct timer *t, int64_t ns);

/* Boot, with a P: what timers of functions need (after_func.c). */
void after_func_start(void);
