/*
 * timebase.h - ticks of the machine's clock as nanoseconds, and back.
 *
 * Either conversion is one multiplication into 128 bits and a shift, so there
 * is no division after boot.  The clock counts from 0; its time fits in a
 * nanos_t for 292 years.
 */
#pragma once

#include <stdint.h>

#include "lib/compiler.h"

enum { TIMEBASE_NS_SHIFT = 40, TIMEBASE_TICK_SHIFT = 60 };

/* hz must be at least TIMEBASE_HZ_MIN and less than TIMEBASE_HZ_END. */
#define TIMEBASE_HZ_MIN 100UL
#define TIMEBASE_HZ_END (16UL * NS_PER_S)

/*
 * ns = ticks * ns_mult / 2^TIMEBASE_NS_SHIFT.  At 10 MHz ns_mult is exact; at
 * other frequencies the error is below 2^-40 of a nanosecond for each tick,
 * which is 0.3 us in a year at about 10 MHz.  ticks = ns * tick_mult /
 * 2^TIMEBASE_TICK_SHIFT; tick_mult is rounded up.
 *
 * Field key:	[I] immutable after timebase_set
 */
struct timebase {
	uint64_t ns_mult;		/* [I] */
	uint64_t tick_mult;		/* [I] */
	uint64_t end;			/* [I] ticks of ns below it fit */
};

/* Make *tb the timebase of hz ticks a second, in the range above. */
void timebase_set(struct timebase *tb, uint64_t hz);

/* Returns the nanoseconds that ticks take, rounded down. */
INLINE nanos_t
timebase_ns(const struct timebase *tb, uint64_t ticks)
{
	return (nanos_t)((unsigned __int128)ticks * tb->ns_mult >>
	    TIMEBASE_NS_SHIFT);
}

/*
 * Returns the tick at which a timer set for ns has to ring: the first tick at
 * which the clock has reached ns, or a tick that is later by at most ns / 2^60
 * of a tick.  If hz does not divide NS_PER_S, the clock may read ns - 1 at that
 * tick.  Returns UINT64_MAX, a tick that never comes, for INT64_MAX and for a
 * time beyond all ticks.
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
