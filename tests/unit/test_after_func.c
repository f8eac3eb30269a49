/*
 * test_after_func.c - functions that run in a goroutine at a time to come.
 *
 * Covers after_func.c (AFTER-2), timer.c, and TIMERS-GC of timer_heap.c.  Links
 * the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "tests/root_once.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

static ATOMIC(uint32_t) runs;
static ATOMIC(uint64_t) ran_in;		/* the goroutine that ran it last */

static void
count(void *add)
{
	store_relaxed(&ran_in, goid());	/* relaxed: a hint for the test */
	add_relaxed(&runs, (uint32_t)(uintptr_t)add);
}

KTEST(after_func, a_due_call_runs_once_in_a_goroutine_of_its_own)
{
	store_relaxed(&runs, 0);
	vclock_begin();
	after_func(3600 * NS_PER_S, count, (void *)7);
	vclock_run(3600 * NS_PER_S - 1);
	EXPECT_EQ(t, load_relaxed(&runs), 0);
	vclock_run(1);
	EXPECT_EQ(t, load_relaxed(&runs), 7);
	EXPECT(t, load_relaxed(&ran_in) != goid());
	vclock_run(100 * 3600 * NS_PER_S);
	EXPECT_EQ(t, load_relaxed(&runs), 7);
	vclock_end();
}

KTEST(after_func, a_past_time_runs_at_once_and_the_longest_does_not_overflow)
{
	struct timer *far;

	store_relaxed(&runs, 0);
	vclock_begin();
	after_func(0, count, (void *)1);
	after_func(-1, count, (void *)1);
	after_func(INT64_MIN, count, (void *)1);
	far = after_func(INT64_MAX, count, (void *)100);
	vclock_run(0);
	EXPECT_EQ(t, load_relaxed(&runs), 3);
	EXPECT(t, timer_stop(far));
	vclock_end();
}

KTEST(after_func, stop_and_reset_return_whether_the_call_was_prevented)
{
	struct timer *timer;

	store_relaxed(&runs, 0);
	vclock_begin();
	timer = after_func(1000, count, (void *)1);
	EXPECT(t, timer_stop(timer));
	EXPECT(t, !timer_stop(timer));
	vclock_run(2000);
	EXPECT_EQ(t, load_relaxed(&runs), 0);
	EXPECT(t, !timer_reset(timer, 1000));
	EXPECT(t, timer_reset(timer, 5000));
	vclock_run(1000);
	EXPECT_EQ(t, load_relaxed(&runs), 0);
	vclock_run(4000);
	EXPECT_EQ(t, load_relaxed(&runs), 1);
	EXPECT(t, !timer_stop(timer));
	EXPECT(t, !timer_reset(timer, 10));
	vclock_run(10);
	EXPECT_EQ(t, load_relaxed(&runs), 2);
	vclock_end();
}

/* ---- timers that reset themselves and stop others ---- */

static struct timer *self_timer, *other_timer;

static void
again_then_stop_other(void *unused)
{
	(void)unused;
	if (add_relaxed(&runs, 1) < 9)
		timer_reset(self_timer, NS_PER_S);
	else
		timer_stop(other_timer);
}

KTEST(after_func, a_function_may_reset_its_timer_and_stop_others)
{
	store_relaxed(&runs, 0);
	vclock_begin();
	ROOT_ONCE(other_timer);
	ROOT_ONCE(self_timer);
	gc_store(&other_timer, after_func(11 * NS_PER_S, count, (void *)1000));
	gc_store(&self_timer, after_func(NS_PER_S, again_then_stop_other,
	    NULL));
	vclock_run(60 * NS_PER_S);
	EXPECT_EQ(t, load_relaxed(&runs), 10);
	vclock_end();
	EXPECT(t, !timers_pending());
	gc_store(&other_timer, NULL);
	gc_store(&self_timer, NULL);
}

/* ---- what is kept alive ---- */

struct cell {
	uint64_t more[6];
};
GC_TYPE_NOPTR(cell);

enum { NCELLS = 64 };

static uintptr_t     args[NCELLS], funcs[NCELLS];	/* hidden */
static uint32_t      good, bad;

static void
check_cell(void *arg)
{
	struct cell *cell = arg;

	if (cell->more[5] == 0x5eed)
		good++;
	else
		bad++;
}

static NOINLINE void
set_with_cells(bool hold)
{
	for (uint32_t i = 0; i < NCELLS; i++) {
		struct cell *cell = gc_new(&cell_type);
		struct timer *timer;

		cell->more[5] = 0x5eed;
		timer = after_func((int64_t)(1 + i * 29 % NCELLS) * NS_PER_S,
		    check_cell, cell);
		args[i] = hide(cell);
		funcs[i] = hide(timer);
		if (!hold)
			timer_stop(timer);
	}
}

/* A stale word on a stack may keep one or the other; not all of them. */
enum { STALE = NCELLS / 8 };

static void
sleep_a_minute(struct ktest *t, uint32_t i)
{
	(void)t;
	sleep_ns((60 + i) * NS_PER_S);
}

/* Let what is set come, with collections in between; all cells must be whole
 * then, and garbage. */
