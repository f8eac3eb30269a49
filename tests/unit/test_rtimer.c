/*
 * test_rtimer.c - the runtime's own timers: what set and stop return, and that
 * a setting is either stopped or run, whatever goes on around it.
 *
 * Covers timers.c (TIMERS-1 to TIMERS-3), vclock.c.  Links the whole runtime.
 */
#include "kernel/syncpoint.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "tests/unit/crowd.h"

enum { N = 100 };

static struct rtimer r[N];
static uint64_t      came[N];		/* the seq of each that came ... */
static struct rtimer *who[N];		/* ... and which it was */
static uint32_t      ncame;

static void
record(struct rtimer *timer, uint64_t seq, struct gqueue *ready)
{
	(void)ready;
	if (ncame < N) {
		who[ncame] = timer;
		came[ncame++] = seq;
	}
}

static void
begin(rtimer_fn *fire)
{
	ncame = 0;
	for (uint32_t i = 0; i < N; i++)
		r[i] = (struct rtimer){ .fire = fire };
	gomaxprocs(1);
	vclock_begin();
}

KTEST(rtimer, timers_come_by_time_and_equal_ones_in_the_order_set)
{
	begin(record);
	for (uint64_t i = 0; i < N; i++)
		EXPECT(t, !rtimer_set(&r[i], timers_now() +
		    (nanos_t)(i * 7 % 10) * NS_PER_S, i));
	vclock_run(8 * NS_PER_S);
	EXPECT_EQ(t, ncame, N / 10 * 9);
	vclock_run(NS_PER_S);
	EXPECT_EQ(t, ncame, N);
	for (uint32_t i = 1; i < N; i++) {
		uint64_t a = came[i - 1], b = came[i];

		EXPECT(t, a * 7 % 10 < b * 7 % 10 ||
		    (a * 7 % 10 == b * 7 % 10 && a < b));
	}
	vclock_end();
}

KTEST(rtimer, stop_and_set_return_whether_the_timer_was_set)
{
	begin(record);
	EXPECT(t, !rtimer_stop(&r[0]));
	EXPECT(t, !rtimer_set(&r[0], timers_now() + 5, 1));
	EXPECT(t, rtimer_is_set(&r[0]));
	EXPECT(t, rtimer_set(&r[0], timers_now() + 9, 2));
	EXPECT(t, rtimer_set(&r[0], timers_now() + 3, 3));
	EXPECT(t, rtimer_stop(&r[0]));
	EXPECT(t, !rtimer_stop(&r[0]));
	vclock_run(100);
	EXPECT_EQ(t, ncame, 0);
	EXPECT(t, !rtimer_set(&r[0], timers_now() + 3, 4));
	vclock_run(3);
	EXPECT_EQ(t, ncame, 1);
	EXPECT_EQ(t, came[0], 4);
	EXPECT(t, !rtimer_is_set(&r[0]));
	EXPECT(t, !rtimer_stop(&r[0]));
	vclock_end();
}

/* Sets itself anew five times, and takes its successor back. */
static void
meddle(struct rtimer *timer, uint64_t seq, struct gqueue *ready)
{
	record(timer, seq, ready);
	if (seq < 5)
		rtimer_set(timer, timers_now() + 10, seq + 1);
	else
		rtimer_stop(timer + 1);
}

KTEST(rtimer, a_function_may_set_and_stop_its_own_timer_and_others)
{
	begin(meddle);
	rtimer_set(&r[0], timers_now(), 0);
	rtimer_set(&r[1], timers_now() + 51, 9);
	rtimer_set(&r[3], timers_now() + 50, 7);	/* before r[0]'s last */
	rtimer_set(&r[4], timers_now() + 50, 8);
	vclock_run(1000);
	/* r[0] at 0, 10 ... 40, then r[3] which stops r[4], then r[0], which
	 * stops r[1]. */
	EXPECT_EQ(t, ncame, 7);
	EXPECT_EQ(t, came[5], 7);
	EXPECT(t, who[6] == &r[0] && came[6] == 5);
	EXPECT(t, !timers_pending());
	vclock_end();
}

/* A heap that had its earliest timer made earlier, and then taken out, must not
 * keep saying that something is due (Go issue 51654). */
