/*
 * test_sched.c - goroutines begin, end, and share Ps fairly.
 *
 * Covers spawn.c, allg.c (ALLG-1, ALLG-2), globq.c and the fair part of
 * schedule().  Links the whole runtime.
 */
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

enum { BATCH = 500, SPAWNS = 100000 };

static ATOMIC(uint32_t) runs[SPAWNS];
static ATOMIC(uint32_t) next_run;
static struct waitgroup batch_done;

static void
count_arg(void *arg)
{
	/* relaxed: the wait group orders the check. */
	add_relaxed(&runs[(uintptr_t)arg], 1);
	wg_done(&batch_done);
}

KTEST(sched, every_goroutine_runs_exactly_once_with_its_argument)
{
	memset(runs, 0, sizeof(runs));
	for (uintptr_t i = 0; i < SPAWNS; i += BATCH) {
		wg_add(&batch_done, BATCH);
		for (uintptr_t j = i; j < i + BATCH; j++)
			go(count_arg, (void *)j);
		wg_wait(&batch_done);
	}
	for (uint32_t i = 0; i < SPAWNS && !ktest_failed(t); i++)
		EXPECT_EQ(t, load_relaxed(&runs[i]), 1);
}

static void
tree(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;

	/* relaxed: as in count_arg. */
	add_relaxed(&next_run, 1);
	for (int i = 0; depth > 0 && i < 4; i++) {
		wg_add(&batch_done, 1);
		go(tree, (void *)(depth - 1));
	}
	wg_done(&batch_done);
}

KTEST(sched, goroutines_that_start_goroutines_all_run)
{
	store_relaxed(&next_run, 0);
	wg_add(&batch_done, 1);
	go(tree, (void *)6);
	wg_wait(&batch_done);
	EXPECT_EQ(t, load_relaxed(&next_run), (1 << 14) / 3);	/* sum of 4^i */
}

enum { NIDS = 4000 };

static uint64_t ids[NIDS];

static void
note_id(struct ktest *t, uint32_t i)
{
	(void)t;
	ids[i] = goid();
}

/* Shell's sort, gaps of 3k + 1. */
static void
sort_ids(void)
{
	int gap = 1;

	while (gap < NIDS / 3)
		gap = 3 * gap + 1;
	for (; gap > 0; gap /= 3)
		for (int i = gap; i < NIDS; i++) {
			uint64_t id = ids[i];
			int      k = i;

			for (; k >= gap && ids[k - gap] > id; k -= gap)
				ids[k] = ids[k - gap];
			ids[k] = id;
		}
}

KTEST(sched, goroutine_numbers_are_unique)
{
	crowd_run(t, NIDS, note_id);
	sort_ids();
	EXPECT(t, ids[0] > 1);		/* number 1 is the main goroutine */
	for (uint32_t i = 1; i < NIDS; i++)
		EXPECT(t, ids[i] != ids[i - 1]);
}

static void
nothing(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
}

KTEST(sched, exited_goroutines_are_reused)	/* ALLG-2 */
{
	uint32_t before, keep = 0;

	crowd_run(t, 100, nothing);
	before = allg_count();
	for (int i = 0; i < 100; i++)
		crowd_run(t, 100, nothing);
	/* Each P may keep up to GFREE_MAX dead goroutines for itself. */
	keep = 100 + GFREE_MAX * (uint32_t)gomaxprocs(0);
	EXPECT(t, allg_count() <= before + keep);
}

static void NOINLINE
leave_from_below(int depth)
{
	if (depth > 0)
		leave_from_below(depth - 1);
	else if (load_relaxed(&next_run) == 0)
		goexit();
	add_relaxed(&next_run, 1);	/* relaxed: never reached */
}

static void
leaver(void *arg)
{
	(void)arg;
	wg_done(&batch_done);
	leave_from_below(10);
	add_relaxed(&next_run, 1);	/* relaxed: never reached */
}

KTEST(sched, goexit_ends_only_the_goroutine_that_calls_it)
{
	uint64_t before = num_goroutine();

	store_relaxed(&next_run, 0);
	wg_add(&batch_done, 50);
	for (int i = 0; i < 50; i++)
		go(leaver, NULL);
	wg_wait(&batch_done);
	EVENTUALLY(t, num_goroutine() == before);
	EXPECT_EQ(t, load_relaxed(&next_run), 0);
}

static void
yield_some(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < 10 + i % 7; k++) {
		uint64_t  id = goid();
		struct g *me = self();

		yield();
		EXPECT(t, goid() == id && self() == me);
	}
}

KTEST(sched, a_goroutine_stays_itself_across_yields)
{
	crowd_run(t, 300, yield_some);
	EXPECT(t, self() == allg_at(self()->index));	/* ALLG-1 */
}

