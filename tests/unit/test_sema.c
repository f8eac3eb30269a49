/*
 * test_sema.c - semaphores and wait groups.
 *
 * Covers sema.c.  Links the whole runtime.
 */
#include "tests/unit/crowd.h"

enum { NWAIT = 20 };

static struct sema        sema;
static ATOMIC(struct g *) waiter;
static ATOMIC(uint32_t)   served;	/* waiters that have their permit */
static uint32_t           order[NWAIT];

KTEST(sema, permits_given_in_advance_are_kept)
{
	sema_init(&sema, 2);
	sema_release(&sema);
	for (int i = 0; i < 3; i++)
		sema_acquire(&sema);	/* a fourth would wait for ever */
	EXPECT(t, true);
}

static void
wait_in_line(struct ktest *t, uint32_t i)
{
	(void)t;
	/* release: pairs with load_acquire in the test. */
	store_release(&waiter, self());
	sema_acquire(&sema);
	order[load_acquire(&served)] = i;
	add_release(&served, 1);
}

KTEST(sema, waiters_are_served_in_the_order_they_came)
{
	struct crowd crowd;

	sema_init(&sema, 0);
	store_relaxed(&served, 0);
	crowd_init(&crowd, t, wait_in_line);
	for (uint32_t i = 0; i < NWAIT; i++) {
		store_relaxed(&waiter, NULL);
		crowd_go(&crowd);
		EVENTUALLY(t, load_acquire(&waiter) != NULL &&
		    is_parked(load_acquire(&waiter)));
	}
	EXPECT_EQ(t, load_acquire(&served), 0);
	for (uint32_t i = 0; i < NWAIT; i++) {
		sema_release(&sema);
		EVENTUALLY(t, load_acquire(&served) == i + 1);
	}
	crowd_wait(&crowd);
	for (uint32_t i = 0; i < NWAIT; i++)
		EXPECT_EQ(t, order[i], i);
}

static void
wait_and_give_back(struct ktest *t, uint32_t i)
{
	wait_in_line(t, i);
	sema_release(&sema);
}

KTEST(sema, a_permit_goes_to_the_waiter_and_not_to_a_newcomer)
{
	struct crowd crowd;

	gomaxprocs(1);
	sema_init(&sema, 0);
	store_relaxed(&served, 0);
	store_relaxed(&waiter, NULL);
	crowd_init(&crowd, t, wait_and_give_back);
	crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&waiter) != NULL &&
	    is_parked(load_acquire(&waiter)));
	sema_release(&sema);
	/* The waiter has not run yet, but the permit is already its own.  What
	 * this goroutine acquires is the permit that the waiter gives back. */
	EXPECT_EQ(t, load_acquire(&served), 0);
	sema_acquire(&sema);
	EXPECT_EQ(t, load_acquire(&served), 1);
	crowd_wait(&crowd);
}

enum { USERS = 40, USES = 100, PERMITS = 3 };

static ATOMIC(uint32_t) inside;
static ATOMIC(uint32_t) most;
static ATOMIC(uint32_t) met;	/* goroutines that have entered once */

static void
use(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < USES; k++) {
		uint32_t n, seen;

		sema_acquire(&sema);
		/* relaxed: the semaphore itself is under test; counts only. */
		n = add_relaxed(&inside, 1) + 1;
		EXPECT(t, n <= PERMITS);
		seen = load_relaxed(&most);
		while (n > seen && !cas_relaxed(&most, &seen, n))
			;
		/* At its first entry a goroutine stays inside until PERMITS
		 * goroutines have entered. */
		if (k == 0) {
			add_release(&met, 1);
			EVENTUALLY(t, load_acquire(&met) >= PERMITS);
		}
		if ((i + k) % 4 == 0)
			yield();
		add_relaxed(&inside, (uint32_t)-1);
		sema_release(&sema);
	}
}

static ATOMIC(uint32_t) all_back;

static void
take_all(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (int k = 0; k < PERMITS; k++)
		sema_acquire(&sema);
	store_release(&all_back, 1);
}

KTEST(sema, no_more_goroutines_are_inside_than_permits_and_no_permit_is_lost)
{
	struct crowd crowd;

	sema_init(&sema, PERMITS);
	store_relaxed(&inside, 0);
	store_relaxed(&most, 0);
	store_relaxed(&met, 0);
	store_relaxed(&all_back, 0);
	crowd_run(t, USERS, use);
	EXPECT_EQ(t, load_relaxed(&most), PERMITS);
	crowd_init(&crowd, t, take_all);
	crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&all_back) == 1);
}

static uint64_t guarded;	/* by sema, used as a mutex */

static void
add_one(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (uint32_t k = 0; k < USES; k++) {
		uint64_t seen;

		sema_acquire(&sema);
		seen = guarded;
		if (k % 8 == 0)
			yield();
		guarded = seen + 1;
		sema_release(&sema);
	}
}

KTEST(sema, a_semaphore_of_one_permit_is_a_mutex)
{
	sema_init(&sema, 1);
	guarded = 0;
	crowd_run(t, USERS, add_one);
	EXPECT_EQ(t, guarded, USERS * USES);
}

/* ---- wait groups ---- */

static struct waitgroup group;
static ATOMIC(uint32_t) through;

KTEST(waitgroup, a_wait_for_nothing_returns_at_once)
{
	wg_wait(&group);
	wg_add(&group, 3);
	wg_add(&group, -2);
	wg_done(&group);
	wg_wait(&group);
	EXPECT(t, true);
}

static void
wait_for_group(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	wg_wait(&group);
	add_release(&through, 1);
}

KTEST(waitgroup, all_waiters_pass_when_the_last_is_done_and_none_before)
{
	struct crowd crowd;

	for (int round = 0; round < 20; round++) {
		store_relaxed(&through, 0);
		wg_add(&group, 10);
		crowd_init(&crowd, t, wait_for_group);
		for (uint32_t i = 0; i < NWAIT; i++)
			crowd_go(&crowd);
		for (uint32_t i = 0; i < 10; i++) {
			EXPECT_EQ(t, load_acquire(&through), 0);
			if (i % 3 == 0)
				yield();
			wg_done(&group);
		}
		crowd_wait(&crowd);
		EXPECT_EQ(t, load_acquire(&through), NWAIT);
	}
}
