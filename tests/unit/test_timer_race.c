/*
 * test_timer_race.c - timers with a channel, stopped and reset while they come.
 *
 * Covers chan_timer.c (CTIMER-1 to CTIMER-3) on the machine's clock.  Links the
 * whole runtime.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "runtime/chan/chan.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "tests/root_once.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

#define SEC NS_PER_S

/* What any look at the channel does first. */
static void
fill_buffer(struct timer *timer)
{
	timer_chan(timer);
	timer_chan_update(timer);
}

static struct timer    *waited;
static ATOMIC(uint32_t) nreceived;
static ATOMIC(int64_t)  received_at;

/* Let the goroutines of the test wait for timer, which a root keeps alive. */
static void
wait_for(struct timer *timer)
{
	ROOT_ONCE(waited);
	gc_store(&waited, timer);
}

/* ---- a call from the heap that is overtaken ---- */

static void
receive_late(struct ktest *t, uint32_t i)
{
	int64_t value = 0;

	(void)t, (void)i;
	chan_recv(timer_chan(waited), &value);
	/* relaxed: the wait group orders the check. */
	store_relaxed(&received_at, value);
}

/* Let the timer come due under who waits for it, hold the call, and do what
 * must make it void. */
static void
overtake(struct ktest *t, bool (*with)(struct ktest *t))
{
	struct crowd crowd;
	int64_t after_that;

	store_relaxed(&received_at, 0);
	wait_for(timer_new(3600 * SEC));
	sync_point_arm("timer_fire_before_lock", 1);
	crowd_init(&crowd, t, receive_late);
	crowd_go(&crowd);
	while (!timers_pending())
		cpu_relax();		/* until it waits */
	EXPECT(t, timer_reset(waited, NS_PER_MS));
	while (!sync_point_caught("timer_fire_before_lock"))
		cpu_relax();		/* not yield: it is for another hart */
	EXPECT(t, with(t));
	after_that = now_ns();
	sync_point_release("timer_fire_before_lock");
	hold_ns(NS_PER_MS);
	EXPECT_EQ(t, load_relaxed(&received_at), 0);
	timer_reset(waited, NS_PER_MS);
	crowd_wait(&crowd);
	EXPECT(t, load_relaxed(&received_at) > after_that);
	EXPECT(t, load_relaxed(&received_at) <= now_ns());
	EXPECT(t, !timers_pending());
}

static bool
by_stop(struct ktest *t)
{
	(void)t;
	return timer_stop(waited);
}

static bool
by_reset(struct ktest *t)
{
	(void)t;
	return timer_reset(waited, 3600 * SEC);
}

KTEST_ON(timer_chan, a_call_on_its_way_when_it_is_stopped_sends_nothing, 2)
{
	overtake(t, by_stop);
}

KTEST_ON(timer_chan, a_call_on_its_way_when_it_is_reset_sends_nothing, 2)
{
	overtake(t, by_reset);
}

static ATOMIC(uint32_t) stop_said;

static void
stop_waited(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	/* relaxed: the wait group orders the check. */
	store_relaxed(&stop_said, timer_stop(waited));
}

/* A stop that saw no channel, while one is asked for and filled. */
KTEST_ON(timer_chan, a_stop_overtaken_by_a_look_at_the_channel_empties_it, 2)
{
	struct crowd crowd;

	store_relaxed(&stop_said, 0);
	wait_for(timer_new(0));
	sync_point_arm("timer_stop_unopened", 1);
	crowd_init(&crowd, t, stop_waited);
	crowd_go(&crowd);
	while (!sync_point_caught("timer_stop_unopened"))
		cpu_relax();		/* not yield: it is for another hart */
	fill_buffer(waited);
	sync_point_release("timer_stop_unopened");
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_relaxed(&stop_said), 1);
	EXPECT(t, !chan_try_recv(timer_chan(waited), NULL, NULL));
}

/* ---- races, on the machine's clock ---- */

