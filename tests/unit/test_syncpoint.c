/*
 * test_syncpoint.c - holding harts (SYNC-1, SYNC-2) and switching faults, which
 * every scenario leans on.
 */
#include "include/antler.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "tests/ktest.h"

/* How long a wait goes on before it fails.  Generous, because a hart may share
 * a core of the host with many others. */
#define PATIENCE_NS (20 * NS_PER_S)

static ATOMIC(uint32_t) passed, stop;

/* Come by the sync point.  This is application text, so a goroutine is
 * preempted before or after the point and never in it; in runtime text it would
 * hold its hart. */
NOINLINE static void
come_by(void)
{
	SYNC_POINT(test_point);
	/* relaxed: the test polls it, and the point orders the rest. */
	add_relaxed(&passed, 1);
}

static bool
wait_caught(struct ktest *t, bool want)
{
	int64_t end = now_ns() + PATIENCE_NS;

	while (sync_point_caught("test_point") != want)
		if (now_ns() > end)
			return EXPECT(t, !"in time");
	return true;
}

static bool
wait_passed(struct ktest *t, uint32_t n)
{
	int64_t end = now_ns() + PATIENCE_NS;

	while (load_relaxed(&passed) < n)
		if (now_ns() > end)
			return EXPECT(t, !"in time");
	return true;
}

static void
hold_one(struct ktest *t, uint32_t i)
{
	if (i == 0) {
		if (wait_caught(t, true)) {
			EXPECT_EQ(t, load_relaxed(&passed), 0);
			sync_point_release("test_point");
		}
		(void)wait_passed(t, 1);
		EXPECT(t, !sync_point_caught("test_point"));
	} else if (i == 1) {
		come_by();
		come_by();	/* disarmed: not held again */
	}
}

KTEST_ON(syncpoint, an_armed_point_holds_a_hart_until_released, 2)
{
	store_relaxed(&passed, 0);
	sync_point_arm("test_point", 1);
	ktest_on_every_hart(t, hold_one);
	EXPECT_EQ(t, load_relaxed(&passed), 2);
}

/* Arm and release the point many times while the other harts come by all the
 * time.  No hart may stay held. */
static void
come_and_go(struct ktest *t, uint32_t i)
{
	if (i != 0) {
		while (load_relaxed(&stop) == 0)
			come_by();
		return;
	}
	for (int round = 0; round < 200 && !ktest_failed(t); round++) {
		sync_point_arm("test_point", 1 + round % 2);
		if (round % 3 != 0 && !wait_caught(t, true))
			break;
		sync_point_release("test_point");
		EXPECT(t, !sync_point_caught("test_point"));
	}
	store_relaxed(&stop, 1);
}

KTEST_ON(syncpoint, a_point_disarmed_at_any_moment_leaves_no_hart_behind, 2)
{
	store_relaxed(&stop, 0);
	ktest_on_every_hart(t, come_and_go);
}

KTEST(syncpoint, an_unarmed_point_does_not_hold)
{
	store_relaxed(&passed, 0);
	come_by();
	EXPECT_EQ(t, load_relaxed(&passed), 1);
}

static bool
test_fault_is_on(void)
{
	return FAULT(test_fault);
}

KTEST(fault, a_fault_is_off_until_set_by_name)
{
	EXPECT(t, !test_fault_is_on());
	EXPECT(t, fault_set("test_fault", true));
	EXPECT(t, test_fault_is_on());
	EXPECT(t, fault_set("test_fault", false));
	EXPECT(t, !test_fault_is_on());
	EXPECT(t, !fault_set("no such fault", true));
}
