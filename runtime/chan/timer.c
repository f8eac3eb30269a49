/*
 * timer.c - stopping and resetting a program's timers, of either kind.
 */
#include "runtime/chan/timer.h"

#include "lib/check.h"

/* t is no timer.  Go's words. */
NORETURN COLD static void
panic_uninitialized(const char *what)
{
	go_panic("time: %s called on uninitialized Timer", what);
}

FOR_PROGRAMS bool
timer_stop(struct timer *t)
{
	if (t->kind == TIMER_CHAN)
		return chan_timer_stop(t);
	if (t->kind != TIMER_FUNC)
		panic_uninitialized("Stop");
	return func_timer_stop(t);
}

FOR_PROGRAMS bool
timer_reset(struct timer *t, int64_t ns)
{
	if (t->kind == TIMER_CHAN)
		return chan_timer_reset(t, ns, 0);
	if (t->kind != TIMER_FUNC)
		panic_uninitialized("Reset");
	return func_timer_reset(t, ns);
}

FOR_PROGRAMS void
ticker_reset(struct timer *t, int64_t ns)
{
	if (ns <= 0)
		go_panic("non-positive interval for Ticker.Reset");
	if (t->kind != TIMER_CHAN)
		go_panic("reset of an after_func as a ticker");
	chan_timer_reset(t, ns, ns);
}
