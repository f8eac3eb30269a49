/*
 * test_procresize.c - changing GOMAXPROCS while everything runs.
 *
 * Covers PROCS-1 to PROCS-4, ALLP-1, ALLP-2 and P-1.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/clock.h"
#include "lib/str.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

KTEST(procresize, gomaxprocs_returns_the_number_before)
{
	int all = num_hart();

	EXPECT_EQ(t, gomaxprocs(3), all);
	EXPECT_EQ(t, gomaxprocs(5), 3);
	EXPECT_EQ(t, gomaxprocs(0), 5);
	EXPECT_EQ(t, gomaxprocs(-7), 5);
	EXPECT_EQ(t, gomaxprocs(PROCS_MAX + 1), 5);
	EXPECT_EQ(t, gomaxprocs(1 << 30), PROCS_MAX);
	EXPECT_EQ(t, gomaxprocs(1), PROCS_MAX);
	EXPECT_EQ(t, gomaxprocs(0), 1);
}

static void
check_allp(struct ktest *t, uint32_t n)
{
	EXPECT_EQ(t, sched.nprocs, n);		/* PROCS-1 */
	EXPECT_EQ(t, allp.len, n);
	EXPECT(t, allp.cap >= n);
	for (uint32_t i = 0; i < allp.cap; i++)
		EXPECT(t, p_has_id(allp.ptr[i], i));	/* PROCS-3 */
	for (uint32_t i = n; i < allp.cap; i++)
		EXPECT_EQ(t, p_status(allp.ptr[i]), P_DEAD);
}

KTEST(procresize, every_size_from_1_to_1024_works)
{
	static const int sizes[] = { 1, 2, 3, 63, 64, 65, 7, 128, 1, 255, 257,
		1000, 1023, 1024, 512, 1024, 1 };

	for (uint32_t i = 0; i < ARRAY_LEN(sizes); i++) {
		gomaxprocs(sizes[i]);
		world_stop("test");
		check_allp(t, (uint32_t)sizes[i]);
		world_start();
		yield();
	}
}

static ATOMIC(uint64_t) sum;

static void
add_and_yield(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < 5; k++) {
		/* relaxed: the wait group orders the check. */
		add_relaxed(&sum, i);
		yield();
	}
}

static void
expect_sum(struct ktest *t, uint64_t n, uint64_t times)
{
	EXPECT_EQ(t, load_relaxed(&sum), times * (n * (n - 1) / 2));
}

KTEST(procresize, goroutines_run_with_far_more_ps_than_harts)
{
	store_relaxed(&sum, 0);
	gomaxprocs(PROCS_MAX);
	crowd_run(t, 3000, add_and_yield);
	expect_sum(t, 3000, 5);
}

/* ---- shrinking ---- */

enum { PER_HART = 300 };	/* more than a local queue holds */

static struct crowd children;
static struct gate  all_here;
static uint32_t     queued;	/* on local queues when the Ps went */
static ATOMIC(uint32_t) ps_went;

static void
expect_retired(struct ktest *t, struct p *p)	/* PROCS-4 */
{
	EXPECT_EQ(t, p_status(p), P_DEAD);
	EXPECT(t, !p_has_work(p));
	EXPECT_EQ(t, runq_len(&p->runq), 0);
	EXPECT(t, load_relaxed(&p->runnext) == NULL);
	EXPECT(t, load_relaxed(&p->timers.next) == CLOCK_NEVER);
	EXPECT_EQ(t, p->ngfree, 0);
	EXPECT(t, p->gfree == NULL);
	EXPECT(t, load_relaxed(&p->m) == NULL);
	EXPECT(t, !pmask_read(&timerpmask, p->id));
}

static void
shrink_to_one(struct ktest *t)
{
	uint32_t before;

	world_stop("test");
	before = sched.nprocs;
	for (uint32_t i = 1; i < before; i++)
		queued += runq_len(&allp.ptr[i]->runq);
	procresize(1);
	check_allp(t, 1);
	for (uint32_t i = 1; i < before; i++)
		expect_retired(t, allp.ptr[i]);
	world_start();
	/* relaxed: polled. */
	store_relaxed(&ps_went, 1);
}

/* Yield, so that the goroutine stays on a queue, until the Ps are retired; then
 * add i to the sum. */
static void
wait_then_add(struct ktest *t, uint32_t i)
{
	while (load_relaxed(&ps_went) == 0)
		yield();
	add_and_yield(t, i);
}