KTEST(rtimer, a_heap_made_earlier_and_emptied_says_never)
{
	struct p *p;

	begin(record);
	vclock_end();
	p = this_p();
	for (int i = 0; i < 10; i++) {
		rtimer_set(&r[0], timers_now() + NS_PER_S, 0);
		rtimer_set(&r[1], timers_now() + 2 * NS_PER_S, 0);
		rtimer_set(&r[1], 1, 0);		/* long due */
		EXPECT_EQ(t, timers_next(p), 1);
		EXPECT(t, rtimer_stop(&r[1]));
		EXPECT_EQ(t, timers_next(p), r[0].when);
		rtimer_set(&r[0], 2, 0);
		EXPECT(t, rtimer_stop(&r[0]));
		EXPECT_EQ(t, timers_next(p), CLOCK_NEVER);
		EXPECT(t, !timers_pending());
		EXPECT(t, !pmask_read(&timerpmask, p->id));
	}
}

static uint64_t
wakes(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nharts_online; i++)
		sum += load_relaxed(&((struct m *)harts[i])->nwake);
	return sum;
}

KTEST(rtimer, no_hart_stays_awake_for_a_stopped_timer)
{
	uint64_t before;

	begin(record);
	vclock_end();
	gomaxprocs(num_hart());
	rtimer_set(&r[0], timers_now() + 3600 * NS_PER_S, 0);
	rtimer_set(&r[0], timers_now() + 60 * NS_PER_S, 0);
	EXPECT(t, rtimer_stop(&r[0]));
	before = wakes();
	sleep_ns(20 * NS_PER_MS);
	EXPECT(t, wakes() - before < 100);
}

/* ---- races: every setting is stopped or runs ---- */

enum { TIMERS = 16, ROUNDS = 3000 };

static struct racer {
	struct rtimer    r;
	ATOMIC(uint64_t) set;		/* how often it was set anew */
	ATOMIC(uint64_t) ended;		/* how often stopped or run */
} racer[TIMERS];

static void
count_run(struct rtimer *timer, uint64_t seq, struct gqueue *ready)
{
	struct racer *me = (struct racer *)timer;

	(void)seq, (void)ready;
	add_relaxed(&me->ended, 1);	/* relaxed: read when all is over */
}

/* Set and stop all of them, as everybody else does. */
static void
race(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed + i);
	for (int k = 0; k < ROUNDS; k++) {
		struct racer *x = &racer[rand_below(&rand, TIMERS)];

		/* relaxed: as in count_run. */
		if (rand_below(&rand, 3) == 0) {
			if (rtimer_stop(&x->r))
				add_relaxed(&x->ended, 1);
		} else {
			add_relaxed(&x->set, 1);
			if (rtimer_set(&x->r, timers_now() +
			    rand_below(&rand, 20 * NS_PER_US), 0))
				add_relaxed(&x->ended, 1);
		}
		if (k % 16 == 0)
			yield();
	}
}

static bool
all_ended(void)
{
	for (uint32_t i = 0; i < TIMERS; i++)
		if (load_relaxed(&racer[i].ended) < load_relaxed(&racer[i].set))
			return false;
	return true;
}

static void
race_all(struct ktest *t, uint32_t n, void (*meanwhile)(struct crowd *))
{
	struct crowd crowd;

	for (uint32_t i = 0; i < TIMERS; i++)
		racer[i] = (struct racer){ .r.fire = count_run };
	crowd_init(&crowd, t, race);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(&crowd);
	if (meanwhile != NULL)
		meanwhile(&crowd);
	crowd_wait(&crowd);
	EVENTUALLY(t, all_ended());
	for (uint32_t i = 0; i < TIMERS; i++)
		EXPECT_EQ(t, load_relaxed(&racer[i].ended),
		    load_relaxed(&racer[i].set));
	EXPECT(t, !timers_pending());
}

KTEST(rtimer, each_set_timer_is_stopped_or_runs_once_on_all_harts)
{
	race_all(t, 2 * (uint32_t)num_hart(), NULL);
}

static void
resize_and_collect(struct crowd *crowd)
{
	(void)crowd;
	for (int i = 0; i < 20; i++) {
		gomaxprocs(1 + i * 5 % 7);
		yield();
		if (i % 4 == 0)
			gc_collect();
	}
}

/* Go issues 45716 and 44868. */
KTEST(rtimer, each_set_timer_is_stopped_or_runs_once_while_ps_come_and_go)
{
	race_all(t, 2 * (uint32_t)num_hart(), resize_and_collect);
}

static ATOMIC(uint32_t) stop_said;

static void
set_then_stop(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	rtimer_set(&r[0], timers_now() + 3600 * NS_PER_S, 0);
	/* relaxed: the wait group orders the check. */
	store_relaxed(&stop_said, rtimer_stop(&r[0]));
}

