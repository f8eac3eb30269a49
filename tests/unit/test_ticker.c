/*
 * test_ticker.c - timers and tickers with a channel.
 *
 * Covers chan_timer.c (CTIMER-1 to CTIMER-3).  Which of Go's tests these answer
 * is in docs/go-tests.md.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "runtime/chan/chan.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

#define SEC NS_PER_S

/* What any look at the channel does first. */
static void
fill_buffer(struct timer *timer)
{
	timer_chan(timer);
	timer_chan_update(timer);
}

/* Is there a value now?  Then it must be want. */
static bool
has(struct ktest *t, struct timer *timer, int64_t want)
{
	int64_t value = -1;

	if (!chan_try_recv(timer_chan(timer), &value, NULL))
		return false;
	EXPECT_EQ(t, value, want);
	return true;
}

/* ---- once ---- */

KTEST(timer_chan, a_timer_looked_at_late_sends_once)
{
	struct timer *timer;
	int64_t start;

	vclock_begin();
	start = now_ns();
	timer = timer_new(10 * SEC);
	vclock_run(10 * SEC - 1);
	EXPECT(t, !has(t, timer, 0));
	vclock_run(1);
	EXPECT(t, has(t, timer, start + 10 * SEC));
	EXPECT(t, !has(t, timer, 0));
	timer_reset(timer, SEC);
	vclock_run(100 * SEC);
	EXPECT(t, has(t, timer, start + 11 * SEC));
	EXPECT(t, !has(t, timer, 0));
	vclock_end();
}

KTEST(timer_chan, a_past_time_is_due_at_once_and_the_longest_never)
{
	struct timer *far;

	vclock_begin();
	EXPECT(t, has(t, timer_new(0), now_ns()));
	EXPECT(t, has(t, timer_new(-1), now_ns()));
	EXPECT(t, has(t, timer_new(INT64_MIN), now_ns()));
	far = timer_new(INT64_MAX);
	vclock_run(1000L * 365 * 24 * 3600);
	EXPECT(t, !has(t, far, 0));
	EXPECT(t, timer_stop(far));
	vclock_end();
}

KTEST(timer_chan, a_timers_channel_shows_no_length_and_no_capacity)
{
	struct timer *timer = timer_new(0);
	struct timer *func = after_func(3600 * SEC, (void (*)(void *))yield,
	    NULL);

	EXPECT_EQ(t, chan_len(timer_chan(timer)), 0);
	EXPECT_EQ(t, chan_cap(timer_chan(timer)), 0);
	EXPECT(t, chan_recv(timer_chan(timer), NULL));
	EXPECT(t, timer_chan(func) == NULL);
	EXPECT(t, timer_stop(func));
}

/* ---- stop and reset ---- */

KTEST(timer_chan, stop_and_reset_return_whether_a_value_was_still_to_come)
{
	struct timer *timer;
	int64_t start;

	vclock_begin();
	timer = timer_new(SEC);
	EXPECT(t, timer_stop(timer));		/* before its time */
	EXPECT(t, !timer_stop(timer));
	EXPECT(t, !timer_reset(timer, SEC));
	EXPECT(t, timer_reset(timer, SEC));
	vclock_run(2 * SEC);
	EXPECT(t, timer_stop(timer));		/* due, nobody looked */
	EXPECT(t, !has(t, timer, 0));
	timer_reset(timer, SEC);
	vclock_run(2 * SEC);
	EXPECT_EQ(t, chan_len(timer_chan(timer)), 0);
	EXPECT(t, timer_reset(timer, SEC));	/* the same */
	EXPECT(t, !has(t, timer, 0));
	start = now_ns();
	vclock_run(2 * SEC);
	EXPECT(t, has(t, timer, start + SEC));
	EXPECT(t, !timer_stop(timer));		/* received */
	EXPECT(t, !timer_reset(timer, SEC));
	timer_stop(timer);
	vclock_end();
}

/* A value that is in the buffer already, because somebody looked: a select that
 * went another way. */
KTEST(timer_chan, a_value_in_the_buffer_does_not_outlive_stop_or_reset)
{
	struct timer *timer;

	vclock_begin();
	for (int stop = 0; stop < 2; stop++) {
		timer = timer_new(SEC);
		vclock_run(2 * SEC);
		fill_buffer(timer);
		EXPECT(t, stop ? timer_stop(timer) :
		    timer_reset(timer, 3600 * SEC));
		EXPECT(t, !has(t, timer, 0));
		timer_stop(timer);
	}
	vclock_end();
}

/* ---- somebody waits ---- */

static struct timer    *waited;
static ATOMIC(uint32_t) nreceived;
static ATOMIC(int64_t)  received_at;	/* the value, by whoever came last */

/* Let the goroutines of the test wait for timer, which a root keeps alive. */
static void
wait_for(struct timer *timer)
{
	ROOT_ONCE(waited);
	gc_store(&waited, timer);
}

