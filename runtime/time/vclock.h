/*
 * vclock.h - what time timers think it is; in LAB builds a test may decide.
 *
 * Everything that is due at some time (sleepers, timers, tickers, deadlines)
 * asks timers_now(), and so does now_ns().  Normally that is the machine's
 * clock.  Between vclock_begin and vclock_end it stands still, except when the
 * test moves it, from one timer to the next: hours of timers pass in an
 * instant, in an order that does not depend on how fast the machine is.
 *
 *	vclock_begin();
 *	go(program_full_of_sleeps, NULL);
 *	vclock_run(24 * 3600 * NS_PER_S);	// a day
 *	vclock_end();
 *
 * Meanwhile no hart is woken by any timer: only vclock_run runs them, or an M
 * that comes by.  Whatever measures the machine rather than the program (the
 * collector, the stop limit, schedtrace's start) stays with clock_now().
 */
#pragma once

#include "kernel/clock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/*
 * Field key:	[t] stored by the test's goroutine, loaded by any
 */
struct vclock {
	ATOMIC(uint32_t) on;		/* [t] 1: now is the time */
	ATOMIC(nanos_t)  now;		/* [t] */
};

#if LAB
extern struct vclock vclock;

/* Has a test taken the clock? */
INLINE bool
vclock_is_on(void)
{
	/* relaxed: switched while nothing else runs that looks at time. */
	return UNLIKELY(load_relaxed(&vclock.on) != 0);
}

/* The time by which timers are due.  Any context. */
INLINE nanos_t
timers_now(void)
{
	/* relaxed: who was woken by a timer has synchronised with who moved
	 * the time, by way of the timers' lock. */
	return vclock_is_on() ? load_relaxed(&vclock.now) : clock_now();
}
#else
INLINE bool
vclock_is_on(void)
{
	return false;
}

INLINE nanos_t
timers_now(void)
{
	return clock_now();
}
#endif

/*
 * Take the clock, at the time it shows; give it back, when it shows the
 * machine's time again.  No timer should be set at either moment: it would be
 * late, or early.  A goroutine of a test, in a LAB build.
 */
void vclock_begin(void);
void vclock_end(void);

/* The clock stops here, before the instant for which a timer is set that would
 * be due beyond the end of time (timers_after). */
#define VCLOCK_END (CLOCK_NEVER - 2)

/*
 * Let ns nanoseconds pass, but not beyond VCLOCK_END: again and again wait
 * until all other goroutines are parked, then go to the next timer and run it;
 * at the end wait once more.  Returns how many times something was due.  The
 * test that has the clock.
 */
uint64_t vclock_run(nanos_t ns);