static void
queue_many(struct ktest *t, uint32_t i)
{
	for (int k = 0; k < PER_HART; k++)
		crowd_go(&children);
	gate_hold(t, &all_here, (uint32_t)num_hart());
	if (i == 0)
		shrink_to_one(t);
}

KTEST(procresize, a_shrink_with_full_queues_loses_nothing)
{
	uint32_t all = (uint32_t)num_hart();

	queued = 0;
	for (int round = 0; round < 3; round++) {
		store_relaxed(&sum, 0);
		store_relaxed(&all_here.n, 0);
		store_relaxed(&ps_went, 0);
		crowd_init(&children, t, wait_then_add);
		ktest_on_every_hart(t, queue_many);
		crowd_wait(&children);
		expect_sum(t, all * PER_HART, 5);
		gomaxprocs((int)all);
	}
	EXPECT(t, all == 1 || queued > 0); /* otherwise it proved nothing */
}

static ATOMIC(uint32_t) shrunk;	/* rounds in which the caller's P went */

static void
shrink_on_the_last_p(struct ktest *t, uint32_t i)
{
	uint32_t all = (uint32_t)num_hart();

	(void)i;
	/* Each P runs one of these goroutines now, so one of them has the last
	 * P. */
	gate_hold(t, &all_here, all);
	if (this_p()->id != all - 1)
		return;
	gomaxprocs(1);
	EXPECT_EQ(t, this_p()->id, 0);
	add_relaxed(&shrunk, 1);	/* relaxed: read when all are done */
}

KTEST(procresize, the_caller_survives_the_end_of_its_own_p)
{
	store_relaxed(&shrunk, 0);
	for (int round = 0; round < 5; round++) {
		store_relaxed(&all_here.n, 0);
		ktest_on_every_hart(t, shrink_on_the_last_p);
		gomaxprocs(num_hart());
	}
	EXPECT_EQ(t, load_relaxed(&shrunk), 5);
}

enum { NSLEEPERS = 200 };

static void
sleep_and_add(struct ktest *t, uint32_t i)
{
	nanos_t due = now_ns() + (1 + i % 20) * NS_PER_MS;

	sleep_ns(due - now_ns());
	EXPECT(t, now_ns() >= due);
	add_relaxed(&sum, i);	/* relaxed: as above */
}

/* Shrink to one P while NSLEEPERS goroutines sleep.  Returns how many of the
 * retired Ps had timers. */
static uint32_t
shrink_under_sleepers(struct ktest *t)
{
	struct crowd crowd;
	uint32_t     with_timers = 0, before;

	store_relaxed(&sum, 0);
	gomaxprocs(8);
	crowd_init(&crowd, t, sleep_and_add);
	for (uint32_t i = 0; i < NSLEEPERS; i++)
		crowd_go(&crowd);
	sleep_ns(NS_PER_MS);
	world_stop("test");
	before = sched.nprocs;
	for (uint32_t i = 1; i < before; i++)
		with_timers += load_relaxed(&allp.ptr[i]->timers.next) !=
		    CLOCK_NEVER;
	procresize(1);
	for (uint32_t i = 1; i < before; i++)
		expect_retired(t, allp.ptr[i]);
	world_start();
	crowd_wait(&crowd);	/* all wake although their Ps stay retired */
	expect_sum(t, NSLEEPERS, 1);
	return with_timers;
}

KTEST(procresize, sleepers_survive_the_end_of_their_p)
{
	nanos_t  give_up = now_ns() + PATIENCE_NS;
	uint32_t with_timers = 0;

	for (int round = 0; round < 3; round++)
		with_timers += shrink_under_sleepers(t);
	/* With more than one hart, some round finds a timer on a P that
	 * retires. */
	while (num_hart() > 1 && with_timers == 0 && now_ns() < give_up)
		with_timers += shrink_under_sleepers(t);
	EXPECT(t, num_hart() == 1 || with_timers > 0);
}

/* ---- the array ---- */

enum { OLD_LEN = 5 };

/* Make the array of allp exactly n long.  Earlier tests may have made it
 * longer. */
static void
shorten_allp(uint32_t n)
{
	struct p **array;

	world_stop("test");
	procresize(n);
	if (allp.cap != n) {
		array = gc_alloc(&gc_ptr_type, n, GC_NOTRIGGER);
		memcpy(array, allp.ptr, n * sizeof(*array));
		gc_store(&allp.ptr, array);
		allp.cap = n;
	}
	world_start();
}

static struct p *copy[OLD_LEN];
static uintptr_t old_array_hidden;	/* hidden from the collector */

/* Runs on a goroutine of its own, so that no pointer to the old array is left
 * on the stack of the test. */
