/*
 * timer.c - stopping and resetting a program's timers, of either kind.
 */
#include "runtime/timer.h"

#include "lib/check.h"

bool
timer_stop(struct timer *t)
{
	if (t->kind == TIMER_CHAN)
		return chan_timer_stop(t);
	return func_timer_stop(t);
}

bool
timer_reset(struct timer *t, int64_t ns)
{
	if (t->kind == TIMER_CHAN)
		return chan_timer_reset(t, ns, 0);
	return func_timer_reset(t, ns);
}

void
ticker_reset(struct timer *t, int64_t ns)
{
	if (ns <= 0)
		go_panic("non-positive interval for Ticker.Reset");
	if (t->kind != TIMER_CHAN)
		go_panic("reset of an after_func as a ticker");
	chan_timer_reset(t, ns, ns);
}
