/*
 * test_time_ends.c - every function that takes a time takes any time.
 *
 * The tests give instants and durations at both ends of an int64_t and around 0
 * to each function of the public API and to the runtime functions below it.
 * They take the clock (vclock.h), so that the far end comes in an instant.
 * Links the whole runtime.
 */
#include "kernel/platform.h"
#include "runtime/poll/polldesc.h"
#include "runtime/time/timers.h"
#include "tests/unit/crowd.h"
#include "tests/unit/waiter.h"

static const int64_t times[] = { INT64_MIN, INT64_MIN + 1, -NS_PER_S, -1, 0, 1,
	NS_PER_S, INT64_MAX - 1, INT64_MAX };

/* Returns true if a duration of ns is over when a nanosecond has passed. */
static bool
is_short(int64_t ns)
{
	return ns <= 1;
}

/* Returns true if a duration of ns is over before the clock ends. */
static bool
has_an_end(int64_t ns)
{
	return ns < INT64_MAX - 1;
}

KTEST(timeends, a_timer_is_set_for_now_or_later_and_never_for_never)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		nanos_t when = timers_after(1000, times[i]);

		EXPECT(t, when >= 1000 && when < CLOCK_NEVER);
		EXPECT_EQ(t, when, times[i] <= 0 ? 1000 :
		    times[i] > CLOCK_NEVER - 1001 ? CLOCK_NEVER - 1 :
		    1000 + times[i]);
	}
}

static ATOMIC(uint32_t) awake;

static void
sleep_for(void *ns)
{
	sleep_ns(*(const int64_t *)ns);
	/* relaxed: a count. */
	add_relaxed(&awake, 1);
}

KTEST(timeends, a_sleep_lasts_as_long_as_asked)
{
	/* None sleeps for ever: the test would leave such a goroutine
	 * behind. */
	static int64_t lengths[] = { INT64_MIN, -1, 0, 1, NS_PER_S, 0 };
	uint32_t n = ARRAY_LEN(lengths);

	vclock_begin();
	lengths[n - 1] = VCLOCK_END - now_ns();
	store_relaxed(&awake, 0);
	for (uint32_t i = 0; i < n; i++)
		go(sleep_for, &lengths[i]);
	vclock_run(1);
	EXPECT_EQ(t, load_relaxed(&awake), 4);
	vclock_run(NS_PER_S);
	EXPECT_EQ(t, load_relaxed(&awake), 5);
	vclock_run(INT64_MAX);
	EXPECT_EQ(t, load_relaxed(&awake), 6);
	EXPECT_EQ(t, now_ns(), VCLOCK_END);
	EXPECT_EQ(t, vclock_run(INT64_MAX), 0);
	vclock_end();
}

/* Check tm, which was set for ns just now, when a nanosecond has passed and
 * again when all time has passed. */
static void
expect_values(struct ktest *t, struct timer *tm, int64_t ns)
{
	nanos_t from = now_ns();
	int64_t value;

	vclock_run(1);
	EXPECT_EQ(t, chan_try_recv(timer_chan(tm), &value, NULL),
	    is_short(ns));
	if (is_short(ns))
		EXPECT_EQ(t, value, from + MAX(ns, 0L));
	vclock_run(INT64_MAX);
	EXPECT_EQ(t, chan_try_recv(timer_chan(tm), &value, NULL),
	    !is_short(ns) && has_an_end(ns));
	if (!is_short(ns) && has_an_end(ns))
		EXPECT_EQ(t, value, from + ns);
	EXPECT_EQ(t, timer_stop(tm), !has_an_end(ns));
	EXPECT(t, !timers_pending());
}

KTEST(timeends, a_channel_timer_fires_when_it_is_due)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct timer *tm;

		vclock_begin();
		tm = timer_new(times[i]);
		expect_values(t, tm, times[i]);
		vclock_end();
		vclock_begin();
		timer_reset(tm, times[i]);
		expect_values(t, tm, times[i]);
		vclock_end();
		vclock_begin();
		EXPECT(t, after(times[i]) != NULL);
		vclock_run(1);
		vclock_end();
	}
}

