/*
 * test_polldesc.c - waiting for a device in two directions, and what ends such
 * a wait.
 *
 * Covers POLL-1 and what ends a wait.  Deadlines in the future are tested in
 * test_polldeadline.c.  The goroutine of the test is the device: it notifies.
 * Links the whole runtime.
 */
#include "runtime/poll/polldesc.h"

#include "kernel/syncpoint.h"
#include "runtime/poll/netpoll.h"
#include "tests/unit/crowd.h"
#include "tests/unit/waiter.h"

static struct poll_desc pd = POLL_DESC_INIT;

static void
open_idle(void)
{
	polldesc_open(&pd, NULL);
}

static void
close_idle(struct ktest *t)
{
	poll_close_idle(t, &pd);
}

/* The goroutines that wait for pd in the test that runs. */
static struct waiter reader, writer;

static void
begin_to_wait(struct ktest *t, struct waiter *w, enum poll_dir dir)
{
	waiter_go(w, &pd, dir);
	EVENTUALLY(t, is_waiting(w));
}

static void
open_with_both(struct ktest *t)
{
	open_idle();
	begin_to_wait(t, &reader, POLL_READ);
	begin_to_wait(t, &writer, POLL_WRITE);
}

static void
expect_ends(struct ktest *t, struct waiter *w, enum poll_result result)
{
	wg_wait(&w->gone);
	EXPECT_EQ(t, w->result, result);
}

KTEST(polldesc, an_event_wakes_only_the_waiter_of_its_direction)
{
	open_with_both(t);
	netpoll_notify(&pd, POLL_OUT);
	expect_ends(t, &writer, POLL_OK);
	EXPECT(t, is_waiting(&reader));
	netpoll_notify(&pd, POLL_IN);
	expect_ends(t, &reader, POLL_OK);
	close_idle(t);
}

KTEST(polldesc, one_notification_may_wake_both_directions)
{
	open_with_both(t);
	netpoll_notify(&pd, POLL_IN | POLL_OUT);
	expect_ends(t, &writer, POLL_OK);
	expect_ends(t, &reader, POLL_OK);
	close_idle(t);
}

KTEST(polldesc, eviction_wakes_both_directions_and_refuses_later_waits)
{
	open_with_both(t);
	polldesc_evict(&pd);
	expect_ends(t, &reader, POLL_CLOSED);
	expect_ends(t, &writer, POLL_CLOSED);
	EXPECT_EQ(t, polldesc_wait(&pd, POLL_READ, "test"), POLL_CLOSED);
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_WRITE), POLL_CLOSED);
	close_idle(t);
}

KTEST(polldesc, a_descriptor_opened_again_has_forgotten_its_state)
{
	open_idle();
	netpoll_notify(&pd, POLL_IN);
	poll_settle(t);
	polldesc_set_deadline(&pd, POLL_IN, 1);
	EXPECT_EQ(t, polldesc_wait(&pd, POLL_READ, "test"), POLL_TIMEOUT);
	polldesc_close(&pd);
	EXPECT_EQ(t, polldesc_wait(&pd, POLL_READ, "test"), POLL_CLOSED);

	open_idle();
	begin_to_wait(t, &reader, POLL_READ);
	netpoll_notify(&pd, POLL_IN);
	expect_ends(t, &reader, POLL_OK);
	close_idle(t);
}

KTEST(polldesc, a_prepare_forgets_earlier_events)
{
	open_idle();
	netpoll_notify(&pd, POLL_IN);
	poll_settle(t);
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_READ), POLL_OK);
	begin_to_wait(t, &reader, POLL_READ);
	polldesc_evict(&pd);
	expect_ends(t, &reader, POLL_CLOSED);
	close_idle(t);
}

static ATOMIC(uint32_t) armed;

/* A device that is ready as soon as it is asked. */
static void
answer_at_once(struct poll_desc *asked, enum poll_dir dir)
{
	/* relaxed: only this goroutine looks. */
	add_relaxed(&armed, 1);
	netpoll_notify(asked, 1U << dir);
}

