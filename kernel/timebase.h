/*
 * timebase.h - ticks of the machine's clock as nanoseconds, and back.
 *
 * Either way is one multiplication into 128 bits and a shift: no division after
 * boot.  The clock counts from 0 and is read as a nanos_t for 292 years.
 */
#pragma once

#include <stdint.h>

#include "lib/compiler.h"

enum { TIMEBASE_NS_SHIFT = 40, TIMEBASE_TICK_SHIFT = 60 };

/* Timebases from here up to, but not including, the second. */
#define TIMEBASE_HZ_MIN 100UL
#define TIMEBASE_HZ_END (16UL * NS_PER_S)

/*
 * ns = ticks * ns_mult / 2^TIMEBASE_NS_SHIFT.  At 10 MHz ns_mult is exact; else
 * the error is below 2^-40 of a nanosecond a tick, 0.3 us in a year at 10 MHz.
 * ticks = ns * tick_mult / 2^TIMEBASE_TICK_SHIFT; tick_mult is rounded up.
 *
 * Field key:	[I] immutable after timebase_set
 */
struct timebase {
	uint64_t ns_mult;		/* [I] */
	uint64_t tick_mult;		/* [I] */
	uint64_t end;			/* [I] of the ns whose ticks fit */
};

/* Make *tb the timebase of hz ticks a second, in the range above. */
void timebase_set(struct timebase *tb, uint64_t hz);

/* Returns how many nanoseconds ticks are, rounded down. */
INLINE nanos_t
timebase_ns(const struct timebase *tb, uint64_t ticks)
{
	return (nanos_t)((unsigned __int128)ticks * tb->ns_mult >>
	    TIMEBASE_NS_SHIFT);
}

/*
 * Returns the tick at which a timer has to ring that is set for ns: the first
 * at which the clock has come to ns, or one that is later by ns / 2^60 of a
 * tick at most.  If hz does not divide NS_PER_S the clock may read ns - 1 then.
 * UINT64_MAX, which never comes, is returned for INT64_MAX and for a time that
 * is beyond all ticks.
 */
INLINE uint64_t
timebase_ticks(const struct timebase *tb, nanos_t ns)
{
	uint64_t before = (uint64_t)ns - 1;

	if (UNLIKELY(before >= tb->end))
		return ns <= 0 ? 0 : UINT64_MAX;
	return (uint64_t)((unsigned __int128)before * tb->tick_mult >>
	    TIMEBASE_TICK_SHIFT) + 1;
}