/* ---- fairness, on one P so that the turns can be counted ---- */

enum { NFAIR = 100, TURNS = 50 };

static uint32_t turns[1000];
static bool     fair_end;

static void
take_turns(struct ktest *t, uint32_t i)
{
	(void)t;
	while (!fair_end) {
		turns[i]++;
		if (turns[i] == TURNS)
			fair_end = true;
		yield();
	}
}

KTEST(sched, yield_gives_each_goroutine_of_a_p_the_same_turns)
{
	gomaxprocs(1);
	memset(turns, 0, sizeof(turns));
	fair_end = false;
	crowd_run(t, NFAIR, take_turns);
	for (uint32_t i = 0; i < NFAIR; i++)
		EXPECT(t, turns[i] >= TURNS - 2);
}

static uint32_t unserved;

static void
take_turns_till_all_have(struct ktest *t, uint32_t i)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;

	do {
		if (++turns[i] == 3)
			unserved--;
		yield();
	} while (unserved > 0 && now_ns() < give_up);
	EXPECT_EQ(t, unserved, 0);
}

KTEST(sched, yield_starves_nobody_when_the_queue_of_a_p_overflows)
{
	gomaxprocs(1);
	memset(turns, 0, sizeof(turns));
	unserved = ARRAY_LEN(turns);
	crowd_run(t, ARRAY_LEN(turns), take_turns_till_all_have);
}

static bool
to_global_queue(struct g *gp, void *unused)
{
	(void)unused;
	spin_lock(&sched.lock);
	g_become(gp, G_WAITING, G_RUNNABLE);
	globq_put(gp);
	spin_unlock(&sched.lock);
	return true;
}

/* Values that p->fair may have when a P comes from another M, which may have
 * given the P up just when its turns had run out. */
static const int32_t fair_before[] = { 2, 1, 0, -1, -1000 };

static uint32_t ticks;		/* turns of the busy goroutines */
static uint32_t waited;		/* most ticks in one global wait */

static void
be_busy(struct ktest *t, uint32_t i)
{
	if (i == 0) {
		for (int k = 0; k < 10; k++) {
			uint32_t before = ticks;

			if ((size_t)k < ARRAY_LEN(fair_before))
				this_p()->fair = fair_before[k];
			park_with(to_global_queue, NULL, "test");
			waited = MAX(waited, ticks - before);
		}
		fair_end = true;
	}
	while (!fair_end && ticks < 1000000) {
		ticks++;
		yield();
	}
	EXPECT(t, fair_end);
}

KTEST(sched, the_global_queue_is_served_although_the_local_one_is_busy)
{
	gomaxprocs(1);
	fair_end = false;
	ticks = waited = 0;
	crowd_run(t, 20, be_busy);
	EXPECT(t, waited > 0);
	EXPECT(t, waited <= 2 * FAIR_TICKS);
}

enum { NLOCAL = 20, NGLOBAL = 2, ROUNDS_IN_GLOBAL = 50, WARM_UP = 3 };

static uint32_t nglobal_left;

static void
wait_in_a_queue(struct ktest *t, uint32_t i)
{
	(void)t;
	if (i < NGLOBAL) {
		for (int k = 0; k < ROUNDS_IN_GLOBAL; k++) {
			uint32_t before = ticks;

			park_with(to_global_queue, NULL, "test");
			if (k >= WARM_UP)
				waited = MAX(waited, ticks - before);
		}
		nglobal_left--;
	}
	while (nglobal_left > 0 && ticks < 1000000) {
		ticks++;
		yield();
	}
}

/* Two goroutines that always wait in the global queue wait for one turn of each
 * goroutine of the local queue, and not for FAIR_TICKS turns. */
KTEST(sched, the_global_queue_has_its_turns_after_one_rotation)	/* SLICE-3 */
{
	gomaxprocs(1);
	nglobal_left = NGLOBAL;
	ticks = waited = 0;
	crowd_run(t, NLOCAL + NGLOBAL, wait_in_a_queue);
	EXPECT_EQ(t, nglobal_left, 0);
	EXPECT(t, waited <= NLOCAL + NGLOBAL);
}

static uint32_t local_turns, global_turns;

static void
alternate(struct ktest *t, uint32_t i)
{
	(void)t;
	for (int k = 0; k < 1000; k++)
		if (i == 0) {
			global_turns++;
			park_with(to_global_queue, NULL, "test");
		} else if (global_turns < 1000) {
			local_turns++;
			yield();
		}
}

KTEST(sched, the_local_queue_has_its_turns_beside_the_global_one)  /* SLICE-3 */
{
	gomaxprocs(1);
	local_turns = global_turns = 0;
	crowd_run(t, 2, alternate);
	EXPECT_EQ(t, local_turns, 1000);
}
