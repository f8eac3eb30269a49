/*
 * inject_wake.c - goroutines that a device has woken find no M to run them.
 *
 * Go issue 63555, fixed by commit 24070cf7.  An M that has polled the network
 * makes all goroutines that were waiting for it runnable at once ("inject"),
 * and wakes as many Ms as there are idle Ps.  Suppose it counts the idle Ps
 * before it has put the goroutines on a queue.  Then it does not count a P that
 * becomes idle in between, and the M of that P, which looked at the queues
 * before the put, goes to sleep: the goroutines wait though an M and a P are
 * idle.
 *
 * The fix: the M wakes others after the last put, by the number of Ps that are
 * idle then.
 */
#include "include/antler.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/atomic.h"
#include "runtime/poll/netpoll.h"
#include "runtime/poll/polldesc.h"
#include "runtime/sched/sched.h"
#include "tests/scene/scene.h"

#define POINT "inject_before_put"
#define FAULT_NAME "inject_looks_before_put"

#define NAP_NS (20 * NS_PER_US)

/*
 * Field key:	[o] the goroutine that plays	[a] any
 */
static struct {
	struct poll_desc  device;	/* [a] what the goroutine waits for */
	struct scene_deed served;	/* [a] */
	struct waitgroup  done;
} story = { .device = POLL_DESC_INIT };

static void
serve_device(void *unused)
{
	(void)unused;
	polldesc_wait(&story.device, POLL_READ, "the device of the scene");
	scene_do(&story.served);
	wg_done(&story.done);
}

/* Let one goroutine wait for the device, and another one keep M1 and the second
 * P busy.  Returns false if the scene cannot go on. */
static bool
set_up(void)
{
	wg_add(&story.done, 2);
	go_named("server", serve_device, NULL);
	if (!scene_claim(scene_all_sleep_but(1) && netpoll_any_waiters(),
	    "a goroutine waits for a device; all Ms but M2 sleep"))
		return false;
	scene_occupy(&story.done);
	return true;
}

/* Step 1: hold M3, which has taken the goroutine.  Returns false if no M
 * came. */
static bool
hold_m3(void)
{
	sync_point_arm(POINT, 1);
	netpoll_notify(&story.device, POLL_IN);
	if (!scene_claim(scene_catch(POINT) != NULL,
	    "an M came to poll the device"))
		return false;
	scene_say("The device has something.  M3 takes the goroutine that "
	    "waits\nfor it, and looks: no P is idle.  Here we hold it.");
	return true;
}

static void
play(void)
{
	scene_say("M1 runs out of work, finds none, gives its P up and "
	    "sleeps.");
	scene_vacate();
	scene_claim(scene_all_sleep_but(2) && load_relaxed(&sched.npidle) == 1,
	    "M1 sleeps and a P is idle");
	scene_say("M3 puts the goroutine on the global queue.");
	sync_point_release(POINT);
	if (scene_gets_done(&story.served, 1))
		scene_claim(true, "the goroutine runs at once");
	else
		scene_claim(false, "all Ms but M2 sleep, and the goroutine "
		    "waits until M2 pauses");
	scene_sum_up("A device woke a goroutine just when a hart went to "
	    "sleep, and it ran at once.");
}

SCENE(inject_wake, "a device wakes a goroutine just as a hart goes to sleep",
    FAULT_NAME, 3)
{
	int before = gomaxprocs(2);

	scene_note("Two Ps.  M2 plays this scene on one and never pauses; M1 "
	    "runs\na goroutine on the other; M3 has none and sleeps.");
	store_relaxed(&story.served.done, 0);
	polldesc_open(&story.device, NULL);
	if (!set_up())
		return false;
	if (hold_m3())
		play();
	scene_vacate();
	sync_point_release(POINT);
	wg_wait(&story.done);
	polldesc_close(&story.device);
	gomaxprocs(before);
	return true;
}
