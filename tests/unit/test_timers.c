/*
 * test_timers.c - sleeping.
 *
 * Covers timers.c and the parts of find.c that wait for a timer.  No upper
 * bound on lateness is claimed, because the host may take our harts away.
 * Links the whole runtime.
 */
#include "kernel/clock.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "runtime/time/vclock.h"
#include "tests/unit/crowd.h"

enum { N = 200 };	/* fewer than a local queue holds: they stay in order */

static ATOMIC(uint32_t) awake;
static nanos_t          due[N];
static uint32_t         order[N];

KTEST(timers, a_sleep_lasts_at_least_as_long_as_asked)
{
	static const nanos_t lengths[] = { 1, 999, 10000, 123456, 1000000,
		5000001 };

	for (uint32_t i = 0; i < ARRAY_LEN(lengths); i++) {
		nanos_t start = now_ns();

		sleep_ns(lengths[i]);
		EXPECT(t, now_ns() - start >= lengths[i]);
	}
}

KTEST(timers, a_sleep_of_no_time_is_a_yield)
{
	uint64_t before = load_relaxed(&self()->status);

	sleep_ns(0);
	sleep_ns(-5);
	sleep_ns(INT64_MIN);
	EXPECT_EQ(t, load_relaxed(&self()->status), before);
}

static void
sleep_random(struct ktest *t, uint32_t i)
{
	nanos_t until = due[i];

	timers_sleep_until(until);
	EXPECT(t, now_ns() >= until);
	/* relaxed: the wait group orders the check. */
	order[add_relaxed(&awake, 1)] = i;
}

static void
start_sleepers(struct ktest *t, struct crowd *crowd, nanos_t from,
    nanos_t span)
{
	nanos_t first = now_ns() + from;

	store_relaxed(&awake, 0);
	crowd_init(crowd, t, sleep_random);
	for (uint32_t i = 0; i < N; i++) {
		due[i] = first + rand_below(&t->rand, (uint32_t)span);
		crowd_go(crowd);
	}
}

static void
run_sleepers(struct ktest *t, nanos_t from, nanos_t span)
{
	struct crowd crowd;

	start_sleepers(t, &crowd, from, span);
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_relaxed(&awake), N);
}

KTEST(timers, sleepers_of_one_p_wake_in_the_order_of_their_times)
{
	struct crowd crowd;

	gomaxprocs(1);
	vclock_begin();
	start_sleepers(t, &crowd, NS_PER_MS, 20 * NS_PER_MS);
	vclock_run(NS_PER_S);		/* when all have fallen asleep */
	vclock_end();
	crowd_wait(&crowd);
	for (uint32_t i = 1; i < N; i++)
		EXPECT(t, due[order[i - 1]] <= due[order[i]]);
	gomaxprocs(num_hart());
}

KTEST(timers, sleepers_on_all_ps_all_wake)
{
	run_sleepers(t, 0, 20 * NS_PER_MS);
}

KTEST(timers, sleepers_of_one_instant_all_wake)
{
	run_sleepers(t, 10 * NS_PER_MS, 1);
}

static void
sleep_over_and_over(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < 30; k++)
		sleep_ns(1 + (i * 31 + k * 17) % 100 * NS_PER_US);
	add_relaxed(&awake, 1);		/* relaxed: as above */
}

KTEST(timers, no_sleeper_oversleeps_for_ever)
{
	store_relaxed(&awake, 0);
	crowd_run(t, 100, sleep_over_and_over);
	EXPECT_EQ(t, load_relaxed(&awake), 100);
}

static ATOMIC(uint32_t) end;

static void
keep_busy(struct ktest *t, uint32_t i)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;

	(void)i;
	while (load_relaxed(&end) == 0 && now_ns() < give_up)
		yield();
	EXPECT_EQ(t, load_relaxed(&end), 1);
}

static void
sleep_then_end(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (int k = 0; k < 5; k++)
		sleep_ns(100 * NS_PER_US);
	store_relaxed(&end, 1);
}

static void
sleep_among_the_busy(struct ktest *t, int procs)
{
	struct crowd busy, sleepy;

	store_relaxed(&end, 0);
	gomaxprocs(procs);
	crowd_init(&busy, t, keep_busy);
	crowd_init(&sleepy, t, sleep_then_end);
	crowd_go(&sleepy);
	for (int i = 0; i < 3 * num_hart(); i++)
		crowd_go(&busy);
	crowd_wait(&sleepy);
	crowd_wait(&busy);
}

KTEST(timers, a_sleeper_wakes_although_every_hart_is_busy)
{
	sleep_among_the_busy(t, num_hart());
}

/* The timer of the sleeper may be on a P that gets no M for a long time. */
KTEST(timers, sleepers_all_wake_with_more_ps_than_harts)
{
	sleep_among_the_busy(t, 4 * num_hart());
}

KTEST(timers, sleepers_all_wake_when_the_ps_shrink_meanwhile)
{
	struct crowd busy, sleepy;

	store_relaxed(&end, 0);
	gomaxprocs(2 * num_hart());
	crowd_init(&busy, t, keep_busy);
	crowd_init(&sleepy, t, sleep_then_end);
	crowd_go(&sleepy);
	for (int i = 0; i < num_hart(); i++)
		crowd_go(&busy);
	yield();
	gomaxprocs(1);
	crowd_wait(&sleepy);
	crowd_wait(&busy);
}

static void
hold_until_end(struct ktest *t, uint32_t i)
{
	nanos_t give_up = now_ns() + PATIENCE_NS / 4;

	(void)i;
	while (load_relaxed(&end) == 0 && now_ns() < give_up)
		cpu_relax();
	EXPECT_EQ(t, load_relaxed(&end), 1);
}

static ATOMIC(struct g *) sleeper;

static void
sleep_once_then_end(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	store_relaxed(&sleeper, self());	/* relaxed: only looked at */
	sleep_ns(20 * NS_PER_MS);
	store_relaxed(&end, 1);
}

/*
 * Goroutines that call nothing hold all harts but one.  The first hart to be
 * held is the one on which the timer was set, because its M was the last to
 * sleep.
 */
KTEST_ON(timers, one_idle_hart_serves_the_timers_of_the_busy_ones, 3)
{
	for (int round = 0; round < 4 && !ktest_failed(t); round++) {
		struct crowd holders, sleepy;
		nanos_t give_up = now_ns() + PATIENCE_NS;
		struct g *gp;

		store_relaxed(&end, 0);
		store_relaxed(&sleeper, NULL);
		crowd_init(&holders, t, hold_until_end);
		crowd_init(&sleepy, t, sleep_once_then_end);
		crowd_go(&sleepy);
		do
			gp = load_relaxed(&sleeper);
		while ((gp == NULL || !is_parked(gp)) &&
		    load_relaxed(&end) == 0 && now_ns() < give_up);
		hold_ns(NS_PER_MS);
		for (int i = 2; i < num_hart(); i++)
			crowd_go(&holders);
		hold_until_end(t, 0);
		crowd_wait(&sleepy);
		crowd_wait(&holders);
	}
}

KTEST(timers, no_timer_is_left_when_no_goroutine_sleeps)
{
	crowd_run(t, 50, sleep_over_and_over);
	EXPECT(t, !timers_pending());
	for (uint32_t i = 0; i < sched.nprocs; i++)
		EXPECT(t, load_relaxed(&allp.ptr[i]->timers.next) ==
		    CLOCK_NEVER);
}
