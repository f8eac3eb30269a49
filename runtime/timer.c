/*
 * timer.c - stopping and resetting a program's timers, of either kind.
 */
#include "runtime/timer.h"

#include "lib/check.h"

/* As antler.h says.  Any goroutine. */
bool
timer_stop(struct timer *t)
{
	return rtimer_stop(&t->r);
}

/* As antler.h says.  Any goroutine. */
bool
timer_reset(struct timer *t, int64_t ns)
{
	return rtimer_set(&t->r, timers_after(timers_now(), ns), 0);
}