static void
receive_one(struct ktest *t, uint32_t i)
{
	int64_t value = 0;

	(void)i;
	EXPECT(t, chan_recv(timer_chan(waited), &value));
	EXPECT_EQ(t, now_ns(), value);
	/* relaxed: the test looks when all sleep. */
	store_relaxed(&received_at, value);
	add_relaxed(&nreceived, 1);
}

static void
begin_waiting(struct ktest *t, struct crowd *crowd, uint32_t n)
{
	store_relaxed(&nreceived, 0);
	crowd_init(crowd, t, receive_one);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(crowd);
	vclock_run(0);
}

KTEST(timer_chan, a_timer_is_in_a_heap_only_while_a_receiver_waits)
{
	struct crowd crowd;
	int64_t start;

	vclock_begin();
	start = now_ns();
	wait_for(timer_new(3600 * SEC));
	EXPECT(t, !timers_pending());
	begin_waiting(t, &crowd, 1);
	EXPECT(t, timers_pending());
	vclock_run(3600 * SEC - 1);
	EXPECT_EQ(t, load_relaxed(&nreceived), 0);
	vclock_run(1);
	EXPECT_EQ(t, load_relaxed(&nreceived), 1);
	EXPECT_EQ(t, load_relaxed(&received_at), start + 3600 * SEC);
	EXPECT(t, !timers_pending());
	EXPECT(t, !timer_stop(waited));
	crowd_wait(&crowd);
	vclock_end();
}

KTEST(timer_chan, a_timer_reset_under_its_receiver_comes_at_the_new_time)
{
	struct crowd crowd;
	int64_t start;

	vclock_begin();
	wait_for(timer_new(10 * SEC));
	begin_waiting(t, &crowd, 1);
	EXPECT(t, timer_reset(waited, 20 * SEC));	/* later */
	vclock_run(15 * SEC);
	EXPECT(t, timer_stop(waited));
	EXPECT(t, !timers_pending());
	vclock_run(100 * SEC);
	EXPECT_EQ(t, load_relaxed(&nreceived), 0);
	start = now_ns();
	EXPECT(t, !timer_reset(waited, 30 * SEC));
	EXPECT(t, timer_reset(waited, 3 * SEC));	/* earlier */
	vclock_run(3 * SEC);
	EXPECT_EQ(t, load_relaxed(&nreceived), 1);
	EXPECT_EQ(t, load_relaxed(&received_at), start + 3 * SEC);
	crowd_wait(&crowd);
	EXPECT(t, !timers_pending());
	vclock_end();
}

KTEST(timer_chan, each_tick_serves_one_of_many_receivers)
{
	struct crowd crowd;

	vclock_begin();
	wait_for(ticker_new(SEC));
	begin_waiting(t, &crowd, 10);
	for (uint32_t i = 1; i <= 10; i++) {
		vclock_run(SEC);
		EXPECT_EQ(t, load_relaxed(&nreceived), i);
	}
	crowd_wait(&crowd);
	EXPECT(t, !timers_pending());
	timer_stop(waited);
	vclock_end();
}

static struct chan *other;
static int          expected_case;

static void
select_or_time_out(struct ktest *t, uint32_t i)
{
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = other },
		{ .op = SELECT_RECV, .chan = after((1 + i) * SEC) },
	};

	EXPECT_EQ(t, chan_select(cases, 2), expected_case);
	add_relaxed(&nreceived, 1);		/* relaxed: as above */
}

static void
ten_select(struct ktest *t, struct crowd *crowd, int which)
{
	store_relaxed(&nreceived, 0);
	expected_case = which;
	crowd_init(crowd, t, select_or_time_out);
	for (uint32_t i = 0; i < 10; i++)
		crowd_go(crowd);
	vclock_run(SEC / 2);
	EXPECT(t, timers_pending());
	EXPECT_EQ(t, load_relaxed(&nreceived), 0);
}

KTEST(timer_chan, a_select_that_goes_another_way_leaves_no_timer_in_a_heap)
{
	struct crowd crowd;

	ROOT_ONCE(other);
	gc_store(&other, chan_make(&gc_int_type, 0));
	vclock_begin();
	ten_select(t, &crowd, 0);
	for (int64_t i = 0; i < 10; i++)
		chan_send(other, &i);
	vclock_run(0);
	EXPECT_EQ(t, load_relaxed(&nreceived), 10);
	EXPECT(t, !timers_pending());
	crowd_wait(&crowd);
	ten_select(t, &crowd, 1);
	for (uint32_t i = 1; i <= 10; i++) {
		vclock_run(SEC);
		EXPECT_EQ(t, load_relaxed(&nreceived), i);
	}
	EXPECT(t, !timers_pending());
	crowd_wait(&crowd);
	vclock_end();
}

/* ---- tickers ---- */

