/*
 * test_nanos.c - arithmetic on times, also at both ends of their range, and the
 * conversion between ticks of the timebase and nanoseconds.
 *
 * Covers lib/nanos.h and kernel/timebase.c, and links nothing else.  Runs in
 * the guest and on the host.
 */
#include "kernel/timebase.h"
#include "lib/nanos.h"
#include "tests/ktest.h"

static const nanos_t ends[] = { INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, -1, 0,
	1, INT64_MAX / 2, INT64_MAX - 1, INT64_MAX };

static nanos_t
saturated(__int128 exact)
{
	return exact < INT64_MIN ? INT64_MIN : exact > INT64_MAX ? INT64_MAX :
	    (nanos_t)exact;
}

static void
expect_exact_or_end(struct ktest *t, nanos_t a, nanos_t b)
{
	EXPECT_EQ(t, nanos_add(a, b), saturated((__int128)a + b));
	EXPECT_EQ(t, nanos_sub(a, b), saturated((__int128)a - b));
}

KTEST(nanos, a_sum_or_difference_is_exact_or_the_nearer_end)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		for (size_t j = 0; j < ARRAY_LEN(ends); j++)
			expect_exact_or_end(t, ends[i], ends[j]);
	for (int i = 0; i < 10000; i++) {
		unsigned shift = rand_below(&t->rand, 64);

		expect_exact_or_end(t, ends[i % (int)ARRAY_LEN(ends)],
		    (nanos_t)(((uint64_t)rand_u32(&t->rand) << 32 |
		    rand_u32(&t->rand)) >> shift));
	}
}

static const uint64_t rates[] = { TIMEBASE_HZ_MIN, 32768, 1000000, 10000000,
	24000000, NS_PER_S, 2UL * NS_PER_S, 3UL * NS_PER_S,
	TIMEBASE_HZ_END - 1 };

KTEST(timebase, a_later_time_has_no_earlier_tick)
{
	for (size_t r = 0; r < ARRAY_LEN(rates); r++) {
		struct timebase tb;
		uint64_t before = 0;

		timebase_set(&tb, rates[r]);
		EXPECT_EQ(t, timebase_ticks(&tb, INT64_MIN), 0);
		EXPECT_EQ(t, timebase_ticks(&tb, -1), 0);
		EXPECT_EQ(t, timebase_ticks(&tb, 0), 0);
		for (nanos_t ns = 1; ns > 0; ns = nanos_add(ns, ns / 16 + 1)) {
			uint64_t ticks = timebase_ticks(&tb, ns);

			EXPECT(t, ticks >= before);
			before = ticks;
			if (ns == INT64_MAX)
				break;
		}
		EXPECT(t, before == UINT64_MAX);
		EXPECT(t, timebase_ticks(&tb, INT64_MAX - 1) >=
		    timebase_ticks(&tb, INT64_MAX / 2));
	}
}

KTEST(timebase, a_timer_rings_at_the_first_tick_that_is_not_early)
{
	static const uint64_t dividing[] = { TIMEBASE_HZ_MIN, 1000000,
		10000000, NS_PER_S };

	for (size_t r = 0; r < ARRAY_LEN(dividing); r++) {
		struct timebase tb;

		timebase_set(&tb, dividing[r]);
		for (int i = 0; i < 5000; i++) {
			uint64_t random = (uint64_t)rand_u32(&t->rand) << 32 |
			    rand_u32(&t->rand);
			nanos_t ns = (nanos_t)(random >> 4 >>
			    rand_below(&t->rand, 58)) + 1;
			uint64_t ticks = timebase_ticks(&tb, ns);

			EXPECT(t, timebase_ns(&tb, ticks) >= ns);
			/* ns is below 2^60, so the timer is late by a tick at
			 * most. */
			EXPECT(t, timebase_ns(&tb, ticks - 2) < ns);
			if (ns < (1L << 60) / (NS_PER_S / (nanos_t)dividing[r]))
				EXPECT(t, timebase_ns(&tb, ticks - 1) < ns);
		}
	}
}