enum { ROUNDS = 300 };

static ATOMIC(uint32_t) nstopped;

/* A timer, and two that share it: one receives, one stops. */
struct duel {
	struct timer *timer;
	struct chan  *quit;
	ATOMIC(uint32_t) received;
};

static void
receive_or_quit(void *arg)
{
	struct duel *duel = arg;
	int64_t value;
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = timer_chan(duel->timer),
		    .value = &value },
		{ .op = SELECT_RECV, .chan = duel->quit },
	};

	if (chan_select(cases, 2) == 0) {
		/* relaxed: ordered by the channel. */
		store_relaxed(&duel->received, 1);
		chan_recv(duel->quit, NULL);
	}
}

/* Go issue 69312: exactly one of stopped and received. */
static void
fight(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed ^ i);
	for (int k = 0; k < ROUNDS && !ktest_failed(t); k++) {
		struct duel duel = { 0 };
		bool stopped;

		duel.timer = timer_new(rand_below(&rand, 4 * NS_PER_US));
		duel.quit = chan_make(&gc_int_type, 0);
		go(receive_or_quit, &duel);
		if (rand_below(&rand, 2) == 0)
			yield();
		hold_ns(rand_below(&rand, 3 * NS_PER_US));
		stopped = timer_stop(duel.timer);
		chan_send(duel.quit, &(int64_t){ 0 });
		/* relaxed: ordered by the channel. */
		EXPECT(t, stopped != load_relaxed(&duel.received));
		if (stopped)
			add_relaxed(&nstopped, 1);
		else
			add_relaxed(&nreceived, 1);
	}
}

static void
fight_all(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i), bool resize)
{
	uint32_t n = 2 * (uint32_t)num_hart();

	store_relaxed(&nstopped, 0);
	store_relaxed(&nreceived, 0);
	adversary_crowd(t, n, fn, resize ? ADVERSARY_ALL : 0);
	if (!ktest_failed(t))
		EXPECT_EQ(t, load_relaxed(&nstopped) +
		    load_relaxed(&nreceived), n * ROUNDS);
	EXPECT(t, !timers_pending());
}

KTEST(timer_chan, each_timer_is_stopped_or_received_on_all_harts)
{
	fight_all(t, fight, false);
}

KTEST(timer_chan, each_timer_is_stopped_or_received_while_ps_come_and_go)
{
	fight_all(t, fight, true);
}

/* Whatever is received after a reset is no older than the reset says. */
static void
reset_and_receive(struct ktest *t, uint32_t i)
{
	struct timer *timer = i % 2 ? ticker_new(1000) : timer_new(1000);
	struct rand rand;

	rand_seed(&rand, t->seed ^ i);
	for (int k = 0; k < ROUNDS && !ktest_failed(t); k++) {
		int64_t ns = 1 + rand_below(&rand, 3 * NS_PER_US);
		int64_t before, value = 0;

		hold_ns(rand_below(&rand, 3 * NS_PER_US));
		if (rand_below(&rand, 2) == 0)
			fill_buffer(timer);
		before = now_ns();
		if (i % 2)
			ticker_reset(timer, ns);
		else
			timer_reset(timer, ns);
		if (rand_below(&rand, 3) == 0)
			timer_stop(timer);
		else
			chan_recv(timer_chan(timer), &value);
		EXPECT(t, value == 0 || (value >= before + ns &&
		    value <= now_ns()));
		add_relaxed(&nreceived, 1);	/* relaxed: as above */
	}
	timer_stop(timer);
	EXPECT(t, !chan_try_recv(timer_chan(timer), NULL, NULL));
}

KTEST(timer_chan, nothing_stale_is_received_after_a_reset_on_all_harts)
{
	fight_all(t, reset_and_receive, false);
}

KTEST(timer_chan, nothing_stale_is_received_while_ps_come_and_go)
{
	fight_all(t, reset_and_receive, true);
}