KTEST(ticker, a_ticker_keeps_to_its_schedule_and_drops_unreceived_ticks)
{
	struct timer *ticker;
	int64_t start;

	vclock_begin();
	start = now_ns();
	ticker = ticker_new(10 * SEC);
	for (int k = 1; k <= 5; k++) {
		vclock_run(10 * SEC);
		EXPECT(t, has(t, ticker, start + k * 10 * SEC));
		EXPECT(t, !has(t, ticker, 0));
	}
	vclock_run(35 * SEC);		/* 60, 70 and 80 s are missed */
	EXPECT(t, has(t, ticker, start + 60 * SEC));
	EXPECT(t, !has(t, ticker, 0));
	vclock_run(5 * SEC);
	EXPECT(t, has(t, ticker, start + 90 * SEC));
	EXPECT(t, timer_stop(ticker));
	vclock_run(100 * SEC);
	EXPECT(t, !has(t, ticker, 0));
	EXPECT(t, !timer_stop(ticker));
	vclock_end();
}

static uint32_t nticks;

static void
take_ticks(struct ktest *t, uint32_t unused)
{
	int64_t first = 0, value;

	(void)unused;
	for (uint32_t i = 0; i < 1000; i++) {
		chan_recv(timer_chan(waited), &value);
		if (i == 0)
			first = value;
		EXPECT_EQ(t, value, first + i * 7 * NS_PER_MS);
		EXPECT_EQ(t, now_ns(), value);
		nticks++;
	}
}

KTEST(ticker, a_thousand_ticks_are_a_thousand_periods)
{
	struct crowd crowd;

	nticks = 0;
	vclock_begin();
	wait_for(ticker_new(7 * NS_PER_MS));
	crowd_init(&crowd, t, take_ticks);
	crowd_go(&crowd);
	vclock_run(7 * SEC);
	vclock_end();
	EXPECT_EQ(t, nticks, 1000);
	crowd_wait(&crowd);
	EXPECT(t, timer_stop(waited));
	EXPECT(t, !timers_pending());
}

KTEST(ticker, a_reset_ticker_ticks_at_its_new_period_and_not_at_the_old)
{
	struct timer *ticker;
	int64_t start;

	vclock_begin();
	ticker = ticker_new(3600 * SEC);
	vclock_run(3600 * SEC + 5);
	start = now_ns();
	ticker_reset(ticker, SEC);
	EXPECT(t, !has(t, ticker, 0));
	for (int k = 1; k <= 3; k++) {
		vclock_run(SEC);
		EXPECT(t, has(t, ticker, start + k * SEC));
	}
	timer_stop(ticker);
	start = now_ns();
	ticker_reset(ticker, 2 * SEC);
	vclock_run(5 * SEC);
	EXPECT(t, has(t, ticker, start + 2 * SEC));
	timer_stop(ticker);
	vclock_end();
}

KTEST(ticker, a_ticker_of_the_longest_period_never_ticks)
{
	struct timer *ticker = ticker_new(INT64_MAX);

	EXPECT(t, !has(t, ticker, 0));
	EXPECT(t, timer_stop(ticker));
}

/* ---- garbage ---- */

enum { NGARBAGE = 64 };

static uintptr_t hidden[NGARBAGE];

static NOINLINE void
forget_tickers(struct ktest *t)
{
	for (int i = 0; i < NGARBAGE; i++) {
		struct timer *ticker = i % 2 ? ticker_new(NS_PER_MS) :
		    timer_new(3600 * SEC);

		if (i % 3 == 0)
			EXPECT(t, !has(t, ticker, 0));
		hidden[i] = hide(ticker);
	}
}

KTEST(ticker, a_forgotten_ticker_is_garbage_although_never_stopped)
{
	forget_tickers(t);
	wipe_stack();
	gc_collect();
	gc_collect();
	EXPECT(t, hidden_count_alive(hidden, NGARBAGE) <= NGARBAGE / 8);
}

static void
wait_for_own(struct ktest *t, uint32_t i)
{
	int64_t start = now_ns(), value = 0;

	/* Nothing but this goroutine's wait refers to it. */
	EXPECT(t, chan_recv(after((1 + i) * SEC), &value));
	EXPECT_EQ(t, value, start + (1 + i) * SEC);
	add_relaxed(&nreceived, 1);		/* relaxed: as above */
}

KTEST(timer_chan, a_timer_with_a_receiver_stays_alive)
{
	struct crowd crowd;

	store_relaxed(&nreceived, 0);
	vclock_begin();
	crowd_init(&crowd, t, wait_for_own);
	for (int i = 0; i < 50; i++)
		crowd_go(&crowd);
	vclock_run(SEC / 2);
	for (int i = 0; i < 6; i++) {
		gc_collect();
		forget_tickers(t);	/* memory is used again */
		vclock_run(10 * SEC);
	}
	EXPECT_EQ(t, load_relaxed(&nreceived), 50);
	crowd_wait(&crowd);
	vclock_end();
}
