/*
 * timebase.c - the conversion factors of a timebase; see timebase.h.
 */
#include "kernel/timebase.h"

#include "lib/check.h"

/* Returns num * 2^shift / den, rounded down.  The result fits. */
static uint64_t
scaled_ratio(uint64_t num, uint64_t den, unsigned shift)
{
	uint64_t ratio = num / den;
	uint64_t rest = num % den;

	while (shift-- > 0) {
		bool carry = rest >> 63 != 0;

		rest <<= 1;
		ratio = ratio << 1 | (carry || rest >= den);
		if (carry || rest >= den)
			rest -= den;
	}
	return ratio;
}

void
timebase_set(struct timebase *tb, uint64_t hz)
{
	CHECK(hz >= TIMEBASE_HZ_MIN && hz < TIMEBASE_HZ_END);
	tb->ns_mult = scaled_ratio(NS_PER_S, hz, TIMEBASE_NS_SHIFT);
	/* One more than the ratio rounded down, so that no deadline fires early
	 * (CLOCK-1). */
	tb->tick_mult = scaled_ratio(hz, NS_PER_S, TIMEBASE_TICK_SHIFT) + 1;
	/* For every ns below end the ticks must fit in 64 bits. */
	tb->end = INT64_MAX - 1;
	if (tb->tick_mult > 1UL << (TIMEBASE_TICK_SHIFT + 1))
		tb->end = scaled_ratio(UINT64_MAX, tb->tick_mult,
		    TIMEBASE_TICK_SHIFT);
}
