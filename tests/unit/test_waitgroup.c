/*
 * test_waitgroup.c - wait groups, beyond the tests of them in test_sema.c.
 *
 * Covers waitgroup.c (WG-1).  Links the whole runtime.
 */
#include "lib/str.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { ROUNDS = 60, MEMBERS = 50, WAITERS = 6 };

static struct waitgroup group;
static ATOMIC(uint32_t) done;

static void
count_one(void *arg)
{
	struct gate *n = arg;

	add_relaxed(&n->n, 1);
}

KTEST(waitgroup, wg_go_counts_runs_and_is_waited_for)
{
	static struct gate n;

	store_relaxed(&n.n, 0);
	for (int i = 0; i < MEMBERS; i++)
		wg_go(&group, count_one, &n);
	wg_wait(&group);
	/* relaxed: the group orders it. */
	EXPECT_EQ(t, load_relaxed(&n.n), MEMBERS);
}

static void
arrive(void *arg)
{
	if ((uintptr_t)arg % 7 == 0)
		yield();
	add_relaxed(&done, 1);
	wg_done(&group);
}

static void
wait_and_look(struct ktest *t, uint32_t i)
{
	(void)i;
	wg_wait(&group);
	EXPECT_EQ(t, load_relaxed(&done) % MEMBERS, 0);
	EXPECT(t, load_relaxed(&done) > 0);
}

/* The group is used again at once, as Go's TestWaitGroup does with its second
 * group. */
KTEST(waitgroup, no_waiter_returns_early_beside_resizes_and_collections)
{
	struct adversary a;

	adversary_start(&a, t, ADVERSARY_ALL);
	for (int round = 0; round < ROUNDS; round++) {
		struct crowd waiters;

		store_relaxed(&done, 0);
		wg_add(&group, MEMBERS);
		crowd_init(&waiters, t, wait_and_look);
		for (int i = 0; i < WAITERS; i++)
			crowd_go(&waiters);
		for (uintptr_t i = 0; i < MEMBERS; i++)
			go(arrive, (void *)i);
		wg_wait(&group);
		EXPECT_EQ(t, load_relaxed(&done), MEMBERS);
		crowd_wait(&waiters);
	}
	adversary_stop(&a);
	EXPECT_EQ(t, group.state_, 0);
	EXPECT_EQ(t, group.sema_.word_, 0);
}

static void
be_done(void *wg)
{
	wg_done(wg);
}

/* The group is gone when wg_wait returns: nobody may touch it any more. */
KTEST(waitgroup, a_wait_group_may_go_away_once_waited_for)
{
	for (int i = 0; i < 2000; i++) {
		struct waitgroup own = { 0 };

		wg_add(&own, 1);
		go(be_done, &own);
		wg_wait(&own);
		memset(&own, 0xa5, sizeof(own));
		yield();
		for (size_t k = 0; k < sizeof(own); k++)
			EXPECT_EQ(t, ((unsigned char *)&own)[k], 0xa5);
	}
}
