/*
 * test_wakep.c - work conservation: no hart idles while a goroutine could run.
 *
 * Covers IDLE-1 (idle.c) and the last looks of find.c.  In each test as many
 * goroutines as there are harts must all run at the same moment: each holds its
 * hart until the last has come.  If one wake-up is missing they never meet.
 * Links the whole runtime.
 */
#include "kernel/syncpoint.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

enum { ROUNDS = 5, CROWD_MAX = HART_MAX };

static struct gate gate;
static uint32_t    all;		/* number of harts */

static void
reset(void)
{
	all = (uint32_t)num_hart();
	store_relaxed(&gate.n, 0);	/* relaxed: nobody else is here */
}

static void
meet(struct ktest *t, uint32_t i)
{
	(void)i;
	gate_hold(t, &gate, all);
}

KTEST(wakep, goroutines_that_one_starts_run_all_at_once)
{
	for (int round = 0; round < ROUNDS; round++) {
		reset();
		crowd_run(t, all, meet);
	}
}

/* The pauses let other Ms look for work, give up and fall asleep: sooner or
 * later one does so just when the next goroutine comes. */
KTEST(wakep, goroutines_run_all_at_once_while_harts_fall_asleep)
{
	for (int round = 0; round < 4 * ROUNDS; round++) {
		struct crowd crowd;

		reset();
		crowd_init(&crowd, t, meet);
		for (uint32_t i = 1; i < all; i++) {
			crowd_go(&crowd);
			hold_ns(rand_below(&t->rand, 30 * NS_PER_US));
		}
		gate_hold(t, &gate, all);
		crowd_wait(&crowd);
	}
}

/* Each goroutine of the chain starts the next one before it holds its hart. */
static struct crowd chain;

static void
meet_and_pass_on(struct ktest *t, uint32_t i)
{
	if (i + 1 < all)
		crowd_go(&chain);
	gate_hold(t, &gate, all);
}

KTEST(wakep, goroutines_that_each_start_the_next_run_all_at_once)
{
	for (int round = 0; round < ROUNDS; round++) {
		reset();
		crowd_init(&chain, t, meet_and_pass_on);
		crowd_go(&chain);
		crowd_wait(&chain);
	}
}

static struct g        *parked[CROWD_MAX];
static ATOMIC(uint32_t) nparked;

static void
park_then_meet(struct ktest *t, uint32_t i)
{
	for (int round = 0; round < ROUNDS; round++) {
		parked[i] = self();
		/* release: pairs with load_acquire below; publishes parked. */
		add_release(&nparked, 1);
		park("the next round");
		gate_hold(t, &gate, all);
	}
}

KTEST(wakep, goroutines_readied_in_a_burst_run_all_at_once)
{
	struct crowd crowd;

	reset();
	store_relaxed(&nparked, 0);
	crowd_init(&crowd, t, park_then_meet);
	for (uint32_t i = 1; i < all; i++)
		crowd_go(&crowd);
	for (int round = 0; round < ROUNDS; round++) {
		EVENTUALLY(t, load_acquire(&nparked) ==
		    (all - 1) * (uint32_t)(round + 1));
		store_relaxed(&gate.n, 0);	/* relaxed: all are parked, or
						 * on their way there */
		for (uint32_t i = 0; i + 1 < all; i++)
			ready(parked[i]);
		gate_hold(t, &gate, all);
	}
	crowd_wait(&crowd);
}

static nanos_t wake_at;

static void
sleep_then_meet(struct ktest *t, uint32_t i)
{
	(void)i;
	sleep_ns(wake_at - now_ns());
	gate_hold(t, &gate, all);
}

KTEST(wakep, goroutines_that_wake_at_one_instant_run_all_at_once)
{
	for (int round = 0; round < ROUNDS; round++) {
		reset();
		wake_at = now_ns() + 5 * NS_PER_MS;
		crowd_run(t, all, sleep_then_meet);
	}
}

static struct sema turn;

static void
acquire_then_meet(struct ktest *t, uint32_t i)
{
	(void)i;
	sema_acquire(&turn);
	gate_hold(t, &gate, all);
}

KTEST(wakep, goroutines_released_by_semaphores_run_all_at_once)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct crowd crowd;

		reset();
		sema_init(&turn, 0);
		crowd_init(&crowd, t, acquire_then_meet);
		for (uint32_t i = 1; i < all; i++)
			crowd_go(&crowd);
		sleep_ns(rand_below(&t->rand, NS_PER_MS));
		for (uint32_t i = 1; i < all; i++)
			sema_release(&turn);
		gate_hold(t, &gate, all);
		crowd_wait(&crowd);
	}
}

/* With more Ps than harts, goroutines may sit on a P that gets no M. */
KTEST(wakep, goroutines_run_all_at_once_with_more_ps_than_harts)
{
	gomaxprocs(4 * num_hart());
	for (int round = 0; round < ROUNDS; round++) {
		reset();
		crowd_run(t, all, meet);
	}
}

