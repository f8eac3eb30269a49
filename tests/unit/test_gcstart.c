/*
 * test_gcstart.c - a goroutine that wants a collection to begin which another
 * goroutine has claimed (help_to_start in gc/cycle.c).
 *
 * The claimer is held, together with its hart, right after the claim, when it
 * has swept nothing yet.  The background sweeper is kept away
 * (gc_nobody_sweeps).  There are two Ps.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"

#define CLAIMED "gc_claimed"

enum { GARBAGE = 20000 };	/* objects, in some hundred spans */

static ATOMIC(uint32_t) went_by;

static void
go_by(void *unused)
{
	(void)unused;
	store_relaxed(&went_by, 1);	/* relaxed: a flag */
}

static void
start(void *unused)
{
	(void)unused;
	gc_start(gc_cycles());
}

static NOINLINE void
make_garbage(void)
{
	for (int i = 0; i < GARBAGE; i++)
		gc_new_bytes(64);
}

/* Let a goroutine on another hart claim a collection, and hold it there. */
static void
hold_claimer(struct ktest *t)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;

	sync_point_arm(CLAIMED, 1);
	go(start, NULL);
	/* Do not yield: otherwise this hart could run that goroutine. */
	while (!sync_point_caught(CLAIMED) && now_ns() < give_up)
		cpu_relax();
	EXPECT(t, sync_point_caught(CLAIMED));
}

/* Allocate outside a run when a collection is due: with a GOGC of 0 the heap
 * must not grow, and this allocation makes it grow. */
static NOINLINE void
allocate_when_due(void)
{
	int percent;

	gc_new_bytes(MIB);
	percent = gc_set_percent(0);
	gc_new_bytes(40000);
	gc_set_percent(percent);
}

KTEST_ON(gcstart, a_caller_after_the_claim_sweeps_and_lets_others_run, 2)
{
	gomaxprocs(2);
	fault_set("gc_nobody_sweeps", true);
	make_garbage();
	gc_collect_from(gc_cycles());
	hold_claimer(t);
	/* Only this P can run go_by: the hart with the other P is held. */
	store_relaxed(&went_by, 0);
	go(go_by, NULL);
	for (int i = 0; i < 10; i++)
		EXPECT(t, gc_sweep_one());	/* spans are left to sweep */
	EXPECT_EQ(t, load_relaxed(&went_by), 0);
	allocate_when_due();
	EXPECT(t, !gc_sweep_one());
	EXPECT_EQ(t, load_relaxed(&went_by), 1);
	fault_set("gc_nobody_sweeps", false);
	sync_point_release(CLAIMED);
	gc_collect();
	gomaxprocs(num_hart());
}

KTEST(gcstart, a_caller_while_marking_does_not_wait)
{
	gomaxprocs(1);
	gc_collect();
	held_cycle_begin();
	store_relaxed(&went_by, 0);
	go(go_by, NULL);
	gc_start(gc_cycles());
	EXPECT_EQ(t, load_relaxed(&went_by), 0);
	held_cycle_end();
	gomaxprocs(num_hart());
	EVENTUALLY(t, load_relaxed(&went_by) == 1);
}