static void
receive(void *c)
{
	chan_recv(c, NULL);
	add_relaxed(&awake, 1);			/* relaxed: a count */
}

/* A receiver waits, so the timer is in a heap. */
KTEST(timeends, a_channel_timer_wakes_its_receiver_when_it_is_due)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct timer *tm;

		vclock_begin();
		store_relaxed(&awake, 0);
		tm = timer_new(times[i]);
		go(receive, timer_chan(tm));
		vclock_run(1);
		EXPECT_EQ(t, load_relaxed(&awake), is_short(times[i]));
		vclock_run(INT64_MAX);
		EXPECT_EQ(t, load_relaxed(&awake), has_an_end(times[i]));
		timer_reset(tm, INT64_MIN);
		if (!has_an_end(times[i]))
			vclock_run(0);
		EXPECT_EQ(t, load_relaxed(&awake), 1);
		timer_stop(tm);
		EXPECT(t, !timers_pending());
		vclock_end();
	}
}

KTEST(timeends, a_ticker_of_any_interval_ticks_on_time)
{
	static const int64_t intervals[] = { 1, NS_PER_S, INT64_MAX / 2,
		INT64_MAX - 1, INT64_MAX };

	for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
		int64_t ns = intervals[i], value = 0;
		struct timer *tm;
		nanos_t from;

		vclock_begin();
		from = now_ns();
		tm = ticker_new(ns);
		vclock_run(ns);
		EXPECT_EQ(t, chan_try_recv(timer_chan(tm), &value, NULL),
		    has_an_end(ns));
		EXPECT_EQ(t, value, has_an_end(ns) ? from + ns : 0);
		vclock_run(INT64_MAX);
		/* The last tick before the end of the clock is there, or
		 * none. */
		value = from;
		EXPECT_EQ(t, chan_try_recv(timer_chan(tm), &value, NULL),
		    ns < INT64_MAX / 2);
		EXPECT_EQ(t, (value - from) % ns, 0);
		ticker_reset(tm, ns);
		EXPECT(t, !chan_try_recv(timer_chan(tm), NULL, NULL));
		EXPECT(t, timer_stop(tm));
		EXPECT(t, !timers_pending());
		vclock_end();
	}
}

static void
make_ticker(void *ns)
{
	ticker_new(*(const int64_t *)ns);
}

static struct timer *ticker;

static void
reset_ticker(void *ns)
{
	ticker_reset(ticker, *(const int64_t *)ns);
}

KTEST(timeends, a_ticker_of_no_interval_is_a_panic)
{
	static int64_t intervals[] = { INT64_MIN, -1, 0 };

	ticker = ticker_new(INT64_MAX);
	for (size_t i = 0; i < ARRAY_LEN(intervals); i++) {
		EXPECT(t, !try_call(make_ticker, &intervals[i], NULL));
		EXPECT(t, !try_call(reset_ticker, &intervals[i], NULL));
	}
	EXPECT(t, timer_stop(ticker));
	ticker = NULL;
}

static void
count(void *unused)
{
	(void)unused;
	add_relaxed(&awake, 1);			/* relaxed: a count */
}

KTEST(timeends, a_function_runs_when_it_is_due)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct timer *tm;

		vclock_begin();
		store_relaxed(&awake, 0);
		tm = after_func(times[i], count, NULL);
		vclock_run(1);
		EXPECT_EQ(t, load_relaxed(&awake), is_short(times[i]));
		EXPECT_EQ(t, timer_reset(tm, times[i]), !is_short(times[i]));
		vclock_run(INT64_MAX);
		EXPECT_EQ(t, load_relaxed(&awake), is_short(times[i]) ? 2 :
		    has_an_end(times[i]) ? 1 : 0);
		EXPECT_EQ(t, timer_stop(tm), !has_an_end(times[i]));
		EXPECT(t, !timers_pending());
		vclock_end();
	}
}

/* ---- contexts ---- */

static bool
has_ended(struct context *ctx)
{
	return ctx_err(ctx) == ctx_deadline_exceeded;
}

