/*
 * test_limiter.c - the bucket of gc/limiter.h, what the memory limit does to
 * the goal, and the collection that comes after two minutes without one.
 *
 * Links the whole runtime.
 */
#include "gc/gc.h"
#include "gc/limiter.h"
#include "gc/pacer.h"
#include "runtime/collect/gc_host.h"
#include "runtime/sched/sched.h"
#include "runtime/time/vclock.h"
#include "tests/unit/crowd.h"

#define MAX_NS (100 * NS_PER_MS)

/* LIMIT-1 */
KTEST(limiter, the_bucket_fills_above_half_of_the_time_and_drains_below)
{
	const nanos_t ms = NS_PER_MS;

	EXPECT_EQ(t, limiter_level(7 * ms, 5 * ms, 0, 10 * ms, MAX_NS), 7 * ms);
	EXPECT_EQ(t, limiter_level(7 * ms, 6 * ms, 0, 10 * ms, MAX_NS), 9 * ms);
	EXPECT_EQ(t, limiter_level(7 * ms, 4 * ms, 0, 10 * ms, MAX_NS), 5 * ms);
	EXPECT_EQ(t, limiter_level(7 * ms, 0, 0, 10 * ms, MAX_NS), 0);
	EXPECT_EQ(t, limiter_level(0, 300 * ms, 0, 300 * ms, MAX_NS), MAX_NS);
	/* Marking by idle harts does not count (LIMIT-2). */
	EXPECT_EQ(t, limiter_level(7 * ms, 5 * ms, 30 * ms, 40 * ms, MAX_NS),
	    7 * ms);
}

KTEST(limiter, a_programs_own_collections_do_not_count)	/* LIMIT-2 */
{
	nanos_t end = now_ns() + 2 * LIMITER_NS * 2;

	while (now_ns() < end)
		gc_collect();
	EXPECT(t, !limiter_on());
}

KTEST(limiter, the_goal_is_the_lower_of_gogc_and_the_limit)
{
	uint64_t limit = gc_set_limit(0), live, held;
	struct gc_stats s;

	gc_release_memory();
	gc_read_stats(&s);
	live = s.heap_live;
	held = s.heap_sys - s.heap_idle;
	/* Much may be alive, if something stale leads to it. */
	gc_set_limit(UINT64_MAX / 2);
	gc_set_percent(1000);
	EXPECT_EQ(t, pacer_goal(), pacer_live() +
	    MAX(pacer_live(), 4 * MIB) * 10);
	gc_set_limit(held + 8 * MIB);
	EXPECT(t, pacer_goal() > live + 2 * MIB);
	EXPECT(t, pacer_goal() <= live + 9 * MIB);
	gc_set_limit(1);		/* what is alive does not fit */
	EXPECT_EQ(t, pacer_goal(), pacer_live() +
	    MAX(pacer_live() / 32, 256 * KIB));
	gc_set_percent(-1);
	gc_set_limit(held + 64 * MIB);
	EXPECT(t, pacer_goal() <= held + 64 * MIB);
	gc_set_percent(100);
	gc_set_limit(UINT64_MAX / 2);
	EXPECT_EQ(t, pacer_goal(), pacer_live() + MAX(pacer_live(), 4 * MIB));
	gc_set_limit(limit);
}

/* ---- now and then ---- */

static void
do_duty(void *unused)
{
	(void)unused;
	gc_duty();
}

/* Let the clock go on by ns, then do the duty of a tick. */
static NOINLINE void
later(nanos_t ns)
{
	vclock_run(ns);
	on_g0(do_duty, NULL);
}

/* Wait until all collections have ended, those too that were asked for.
 * Returns their number. */
static NOINLINE uint64_t
cycles_in_the_end(void)
{
	uint64_t n;

	do {
		n = gc_cycles();
		vclock_run(0);
		gc_host.wait_cycle(UINT64_MAX);
	} while (gc_cycles() != n);
	return n;
}

KTEST(gcperiod, two_minutes_without_a_collection_bring_one)
{
	uint64_t n;

	gc_collect();
	vclock_begin();
	later(0);
	n = cycles_in_the_end();
	later(119 * NS_PER_S);
	EXPECT_EQ(t, cycles_in_the_end(), n);
	later(2 * NS_PER_S);
	EXPECT_EQ(t, cycles_in_the_end(), n + 1);
	/* The two minutes count from that collection. */
	later(0);
	later(119 * NS_PER_S);
	EXPECT_EQ(t, cycles_in_the_end(), n + 1);
	/* With GOGC=off there is none. */
	gc_set_percent(-1);
	later(300 * NS_PER_S);
	later(300 * NS_PER_S);
	EXPECT_EQ(t, cycles_in_the_end(), n + 1);
	gc_set_percent(100);
	vclock_end();
}
