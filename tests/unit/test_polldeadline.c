/*
 * test_polldeadline.c - deadlines of poll descriptors, also those that come
 * just when something else happens.
 *
 * Covers POLL-4 and the order of locks between descriptors and timers.  The
 * first tests have a virtual clock.  The later ones are races, which a sync
 * point in the deadline's callback makes certain.  Links the whole runtime.
 */
#include "runtime/poll/polldesc.h"

#include "kernel/syncpoint.h"
#include "runtime/poll/netpoll.h"
#include "runtime/time/timers.h"
#include "tests/unit/crowd.h"
#include "tests/unit/waiter.h"

#define HOUR (3600 * NS_PER_S)

static struct poll_desc pd = POLL_DESC_INIT;

KTEST(polldeadline, a_deadline_ends_a_wait_when_it_comes_and_not_before)
{
	struct waiter reader, writer;

	polldesc_open(&pd, NULL);
	vclock_begin();
	waiter_go(&writer, &pd, POLL_WRITE);
	waiter_go_for(&reader, &pd, POLL_READ, HOUR);
	vclock_run(HOUR - 1);
	EXPECT(t, is_waiting(&reader));
	vclock_run(1);
	EXPECT_EQ(t, load_acquire(&reader.ended), 1);
	EXPECT_EQ(t, reader.result, POLL_TIMEOUT);
	EXPECT(t, is_waiting(&writer));
	netpoll_notify(&pd, POLL_OUT);
	wg_wait(&writer.gone);
	EXPECT_EQ(t, writer.result, POLL_OK);
	vclock_end();
	poll_close_idle(t, &pd);
}

KTEST(polldeadline, the_deadline_set_last_counts)
{
	struct waiter reader;

	polldesc_open(&pd, NULL);
	vclock_begin();
	waiter_go(&reader, &pd, POLL_READ);
	polldesc_set_deadline(&pd, POLL_IN, now_ns() + HOUR);
	vclock_run(HOUR / 2);
	polldesc_set_deadline(&pd, POLL_IN, now_ns() + HOUR);
	vclock_run(HOUR - 1);
	EXPECT(t, is_waiting(&reader));
	polldesc_set_deadline(&pd, POLL_IN, 0);
	EXPECT_EQ(t, vclock_run(10 * HOUR), 0);
	EXPECT(t, is_waiting(&reader));
	polldesc_set_deadline(&pd, POLL_IN, now_ns() + 2 * HOUR);
	polldesc_set_deadline(&pd, POLL_IN, now_ns() + HOUR);
	vclock_run(HOUR);
	EXPECT_EQ(t, load_acquire(&reader.ended), 1);
	EXPECT_EQ(t, reader.result, POLL_TIMEOUT);
	vclock_end();
	poll_close_idle(t, &pd);
}

KTEST(polldeadline, a_closed_descriptor_leaves_no_timer_behind)
{
	polldesc_open(&pd, NULL);
	vclock_begin();
	polldesc_set_deadline(&pd, POLL_IN | POLL_OUT, now_ns() + HOUR);
	polldesc_evict(&pd);
	polldesc_set_deadline(&pd, POLL_IN | POLL_OUT, now_ns() + HOUR);
	EXPECT(t, !timers_pending());
	EXPECT_EQ(t, vclock_run(2 * HOUR), 0);
	vclock_end();
	poll_close_idle(t, &pd);
}

/* ---- races at the moment when it comes ---- */

#define CALLBACK      "polldesc_deadline"
#define CALLBACK_OVER "polldesc_deadline_over"

/* Let the deadline of reader come, and hold the hart that runs its callback.
 * There is no yield here, because otherwise this hart could be the one that is
 * held.  The deadline must not have passed when it is set, because then there
 * would be no callback.  So it is 100 ms away: the host may stop the reader's
 * hart just there, for some milliseconds. */
static void
hold_callback(struct ktest *t, struct waiter *reader)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;

	sync_point_arm(CALLBACK, 1);
	waiter_go_for(reader, &pd, POLL_READ, 100 * NS_PER_MS);
	while (!sync_point_caught(CALLBACK) && now_ns() < give_up)
		cpu_relax();
	EXPECT(t, sync_point_caught(CALLBACK));
}

/* Let the callback go, and wait until it is over. */
static void
finish_callback(struct ktest *t)
{
	sync_point_arm(CALLBACK_OVER, 1);
	sync_point_release(CALLBACK);
	EVENTUALLY(t, sync_point_caught(CALLBACK_OVER));
	sync_point_release(CALLBACK_OVER);
}

KTEST_ON(polldeadline, a_deadline_moved_just_as_it_comes_does_not_count, 2)
{
	struct waiter reader;

	polldesc_open(&pd, NULL);
	hold_callback(t, &reader);
	polldesc_set_deadline(&pd, POLL_IN, now_ns() + HOUR);
	finish_callback(t);
	EXPECT(t, is_waiting(&reader));
	netpoll_notify(&pd, POLL_IN);
	wg_wait(&reader.gone);
	EXPECT_EQ(t, reader.result, POLL_OK);
	poll_close_idle(t, &pd);
}

/* Hold the callback, close the descriptor, open it again for another reader,
 * and let the callback go.  Returns whether the second reader sleeps on. */
static bool
sleeps_on_under_stale_timer(struct ktest *t)
{
	struct waiter first, second;
	bool          sleeps_on;

	polldesc_open(&pd, NULL);
	hold_callback(t, &first);
	polldesc_evict(&pd);
	wg_wait(&first.gone);
	EXPECT_EQ(t, first.result, POLL_CLOSED);
	polldesc_close(&pd);
	polldesc_open(&pd, NULL);
	waiter_go(&second, &pd, POLL_READ);
	EVENTUALLY(t, is_waiting(&second));
	finish_callback(t);
	sleeps_on = is_waiting(&second);
	netpoll_notify(&pd, POLL_IN);
	wg_wait(&second.gone);
	poll_close_idle(t, &pd);
	return sleeps_on;
}

KTEST_ON(polldeadline, a_deadline_of_a_former_life_spares_a_new_descriptor, 2)
{
	EXPECT(t, sleeps_on_under_stale_timer(t));
}

KTEST_ON(polldeadline, a_former_life_ends_a_wait_without_sequence_numbers, 2)
{
	fault_set("polldesc_stale_timers", true);
	EXPECT(t, !sleeps_on_under_stale_timer(t));
	fault_set("polldesc_stale_timers", false);
}

KTEST_ON(polldeadline, a_deadline_and_an_event_at_once_are_one_wake_up, 2)
{
	struct waiter reader;

	polldesc_open(&pd, NULL);
	hold_callback(t, &reader);
	netpoll_notify(&pd, POLL_IN);
	wg_wait(&reader.gone);
	EXPECT_EQ(t, reader.result, POLL_OK);
	finish_callback(t);
	EXPECT_EQ(t, polldesc_prepare(&pd, POLL_READ), POLL_TIMEOUT);
	poll_close_idle(t, &pd);
}