KTEST(polldesc, each_wait_that_may_park_arms_the_device)
{
	store_relaxed(&armed, 0);
	polldesc_open(&pd, answer_at_once);
	EXPECT_EQ(t, polldesc_wait(&pd, POLL_WRITE, "test"), POLL_OK);
	EXPECT_EQ(t, load_relaxed(&armed), 1);
	EXPECT_EQ(t, polldesc_wait(&pd, POLL_READ, "test"), POLL_OK);
	EXPECT_EQ(t, load_relaxed(&armed), 2);
	close_idle(t);
}

/* ---- deadlines that have passed ---- */

KTEST(polldesc, a_deadline_that_has_passed_ends_waits_of_its_direction)
{
	open_idle();
	begin_to_wait(t, &writer, POLL_WRITE);
	polldesc_set_deadline(&pd, POLL_IN, now_ns());
	EXPECT_EQ(t, polldesc_wait(&pd, POLL_READ, "test"), POLL_TIMEOUT);
	EXPECT(t, is_waiting(&writer));
	polldesc_set_deadline(&pd, POLL_OUT, now_ns());
	expect_ends(t, &writer, POLL_TIMEOUT);
	close_idle(t);
}

KTEST(polldesc, a_direction_waits_again_when_its_deadline_is_taken_away)
{
	open_idle();
	polldesc_set_deadline(&pd, POLL_IN | POLL_OUT, now_ns());
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_READ), POLL_TIMEOUT);
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_WRITE), POLL_TIMEOUT);
	polldesc_set_deadline(&pd, POLL_IN, 0);
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_READ), POLL_OK);
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_WRITE), POLL_TIMEOUT);
	begin_to_wait(t, &reader, POLL_READ);
	netpoll_notify(&pd, POLL_IN);
	expect_ends(t, &reader, POLL_OK);
	close_idle(t);
}

/* ---- the moment before parking ---- */

#define BEFORE_PUBLISH "polldesc_before_publish"

/* Hold a reader when it has found no reason not to park and is about to publish
 * itself as the waiter.  Call change(), then let the reader go. */
static void
change_before_parking(struct ktest *t, void (*change)(void))
{
	sync_point_arm(BEFORE_PUBLISH, 1);
	waiter_go(&reader, &pd, POLL_READ);
	EVENTUALLY(t, sync_point_caught(BEFORE_PUBLISH));
	change();
	sync_point_release(BEFORE_PUBLISH);
}

static void
evict(void)
{
	polldesc_evict(&pd);
}

static void
expire(void)
{
	polldesc_set_deadline(&pd, POLL_IN, now_ns());
}

/* Expect that w ends before long: if it missed the change, it sleeps for
 * ever. */
static void
expect_ended(struct ktest *t, struct waiter *w, enum poll_result result)
{
	EVENTUALLY(t, load_acquire(&w->ended) != 0);
	expect_ends(t, w, result);
}

KTEST_ON(polldesc, eviction_just_before_parking_is_seen, 2)
{
	open_idle();
	change_before_parking(t, evict);
	expect_ended(t, &reader, POLL_CLOSED);
	close_idle(t);
}

KTEST_ON(polldesc, a_deadline_that_passes_just_before_parking_is_seen, 2)
{
	open_idle();
	change_before_parking(t, expire);
	expect_ended(t, &reader, POLL_TIMEOUT);
	close_idle(t);
}

/* This proves that the two tests above test something: if the reader does not
 * look at the state again after it has published itself, it sleeps on. */
KTEST_ON(polldesc, an_eviction_is_missed_without_the_second_look, 2)
{
	open_idle();
	fault_set("polldesc_looks_once", true);
	change_before_parking(t, evict);
	EVENTUALLY(t, is_waiting(&reader));
	fault_set("polldesc_looks_once", false);
	polldesc_evict(&pd);
	wg_wait(&reader.gone);
	close_idle(t);
}