/* Between the look at which heap it is in and the lock of that heap. */
KTEST_ON(rtimer, a_timer_that_moves_to_another_p_under_stop_is_stopped_there, 2)
{
	struct crowd crowd;

	r[0] = (struct rtimer){ .fire = record };
	store_relaxed(&stop_said, 0);
	sync_point_arm("timers_before_lock", 1);
	crowd_init(&crowd, t, set_then_stop);
	crowd_go(&crowd);
	while (!sync_point_caught("timers_before_lock"))
		cpu_relax();		/* not yield: it is for another hart */
	EXPECT(t, rtimer_stop(&r[0]));
	EXPECT(t, !rtimer_set(&r[0], timers_now() + 3600 * NS_PER_S, 0));
	EXPECT(t, load_relaxed(&r[0].p) == this_p());
	sync_point_release("timers_before_lock");
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_relaxed(&stop_said), 1);
	EXPECT(t, !rtimer_is_set(&r[0]));
	EXPECT(t, !timers_pending());
}

/* ---- hand over ---- */

KTEST(rtimer, timers_of_ps_that_retire_can_be_stopped_and_come)
{
	uint32_t runs = 0;

	ncame = 0;
	for (uint32_t round = 0; round < 5; round++) {
		gomaxprocs(2 * num_hart());
		for (uint32_t i = 0; i < N; i++) {
			r[i] = (struct rtimer){ .fire = record };
			rtimer_set(&r[i], timers_now() + 3600 * NS_PER_S, i);
			yield();
		}
		gomaxprocs(1);
		for (uint32_t i = 0; i < N; i++) {
			struct p *p = load_relaxed(&r[i].p);

			EXPECT(t, p == this_p());
		}
		timer_heap_check(this_p()->timers.root);
		for (uint32_t i = 0; i < N; i++)
			runs += rtimer_stop(&r[i]);
	}
	EXPECT_EQ(t, runs, 5 * N);
	EXPECT_EQ(t, ncame, 0);
}

/* ---- the virtual clock ---- */

static uint32_t order[N], norder;

static void
sleep_hours(struct ktest *t, uint32_t i)
{
	nanos_t start = now_ns();
	nanos_t hours = (i * 37 % N + 1) * 3600 * NS_PER_S;

	sleep_ns(hours);
	EXPECT_EQ(t, now_ns() - start, hours);
	order[norder++] = i;
}

KTEST(vclock, years_of_sleep_pass_in_an_instant_and_in_order)
{
	struct crowd crowd;
	nanos_t before;

	gomaxprocs(1);
	norder = 0;
	vclock_begin();
	before = now_ns();
	crowd_init(&crowd, t, sleep_hours);
	for (uint32_t i = 0; i < N; i++)
		crowd_go(&crowd);
	EXPECT_EQ(t, vclock_run(N * 3600 * NS_PER_S), N);
	EXPECT_EQ(t, now_ns() - before, N * 3600 * NS_PER_S);
	vclock_end();
	crowd_wait(&crowd);
	EXPECT_EQ(t, norder, N);
	for (uint32_t i = 0; i < norder; i++)
		EXPECT_EQ(t, order[i] * 37 % N, i);
}

enum { STEPS = 21 };		/* of 1 to 7 seconds: all add up to the same */

static ATOMIC(uint32_t) ticks;

static void
sleep_in_steps(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < STEPS; k++) {
		sleep_ns((1 + (i + k) % 7) * NS_PER_S);
		add_relaxed(&ticks, 1);		/* relaxed: a counter */
	}
}

KTEST(vclock, time_waits_until_everybody_sleeps_on_every_hart)
{
	struct crowd crowd;

	store_relaxed(&ticks, 0);
	vclock_begin();
	crowd_init(&crowd, t, sleep_in_steps);
	for (uint32_t i = 0; i < N; i++)
		crowd_go(&crowd);
	vclock_run(STEPS / 7 * 28 * NS_PER_S);
	vclock_end();
	EXPECT_EQ(t, load_relaxed(&ticks), STEPS * N);
	crowd_wait(&crowd);
	EXPECT(t, !timers_pending());
}

static void
run_here(void *unused)
{
	(void)unused;
	timers_run_other(this_p(), this_p());
}

/* 64 at a time, as long as somebody wants the P; then all. */
KTEST(rtimer, many_that_are_due_do_not_keep_a_stop_of_the_world_waiting)
{
	begin(record);
	for (uint64_t i = 0; i < N; i++)
		EXPECT(t, !rtimer_set(&r[i], timers_now(), i));
	/* release: as in p_attend. */
	or_release(&this_p()->attention, ATTN_STOP);
	on_g0(run_here, NULL);
	EXPECT_EQ(t, ncame, 64);
	/* relaxed: nobody wants to stop it. */
	and_relaxed(&this_p()->attention, ~(uint32_t)ATTN_STOP);
	vclock_run(0);
	EXPECT_EQ(t, ncame, N);
	vclock_end();
}
