/*
 * test_cond.c - condition variables.
 *
 * Covers cond.c (COND-1).  Links the whole runtime.
 */
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { NWAIT = 20, ITEMS = 400, MAKERS = 6 };

static struct mutex     mutex;
static struct cond      cond;
static uint32_t         nwaiting, order[NWAIT], norder;	/* guarded by mutex */
static uint32_t         items, made, taken;		/* guarded by mutex */

static void
wait_once(struct ktest *t, uint32_t i)
{
	(void)t;
	mutex_lock(&mutex);
	nwaiting++;
	cond_wait(&cond);
	order[norder++] = i;
	mutex_unlock(&mutex);
}

/* Return *n, which mutex guards. */
static uint32_t
read_locked(const uint32_t *n)
{
	uint32_t value;

	mutex_lock(&mutex);
	value = *n;
	mutex_unlock(&mutex);
	return value;
}

static void
gather(struct ktest *t, struct crowd *crowd)
{
	cond_init(&cond, &mutex);
	nwaiting = norder = 0;
	crowd_init(crowd, t, wait_once);
	for (uint32_t i = 0; i < NWAIT; i++) {
		crowd_go(crowd);
		/* When it is counted and mutex is free, it is in the queue. */
		EVENTUALLY(t, read_locked(&nwaiting) == i + 1);
	}
}

KTEST(cond, a_signal_wakes_the_first_waiter_only)
{
	struct crowd crowd;

	gather(t, &crowd);
	for (uint32_t i = 0; i < NWAIT; i++) {
		EXPECT_EQ(t, read_locked(&norder), i);
		mutex_lock(&mutex);
		cond_signal(&cond);
		mutex_unlock(&mutex);
		EVENTUALLY(t, read_locked(&norder) >= i + 1);
	}
	crowd_wait(&crowd);
	for (uint32_t i = 0; i < NWAIT; i++)
		EXPECT_EQ(t, order[i], i);
	EXPECT_EQ(t, cond.waiting_, 0);
}

KTEST(cond, a_broadcast_wakes_all_waiters_and_an_unheard_signal_is_lost)
{
	struct crowd crowd;

	cond_init(&cond, &mutex);
	cond_signal(&cond);
	cond_broadcast(&cond);
	gather(t, &crowd);
	EXPECT_EQ(t, read_locked(&norder), 0);
	cond_broadcast(&cond);		/* the caller need not hold mutex */
	crowd_wait(&crowd);
	EXPECT_EQ(t, norder, NWAIT);
	EXPECT_EQ(t, cond.waiting_, 0);
}

static void
make_items(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < ITEMS; k++) {
		mutex_lock(&mutex);
		items++;
		made++;
		mutex_unlock(&mutex);
		if ((i + k) % 5 == 0)
			cond_broadcast(&cond);
		else
			cond_signal(&cond);
		if (k % 16 == 0)
			yield();
	}
}

static void
take_items(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (uint32_t k = 0; k < ITEMS; k++) {
		mutex_lock(&mutex);
		while (items == 0)
			cond_wait(&cond);
		items--;
		taken++;
		mutex_unlock(&mutex);
	}
}

KTEST(cond, no_wake_up_is_lost_beside_resizes_and_collections)
{
	struct crowd makers, takers;
	struct adversary a;

	cond_init(&cond, &mutex);
	items = made = taken = 0;
	adversary_start(&a, t, ADVERSARY_ALL);
	crowd_init(&takers, t, take_items);
	crowd_init(&makers, t, make_items);
	for (int i = 0; i < MAKERS; i++) {
		crowd_go(&takers);
		crowd_go(&makers);
	}
	crowd_wait(&makers);
	crowd_wait(&takers);
	adversary_stop(&a);
	EXPECT_EQ(t, items, 0);
	EXPECT_EQ(t, taken, MAKERS * ITEMS);
}

static ATOMIC(uint32_t) stage;
static bool             ready_now;	/* guarded by mutex */

static void
pass_on(struct ktest *t, uint32_t i)
{
	(void)t;
	mutex_lock(&mutex);
	nwaiting++;
	while (!ready_now)
		cond_wait(&cond);
	/* As in Go's TestCondSignalStealing: a signal for a waiter must not go
	 * to a goroutine that comes later. */
	add_release(&stage, 1 + i);
	mutex_unlock(&mutex);
}

KTEST(cond, a_signal_is_not_taken_by_a_later_waiter)
{
	for (int round = 0; round < 50; round++) {
		struct crowd first;

		cond_init(&cond, &mutex);
		store_relaxed(&stage, 0);
		nwaiting = 0;
		ready_now = false;
		crowd_init(&first, t, pass_on);
		crowd_go(&first);
		EVENTUALLY(t, read_locked(&nwaiting) == 1);
		mutex_lock(&mutex);
		ready_now = true;
		mutex_unlock(&mutex);
		crowd_go(&first);	/* never waits: ready_now is true */
		cond_signal(&cond);
		crowd_wait(&first);	/* hangs if the signal was lost */
		EXPECT_EQ(t, load_acquire(&stage), 3);
	}
}