static void
grow_and_compare(struct ktest *t, uint32_t i)
{
	struct p **old;

	(void)i;
	shorten_allp(OLD_LEN);
	old = allp.ptr;
	memcpy(copy, old, sizeof(copy));
	gomaxprocs(64);
	EXPECT(t, allp.ptr != old);				/* PROCS-2 */
	gomaxprocs(2);
	gomaxprocs(64);
	gc_collect();
	EXPECT_EQ(t, memcmp(copy, old, sizeof(copy)), 0);	/* ALLP-1 */
	old_array_hidden = hide(old);
}

static void
nothing(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
}

KTEST(procresize, a_replaced_array_never_changes_and_is_freed_in_the_end)
{
	crowd_run(t, 1, grow_and_compare);
	/* A sleeping M may hold the old array in its snapshot until that M
	 * wakes. */
	ktest_on_every_hart(t, nothing);
	gc_collect();
	EXPECT(t, !hidden_is_alive(old_array_hidden));
	gomaxprocs(4);
	for (uint32_t i = 0; i < 4; i++)
		EXPECT(t, allp.ptr[i] == copy[i]);	/* the same Ps */
}

static void
expect_no_snapshot(struct ktest *t, uint32_t i)
{
	(void)i;
	EXPECT(t, this_m()->allp_snapshot.ptr == NULL);
	EXPECT_EQ(t, this_m()->allp_snapshot.len, 0);
}

KTEST(procresize, an_m_that_runs_a_goroutine_has_no_snapshot)	/* ALLP-4 */
{
	for (int round = 0; round < 5; round++)
		ktest_on_every_hart(t, expect_no_snapshot);
}

/* ---- everything at once ---- */

struct blob {
	struct blob *next;
	uint64_t     number;
};
GC_TYPE(blob, next);

/* Build a list of numbers across yields and sleeps, and check its sum.  The
 * list lives on this stack only. */
static void
work(struct ktest *t, uint32_t i)
{
	struct blob *list = NULL;
	uint64_t     check = 0;

	for (uint32_t k = 0; k < 20; k++) {
		struct blob *b = gc_new(&blob_type);

		b->number = i;
		gc_store(&b->next, list);
		list = b;
		if (k % 8 == i % 8)
			sleep_ns(10 * NS_PER_US);
		else
			yield();
	}
	for (struct blob *b = list; b != NULL; b = b->next)
		check += b->number;
	EXPECT_EQ(t, check, 20ULL * i);
	add_relaxed(&sum, i);	/* relaxed: as above */
}

KTEST(procresize, random_resizes_under_load_lose_nothing)
{
	enum { N = 400 };
	struct crowd crowd;

	for (int round = 0; round < 3; round++) {
		store_relaxed(&sum, 0);
		if (round % 2 == 0)
			shorten_allp(1); /* so that growing replaces it */
		crowd_init(&crowd, t, work);
		for (uint32_t i = 0; i < N; i++) {
			crowd_go(&crowd);
			if (i % 10 == 0)
				gomaxprocs(1 + (int)rand_below(&t->rand, 64));
		}
		for (int i = 0; i < 20; i++) {
			gomaxprocs(1 + (int)rand_below(&t->rand, 64));
			yield();
		}
		crowd_wait(&crowd);
		expect_sum(t, N, 1);
	}
	gc_check_heap();
}

static void
resize_often(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < 20; k++) {
		int before = gomaxprocs(1 + (int)(i * 7 + k * 5) % 32);

		EXPECT(t, before >= 1 && before <= 32);
		yield();
	}
}

KTEST(procresize, many_goroutines_may_resize_at_the_same_time)
{
	gomaxprocs(8);
	crowd_run(t, 8, resize_often);
	EXPECT(t, gomaxprocs(0) >= 1);
}

static void
sleep_now_and_then(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < 50; k++)
		sleep_ns((i + k) % 3 * NS_PER_US);
}

/* Ms drop their Ps all the time, so that some Ms are between two steps of
 * find_runnable when the number of Ps changes. */
KTEST(procresize, resizes_while_ms_fall_asleep_lose_no_goroutine)
{
	struct crowd crowd;

	crowd_init(&crowd, t, sleep_now_and_then);
	for (uint32_t i = 0; i < 30; i++)
		crowd_go(&crowd);
	for (int i = 0; i < 60; i++) {
		shorten_allp(1 + rand_below(&t->rand, 4));
		gomaxprocs(2 + (int)rand_below(&t->rand, 30));
	}
	crowd_wait(&crowd);
	EXPECT(t, true);
}
