/*
 * timer.c - stopping and resetting a program's timers, of either kind.
 */
#include "runtime/chan/timer.h"

#include "lib/check.h"

NORETURN COLD void
timer_panic_none(const char *what)
{
	go_panic("time: %s called on uninitialized Timer", what);
}

FOR_PROGRAMS bool
timer_stop(struct timer *t)
{
	if (timer_is(t, SEAL_TIMER_CHAN))
		return chan_timer_stop(t);
	if (!timer_is(t, SEAL_TIMER_FUNC))
		timer_panic_none("Stop");
	return func_timer_stop(t);
}

FOR_PROGRAMS bool
timer_reset(struct timer *t, int64_t ns)
{
	if (timer_is(t, SEAL_TIMER_CHAN))
		return chan_timer_reset(t, ns, 0);
	if (!timer_is(t, SEAL_TIMER_FUNC))
		timer_panic_none("Reset");
	return func_timer_reset(t, ns);
}

FOR_PROGRAMS void
ticker_reset(struct timer *t, int64_t ns)
{
	if (ns <= 0)
		go_panic("non-positive interval for Ticker.Reset");
	if (!timer_is(t, SEAL_TIMER_CHAN)) {
		if (timer_is(t, SEAL_TIMER_FUNC))
			go_panic("reset of an after_func as a ticker");
		timer_panic_none("Reset");
	}
	chan_timer_reset(t, ns, ns);
}