static void
meet_or_exit(struct ktest *t, uint32_t i)
{
	if (i % 100 == 0 && i / 100 < all)
		gate_hold(t, &gate, all);
}

/* There are more goroutines than a local queue holds, so the first ones wait on
 * the global queue. */
KTEST(wakep, goroutines_behind_an_overflowing_crowd_run_all_at_once)
{
	reset();
	crowd_run(t, 100 * all, meet_or_exit);
}

/* On one P none of the goroutines runs; then there is a P for each of them. */
KTEST(wakep, goroutines_run_all_at_once_when_gomaxprocs_makes_room)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct crowd crowd;

		reset();
		gomaxprocs(1);
		crowd_init(&crowd, t, meet);
		for (uint32_t i = 1; i < all; i++)
			crowd_go(&crowd);
		gomaxprocs((int)all);
		gate_hold(t, &gate, all);
		crowd_wait(&crowd);
	}
}

static bool
count_parked(struct g *gp, void *unused)
{
	(void)gp, (void)unused;
	/* release: pairs with load_acquire below; gp is off its stack. */
	add_release(&nparked, 1);
	return true;
}

static void
wait_for_inject(struct ktest *t, uint32_t i)
{
	parked[i] = self();
	park_with(count_parked, NULL, "test");
	gate_hold(t, &gate, all);
}

/* Make the parked goroutines runnable, as netpoll does when their events have
 * come. */
static void
inject_parked(void *has_p)
{
	struct gqueue q = { 0 };

	for (uint32_t i = 0; i + 1 < all; i++) {
		g_become(parked[i], G_WAITING, G_RUNNABLE);
		gqueue_push(&q, parked[i]);
	}
	inject(has_p != NULL ? this_p() : NULL, &q);
}

KTEST(wakep, injected_goroutines_run_all_at_once)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct crowd crowd;

		reset();
		store_relaxed(&nparked, 0);
		crowd_init(&crowd, t, wait_for_inject);
		for (uint32_t i = 1; i < all; i++)
			crowd_go(&crowd);
		EVENTUALLY(t, load_acquire(&nparked) == all - 1);
		on_g0(inject_parked, round % 2 == 0 ? t : NULL);
		gate_hold(t, &gate, all);
		crowd_wait(&crowd);
	}
}

static ATOMIC(uint32_t) ran;

static void
note_that_it_ran(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	store_release(&ran, 1);
}

static struct crowd bait;

/* Catch some other M that has run a goroutine and found nothing more.  Returns
 * false, and t has failed, if none came. */
static bool
catch_one_that_gives_up(struct ktest *t)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;

	sync_point_arm("find_dropped_p", 1);
	crowd_init(&bait, t, note_that_it_ran);
	crowd_go(&bait);
	/* This goroutine holds its own hart, which must not be the one that is
	 * caught. */
	while (!sync_point_caught("find_dropped_p") && now_ns() < give_up)
		cpu_relax();
	return EXPECT(t, sync_point_caught("find_dropped_p"));
}

/*
 * An M has dropped its P but still counts as spinning, so a goroutine that
 * submits work at this moment wakes nobody.  The M's second look must find the
 * work.
 */
KTEST_ON(wakep, work_that_comes_while_the_spinner_gives_up_is_found, 3)
{
	for (int round = 0; round < ROUNDS && !ktest_failed(t); round++) {
		struct crowd crowd;
		nanos_t give_up;

		if (catch_one_that_gives_up(t)) {
			hold_ns(NS_PER_MS);	/* the others fall asleep */
			store_relaxed(&ran, 0);
			crowd_init(&crowd, t, note_that_it_ran);
			crowd_go(&crowd);
			sync_point_release("find_dropped_p");
			give_up = now_ns() + PATIENCE_NS;
			while (load_acquire(&ran) == 0 && now_ns() < give_up)
				cpu_relax();
			EXPECT_EQ(t, load_acquire(&ran), 1);
			crowd_wait(&crowd);
		} else {
			sync_point_release("find_dropped_p");
		}
		crowd_wait(&bait);
	}
}

/* Put gp on the global queue, as netpoll does on an M without a P. */
static bool
to_global_queue(struct g *gp, void *unused)
{
	struct gqueue q = { 0 };

	(void)unused;
	g_become(gp, G_WAITING, G_RUNNABLE);
	gqueue_push(&q, gp);
	inject(NULL, &q);
	return true;
}

static void
requeue_then_meet(struct ktest *t, uint32_t i)
{
	(void)i;
	for (int k = 0; k < 5; k++)
		park_with(to_global_queue, NULL, "test");
	gate_hold(t, &gate, all);
}

KTEST(wakep, goroutines_from_the_global_queue_run_all_at_once)
{
	for (int round = 0; round < ROUNDS; round++) {
		reset();
		crowd_run(t, all, requeue_then_meet);
	}
}
