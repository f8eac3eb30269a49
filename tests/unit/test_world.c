/*
 * test_world.c - stopping the world, and what runs meanwhile.
 *
 * Covers WORLD-1, WORLD-2, world_run, world_for_each_p, and that a loop of
 * allocations lets itself be stopped.  Links the whole runtime.
 */
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

enum { STOPS = 10, RUNNERS_MAX = 4 * HART_MAX };

static struct {
	ATOMIC(uint64_t) n;
} OWN_LINE counted[RUNNERS_MAX];

static ATOMIC(uint32_t) end;

static void
count_and_yield(struct ktest *t, uint32_t i)
{
	(void)t;
	/* relaxed: a counter, and a flag polled. */
	while (load_relaxed(&end) == 0) {
		add_relaxed(&counted[i].n, 1);
		yield();
	}
}

static uint64_t
count_all(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < RUNNERS_MAX; i++)
		sum += load_relaxed(&counted[i].n);
	return sum;
}

static void
start_runners(struct ktest *t, struct crowd *crowd, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i))
{
	store_relaxed(&end, 0);
	crowd_init(crowd, t, fn);
	for (uint32_t i = 0; i < MIN(n, (uint32_t)RUNNERS_MAX); i++)
		crowd_go(crowd);
}

static void
end_runners(struct crowd *crowd)
{
	store_relaxed(&end, 1);
	crowd_wait(crowd);
}

KTEST(world, no_goroutine_runs_while_the_world_is_stopped)
{
	struct crowd crowd;

	start_runners(t, &crowd, 4 * (uint32_t)num_hart(), count_and_yield);
	for (int i = 0; i < STOPS; i++) {
		uint64_t sum;

		world_stop("test");
		sum = count_all();
		hold_ns(NS_PER_MS);
		EXPECT_EQ(t, count_all(), sum);
		world_start();
		EVENTUALLY(t, count_all() > sum);
	}
	end_runners(&crowd);
}

static ATOMIC(uint32_t) runs;

static void
count_one_run(void *unused)
{
	(void)unused;
	add_relaxed(&runs, 1);
}

/* WORLD-1 */
KTEST(world, every_p_is_stopped_or_stays_on_the_idle_list)
{
	struct crowd crowd;
	uint32_t nidle;

	store_relaxed(&runs, 0);
	gomaxprocs(2 * num_hart());
	start_runners(t, &crowd, 3, count_and_yield);
	for (int i = 0; i < STOPS; i++) {
		world_stop("test");
		EXPECT(t, world_is_mine());
		nidle = 0;
		for (uint32_t k = 0; k < sched.nprocs; k++) {
			bool idle = pmask_read(&idlepmask, k);

			EXPECT_EQ(t, p_status(allp.ptr[k]),
			    idle ? P_IDLE : P_STOPPED);
			nidle += idle;
		}
		EXPECT_EQ(t, load_relaxed(&sched.npidle), nidle);
		for (int k = 0; k < 10; k++)
			go(count_one_run, NULL); /* would wake an idle M */
		hold_ns(100 * NS_PER_US);
		EXPECT_EQ(t, load_relaxed(&sched.npidle), nidle);
		EXPECT_EQ(t, load_relaxed(&runs), 10 * (uint32_t)i);
		world_start();
		EXPECT(t, !world_is_mine());
		EVENTUALLY(t, load_relaxed(&runs) == 10 * (uint32_t)(i + 1));
	}
	end_runners(&crowd);
}

static uint32_t stops_done;	/* by the holder of the world */

static void
stop_often(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < STOPS; k++) {
		uint32_t seen;

		world_stop("test");
		seen = stops_done;
		hold_ns((i + k) % 3 * 10 * NS_PER_US);
		EXPECT(t, world_is_mine());
		EXPECT_EQ(t, stops_done, seen);
		stops_done = seen + 1;
		world_start();
		if (k % 4 == 0)
			yield();
	}
}

KTEST(world, stops_by_many_goroutines_take_turns)
{
	stops_done = 0;
	crowd_run(t, 12, stop_often);
	EXPECT_EQ(t, stops_done, 12 * STOPS);
}

static void
collect_often(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < 3; k++) {
		gc_collect();
		if (i == 0)
			gomaxprocs(1 + (int)k);
	}
}

KTEST(world, collections_and_resizes_by_many_goroutines_take_turns)
{
	crowd_run(t, 8, collect_often);
	EXPECT(t, true);
}

/* ---- a loop that only allocates ---- */

static void
allocate_only(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	while (load_relaxed(&end) == 0)
		gc_new_bytes(64);
}

