/*
 * vclock.h - the time by which timers are due; in LAB builds a test may set it.
 *
 * Everything that is due at some time (sleepers, timers, tickers, deadlines)
 * asks timers_now(), and so does now_ns().  Normally timers_now() is the
 * machine's clock.  Between vclock_begin and vclock_end the clock stands still,
 * except when the test moves it from one timer to the next.  So hours of timers
 * pass in an instant, in an order that does not depend on how fast the machine
 * is.
 *
 *	vclock_begin();
 *	go(program_full_of_sleeps, NULL);
 *	vclock_run(24 * 3600 * NS_PER_S);	// a day
 *	vclock_end();
 *
 * Between vclock_begin and vclock_end no timer wakes a hart: timers are run
 * only by vclock_run, or by an M that passes through the scheduler.  Code that
 * measures the machine and not the program (the collector, the stop limit,
 * schedtrace's start) uses clock_now().
 */
#pragma once

#include "kernel/clock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/*
 * Field key:	[t] stored by the test's goroutine, loaded by any
 */
struct vclock {
	ATOMIC(uint32_t) on;		/* [t] 1 while a test has the clock */
	ATOMIC(nanos_t)  now;		/* [t] the time, while on is 1 */
};

#if LAB
extern struct vclock vclock;

/* Returns whether a test has taken the clock. */
INLINE bool
vclock_is_on(void)
{
	/* relaxed: changes only while nothing else runs that looks at the
	 * time. */
	return UNLIKELY(load_relaxed(&vclock.on) != 0);
}

/* Returns the time by which timers are due.  Any context. */
INLINE nanos_t
timers_now(void)
{
	/* relaxed: a goroutine that a timer woke has synchronised, by way of
	 * the timers' lock, with the test that moved the time. */
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
 * Take the clock, which then stands at the present time; and give it back,
 * after which timers_now is the machine's clock again.  No timer should be set
 * at either moment, because it would be late or early.  A goroutine of a test,
 * in a LAB build.
 */
void vclock_begin(void);
void vclock_end(void);

/* The last instant that the clock may reach.  It is before CLOCK_NEVER - 1, for
 * which timers are set that would be due beyond the end of time
 * (timers_after). */
#define VCLOCK_END (CLOCK_NEVER - 2)

/*
 * Let ns nanoseconds pass, but not beyond VCLOCK_END: again and again wait
 * until all other goroutines are parked, then move the clock to the next timer
 * and run it.  At the end wait once more.  Returns how many times timers were
 * due.  Called by the test that has the clock.
 */
uint64_t vclock_run(nanos_t ns);
