/*
 * needspinning.c - an M gives its P up just as work arrives.
 *
 * Go issue 45867, fixed by commit 8cb350d6.  A submitter, which makes a
 * goroutine runnable, wakes an idle M, if there is one and an idle P for it to
 * hold.  An M that runs out of work looks at all queues and then drops its P.
 * Work that arrives between the look and the drop is seen by neither: the
 * submitter finds no idle P, and the M has looked already.  From then on an M
 * and a P are idle while a goroutine waits for them; the worst case is a
 * deadlock.  A spinning M would look once more; but an M that was not allowed
 * to spin, because enough other Ms did, goes straight to sleep.
 *
 * The fix: a submitter that finds no M to wake leaves needspinning = 1, and an
 * M that drops its P looks at needspinning, after a full fence (idle.c, step
 * 4).
 *
 * The scene only pretends that enough other Ms spin: it counts one spinner more
 * than there is while the M decides.
 */
#include "include/antler.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/atomic.h"
#include "runtime/sched/sched.h"
#include "tests/scene/scene.h"

#define POINT "find_before_drop"
#define FAULT_NAME "no_needspinning"

#define NAP_NS (20 * NS_PER_US)

/*
 * Field key:	[o] the goroutine that plays	[a] any
 */
static struct {
	struct scene_deed work;		/* [a] */
	struct waitgroup  done;
	struct m         *m1;		/* [o] */
} story;

static void
work(void *unused)
{
	(void)unused;
	scene_do(&story.work);
	wg_done(&story.done);
}

/* Step 1: hold M1, which has looked everywhere and is about to drop its P.
 * Returns false if a claim does not hold. */
static bool
hold_m1(void)
{
	wg_add(&story.done, 1);
	scene_occupy(&story.done);
	sync_point_arm(POINT, 1);
	add_relaxed(&sched.nmspinning, 1);	/* see the head */
	scene_vacate();
	story.m1 = scene_catch(POINT);
	add_relaxed(&sched.nmspinning, (uint32_t)-1);
	scene_say("M1 has run out of work and looked at every queue: nothing.\n"
	    "It is about to give its P up.  Here we hold it.");
	return scene_claim(story.m1 != NULL && story.m1->p != NULL,
	    "M1 still holds its P") &&
	    scene_claim(!story.m1->spinning,
	    "M1 does not spin: it will not look again");
}

SCENE(needspinning, "an M gives its P up just as work arrives", FAULT_NAME, 2)
{
	int  before = gomaxprocs(2);
	bool ran = false;

	scene_note("Two Ps.  M2 plays this scene on one and never pauses; M1 "
	    "has\nthe other.");
	store_relaxed(&story.work.done, 0);
	if (scene_claim(scene_all_sleep_but(1), "all Ms but M2 sleep") &&
	    hold_m1()) {
		scene_say("M2 starts a goroutine.  It would wake an M for it, "
		    "but there\nis no idle P: M1 has not let go of its own.");
		wg_add(&story.done, 1);
		go_named("work", work, NULL);
		scene_say("M1 goes on.  Now there is an idle M, an idle P, and "
		    "a\ngoroutine that wants both.");
		sync_point_release(POINT);
		ran = scene_gets_done(&story.work, 1);
		if (ran)
			scene_claim(true, "the goroutine runs at once");
		else
			scene_claim(false, "all Ms but M2 sleep, and the "
			    "goroutine waits until M2 pauses");
		scene_sum_up("A goroutine arrived just when a hart gave its P "
		    "up, and ran at once.");
	}
	sync_point_release(POINT);
	wg_wait(&story.done);
	gomaxprocs(before);
	return ran;
}