KTEST(world, goroutines_that_only_allocate_are_stopped_too)
{
	struct crowd crowd;

	start_runners(t, &crowd, (uint32_t)num_hart(), allocate_only);
	for (int i = 0; i < STOPS; i++) {
		world_stop("test");
		world_start();
	}
	end_runners(&crowd);
	EXPECT(t, true);
}

/* ---- world_run ---- */

static struct helpers {
	ATOMIC(uint32_t) came[HART_MAX];	/* calls with that index */
	ATOMIC(uint32_t) on[HART_MAX];		/* calls on that hart */
	ATOMIC(uint32_t) told;			/* the n they were told */
	struct gate      gate;
	struct ktest    *t;
	unsigned         max, n;
} helpers;

static void
help(void *arg, unsigned i, unsigned n)
{
	struct helpers *h = arg;

	/* relaxed: world_run orders the checks. */
	add_relaxed(&h->came[i], 1);
	add_relaxed(&h->on[this_hart()->index], 1);
	store_relaxed(&h->told, n);
	gate_hold(h->t, &h->gate, n);	/* all at the same time */
}

static void
run_helpers(void *arg)
{
	struct helpers *h = arg;

	h->n = world_run(help, h, h->max);
}

static unsigned
stop_and_run(struct ktest *t, unsigned max)
{
	memset(&helpers, 0, sizeof(helpers));
	helpers.t = t;
	helpers.max = max;
	world_stop("test");
	on_g0(run_helpers, &helpers);
	world_start();
	EXPECT(t, helpers.n >= 1 && helpers.n <= max);
	EXPECT_EQ(t, load_relaxed(&helpers.told), helpers.n);
	for (uint32_t i = 0; i < HART_MAX; i++) {
		EXPECT_EQ(t, load_relaxed(&helpers.came[i]), i < helpers.n);
		EXPECT(t, load_relaxed(&helpers.on[i]) <= 1);
	}
	return helpers.n;
}

KTEST(world, a_job_uses_each_idle_m_once)
{
	unsigned all = (unsigned)num_hart();

	/* An M that has just given its P up may not be asleep yet. */
	EVENTUALLY(t, stop_and_run(t, all) == all || ktest_failed(t));
	EXPECT_EQ(t, stop_and_run(t, 1), 1);
	EXPECT(t, stop_and_run(t, MIN(all, 2u)) <= 2);
}

KTEST(world, the_world_goes_on_after_a_job_has_used_its_ms)
{
	struct crowd crowd;

	start_runners(t, &crowd, 2 * (uint32_t)num_hart(), count_and_yield);
	for (int i = 0; i < STOPS; i++) {
		uint64_t sum;

		stop_and_run(t, (unsigned)num_hart());
		sum = count_all();
		EVENTUALLY(t, count_all() > sum);
	}
	end_runners(&crowd);
}

/* ---- world_for_each_p ---- */

static ATOMIC(uint32_t) visits[PROCS_MAX];

static void
visit(struct p *p)
{
	/* relaxed: world_for_each_p orders the check. */
	add_relaxed(&visits[p->id], 1);
}

static void
expect_one_visit_each(struct ktest *t)
{
	uint32_t n = sched.nprocs;

	memset(visits, 0, sizeof(visits));
	world_for_each_p(visit);
	for (uint32_t i = 0; i < PROCS_MAX; i++)
		EXPECT_EQ(t, load_relaxed(&visits[i]), i < n);
}

KTEST(world, a_safe_point_function_visits_every_idle_p_once)
{
	for (int i = 0; i < STOPS; i++)
		expect_one_visit_each(t);
	gomaxprocs(PROCS_MAX);
	expect_one_visit_each(t);
}

KTEST(world, a_safe_point_function_visits_every_busy_p_once)
{
	struct crowd crowd;

	start_runners(t, &crowd, 2 * (uint32_t)num_hart(), count_and_yield);
	for (int i = 0; i < STOPS; i++)
		expect_one_visit_each(t);
	end_runners(&crowd);
}

static void
flicker(struct ktest *t, uint32_t i)
{
	(void)t;
	while (load_relaxed(&end) == 0)
		sleep_ns(1000 * (1 + i % 5));
}

KTEST(world, a_safe_point_function_visits_every_p_once_while_ps_come_and_go)
{
	struct crowd crowd;

	start_runners(t, &crowd, 2 * (uint32_t)num_hart(), flicker);
	for (int i = 0; i < 3 * STOPS; i++)
		expect_one_visit_each(t);
	end_runners(&crowd);
}