static void
collect_and_run(struct ktest *t)
{
	wipe_stack();
	for (int i = 0; i < 8; i++) {
		gc_collect();
		EXPECT(t, hidden_count_alive(args, NCELLS) >= NCELLS - good);
		EXPECT(t, hidden_count_alive(funcs, NCELLS) >= NCELLS - good);
		vclock_run(8 * NS_PER_S);
	}
	vclock_run(NCELLS * NS_PER_S);
	vclock_end();
	EXPECT_EQ(t, good, NCELLS);
	EXPECT_EQ(t, bad, 0);
}

static void
expect_garbage(struct ktest *t)
{
	wipe_stack();
	gc_collect();
	gc_collect();
	EXPECT(t, hidden_count_alive(args, NCELLS) <= STALE);
	EXPECT(t, hidden_count_alive(funcs, NCELLS) <= STALE);
}

static void
begin_with_cells(void)
{
	good = bad = 0;
	gomaxprocs(1);
	vclock_begin();
}

KTEST(after_func, a_set_call_keeps_its_object_until_it_has_run)
{
	begin_with_cells();
	set_with_cells(true);
	collect_and_run(t);
	expect_garbage(t);
}

/* Sleepers' timers, on their stacks, are mixed into the same heap. */
KTEST(after_func, a_call_set_among_sleepers_keeps_its_object_until_it_has_run)
{
	struct crowd sleepers;

	begin_with_cells();
	crowd_init(&sleepers, t, sleep_a_minute);
	for (int i = 0; i < 5; i++)
		crowd_go(&sleepers);
	yield();
	set_with_cells(true);
	for (int i = 0; i < 5; i++)
		crowd_go(&sleepers);
	yield();
	collect_and_run(t);
	crowd_wait(&sleepers);
	expect_garbage(t);
}

KTEST(after_func, a_stopped_timer_is_garbage)
{
	set_with_cells(false);
	expect_garbage(t);
}

/* ---- no stack for the goroutine ---- */

KTEST(after_func, a_call_that_finds_no_stack_runs_later)
{
	struct timer *timer;

	if (!fault_set("after_func_finds_no_stack", true))
		ktest_skip(t, "this build has no faults");
	store_relaxed(&runs, 0);
	for (int i = 0; i < 50; i++)
		after_func(i % 3, count, (void *)1);
	timer = after_func(0, count, (void *)1);
	EVENTUALLY(t, load_relaxed(&runs) == 51);
	for (int i = 0; i < 5 && !ktest_failed(t); i++) {
		EXPECT(t, !timer_reset(timer, 0));
		EVENTUALLY(t, load_relaxed(&runs) == 52 + (uint32_t)i);
	}
	fault_set("after_func_finds_no_stack", false);
	EXPECT(t, !timers_pending());
}

/* ---- races ---- */

enum { PER_HART = 400 };

static ATOMIC(uint32_t) nstopped;

/* Go issue 69312: stopped says true, or it runs; one of the two. */
static void
set_and_stop(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed ^ i);
	for (int k = 0; k < PER_HART; k++) {
		struct timer *timer = after_func(
		    rand_below(&rand, 3 * NS_PER_US), count, (void *)1);

		if (rand_below(&rand, 4) == 0)
			yield();
		if (timer_stop(timer))
			/* relaxed: the wait group orders the check. */
			add_relaxed(&nstopped, 1);
	}
}

static void
race_stop(struct ktest *t, bool resize)
{
	uint32_t n = 2 * (uint32_t)num_hart();

	store_relaxed(&runs, 0);
	store_relaxed(&nstopped, 0);
	adversary_crowd(t, n, set_and_stop, resize ? ADVERSARY_ALL : 0);
	EVENTUALLY(t, load_relaxed(&runs) + load_relaxed(&nstopped) ==
	    n * PER_HART);
	EXPECT(t, !timers_pending());
}

KTEST(after_func, each_call_is_stopped_or_runs_on_all_harts)
{
	race_stop(t, false);
}

KTEST(after_func, each_call_is_stopped_or_runs_while_ps_come_and_go)
{
	race_stop(t, true);
}

static struct timer *storm;
static ATOMIC(uint32_t) nset;

static void
reset_storm(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed ^ i);
	for (int k = 0; k < PER_HART; k++) {
		/* relaxed: as above. */
		add_relaxed(&nset, 1);
		if (timer_reset(storm, rand_below(&rand, 2 * NS_PER_US)))
			add_relaxed(&nstopped, 1);
		if (k % 8 == 0)
			yield();
	}
}

KTEST(after_func, a_storm_of_resets_of_one_timer_loses_and_doubles_none)
{
	store_relaxed(&runs, 0);
	store_relaxed(&nstopped, 0);
	store_relaxed(&nset, 1);
	ROOT_ONCE(storm);
	gc_store(&storm, after_func(1, count, (void *)1));
	crowd_run(t, 2 * (uint32_t)num_hart(), reset_storm);
	EVENTUALLY(t, load_relaxed(&runs) + load_relaxed(&nstopped) ==
	    load_relaxed(&nset));
	EXPECT(t, !timers_pending());
	gc_store(&storm, NULL);
}