/* Check ctx, which was given the deadline at just now.  The deadline lies
 * within a nanosecond of now or far away. */
static void
expect_end(struct ktest *t, struct context *ctx, int64_t at)
{
	bool past = at <= now_ns();
	int64_t says;

	EXPECT_EQ(t, ctx_deadline(ctx, &says), at != INT64_MAX);
	if (at != INT64_MAX)
		EXPECT_EQ(t, says, at);
	EXPECT_EQ(t, has_ended(ctx), past);	/* no time has passed */
	vclock_run(1);
	EXPECT_EQ(t, has_ended(ctx), at <= now_ns());
	vclock_run(INT64_MAX);
	EXPECT_EQ(t, has_ended(ctx), at <= now_ns());
	EXPECT_EQ(t, has_ended(ctx), at < INT64_MAX - 1);
	ctx_cancel(ctx, NULL);
}

/* Go's issue 36202, and what else was found with it. */
KTEST(timeends, regress_a_deadline_far_in_the_past_ends_a_context_at_once)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		vclock_begin();
		expect_end(t, ctx_with_deadline(ctx_background(), times[i]),
		    times[i]);
		EXPECT(t, !timers_pending());
		vclock_end();
	}
}

KTEST(timeends, a_timeout_ends_a_context_after_its_time_and_not_before)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		__int128 at;

		vclock_begin();
		at = (__int128)now_ns() + times[i];
		expect_end(t, ctx_with_timeout(ctx_background(), times[i]),
		    (int64_t)MIN(at, (__int128)INT64_MAX - 1));
		EXPECT(t, !timers_pending());
		vclock_end();
	}
}

KTEST(timeends, a_child_ends_no_later_than_its_parent)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		for (size_t j = 0; j < ARRAY_LEN(times); j++) {
			struct context *parent, *child;

			vclock_begin();
			parent = ctx_with_deadline(ctx_background(), times[i]);
			child = ctx_with_deadline(parent, times[j]);
			expect_end(t, child, MIN(times[i], times[j]));
			ctx_cancel(parent, NULL);
			EXPECT(t, !timers_pending());
			vclock_end();
		}
}

/* ---- devices ---- */

static struct poll_desc pd = POLL_DESC_INIT;

KTEST(timeends, a_wait_for_a_device_ends_at_its_deadline)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct waiter reader;
		int64_t at = times[i];
		bool past;

		polldesc_open(&pd, NULL);
		vclock_begin();
		past = at != 0 && at <= now_ns();
		polldesc_set_deadline(&pd, POLL_IN, at);
		waiter_go(&reader, &pd, POLL_READ);
		vclock_run(0);
		EXPECT_EQ(t, load_acquire(&reader.ended), past);
		vclock_run(INT64_MAX);
		/* acquire: pairs with store_release in waiter.c; publishes the
		 * result. */
		EXPECT_EQ(t, load_acquire(&reader.ended), at != 0 &&
		    has_an_end(at));
		polldesc_set_deadline(&pd, POLL_IN, INT64_MIN);
		wg_wait(&reader.gone);
		EXPECT_EQ(t, reader.result, POLL_TIMEOUT);
		vclock_end();
		poll_close_idle(t, &pd);
	}
}

/* Returns true if result is one that a read may return whose deadline has
 * passed.  The input may have ended, too. */
static bool
has_not_read(long result)
{
	return result == IO_TIMEOUT || result == IO_CLOSED;
}

KTEST(timeends, the_console_takes_any_deadline)
{
	char line[4];

	if (platform.uart.len == 0) {
		ktest_skip(t, "no UART");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int64_t at = times[i];
		bool past = at != 0 && at <= now_ns();

		EXPECT_EQ(t, console_write("#\n", 2, at), past ? IO_TIMEOUT :
		    2);
		if (past) {
			EXPECT(t, has_not_read(console_read(line, 1, at)));
			EXPECT(t, has_not_read(read_line_until(line,
			    sizeof(line), at)));
		}
	}
}
