/*
 * test_netpoll.c - goroutines that wait for a device.
 *
 * Covers netpoll.c, POLL-1 and POLL-2.  The device is a hart's timer interrupt,
 * or another goroutine.  Links the whole runtime.  Closing and deadlines are in
 * test_polldesc.c.
 */
#include "runtime/poll/netpoll.h"

#include "kernel/clock.h"
#include "kernel/trap.h"
#include "runtime/poll/polldesc.h"
#include "runtime/sched/m.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"
#include "tests/unit/waiter.h"

enum { DESCS = 32, EVENTS = 50 };

static struct poll_desc descs[DESCS] = {
	[0 ... DESCS - 1] = POLL_DESC_INIT,
};
static ATOMIC(uint32_t) events[DESCS];	/* events sent */
static ATOMIC(uint32_t) seen[DESCS];	/* of these, events noticed */

static void
open_all(void)
{
	for (uint32_t i = 0; i < DESCS; i++) {
		polldesc_open(&descs[i], NULL);
		store_relaxed(&events[i], 0);
		store_relaxed(&seen[i], 0);
	}
}

static void
close_all(struct ktest *t)
{
	poll_settle(t);
	for (uint32_t i = 0; i < DESCS; i++)
		polldesc_close(&descs[i]);
	EXPECT(t, !netpoll_any_waiters());
}

static uintptr_t
reader_of(const struct poll_desc *pd)
{
	return load_relaxed(&pd->side[POLL_READ].who);
}

KTEST(netpoll, a_notification_that_comes_first_is_kept)
{
	open_all();
	netpoll_notify(&descs[0], POLL_IN);
	poll_settle(t);
	polldesc_wait(&descs[0], POLL_READ, "test");
	EXPECT_EQ(t, reader_of(&descs[0]), POLL_NIL);
	close_all(t);
}

KTEST(netpoll, two_notifications_before_a_wait_are_one)
{
	open_all();
	netpoll_notify(&descs[0], POLL_IN);
	netpoll_notify(&descs[0], POLL_IN);
	poll_settle(t);
	netpoll_notify(&descs[0], POLL_IN);
	poll_settle(t);
	polldesc_wait(&descs[0], POLL_READ, "test");
	EXPECT_EQ(t, reader_of(&descs[0]), POLL_NIL);
	close_all(t);
}

/* Wait until all EVENTS have been noticed; one wait may notice several. */
static void
receive(struct ktest *t, uint32_t i)
{
	uint32_t n;

	do {
		polldesc_wait(&descs[i], POLL_READ, "test");
		/* acquire: pairs with add_release in the sender. */
		n = load_acquire(&events[i]);
		store_release(&seen[i], n);
	} while (n < EVENTS && !ktest_failed(t));
}

KTEST(netpoll, no_notification_is_lost)
{
	struct crowd crowd;

	open_all();
	crowd_init(&crowd, t, receive);
	for (uint32_t i = 0; i < DESCS; i++)
		crowd_go(&crowd);
	for (uint32_t k = 0; k < EVENTS; k++)
		for (uint32_t i = 0; i < DESCS; i++) {
			uint32_t mine = add_release(&events[i], 1) + 1;

			netpoll_notify(&descs[i], POLL_IN);
			if (i % 8 == 0)
				EVENTUALLY(t, load_acquire(&seen[i]) >= mine);
		}
	crowd_wait(&crowd);
	close_all(t);
}

/* ---- from an interrupt ---- */

static void (*timer_before)(struct trapframe *frame);
static ATOMIC(uint32_t) ticks;

static void
device_interrupts(struct trapframe *frame)
{
	/* relaxed: a counter. */
	if (add_relaxed(&ticks, 1) < EVENTS) {
		add_release(&events[0], 1);
		netpoll_notify(&descs[0], POLL_IN);
	}
	if (timer_before != NULL)
		timer_before(frame);
}

/* The device is the timer interrupt of any hart.  Goroutine 0 waits for it;
 * goroutine 1 sleeps again and again, so that there are such interrupts. */
static void
wait_for_ticks(struct ktest *t, uint32_t i)
{
	(void)t;
	/* acquire: pairs with add_release in the interrupt. */
	while (load_acquire(&events[0]) < EVENTS)
		if (i == 0)
			polldesc_wait(&descs[0], POLL_READ, "test");
		else
			sleep_ns(20 * NS_PER_US);
}

/* The notification comes from a trap, while all goroutines sleep.  (That it is
 * the notification which wakes the poller is shown by typing in
 * tests/t/24-shell.t.) */
KTEST(netpoll, a_notification_in_a_trap_reaches_the_waiter)
{
	open_all();
	store_relaxed(&ticks, 0);
	timer_before = trap_hooks.timer;
	trap_hooks.timer = device_interrupts;
	crowd_run(t, 2, wait_for_ticks);
	trap_hooks.timer = timer_before;
	close_all(t);
	EXPECT_EQ(t, load_acquire(&events[0]), EVENTS);
}

/* ---- the poller ---- */

/* Return how often Ms have been woken.  relaxed, here and in the test below:
 * all of these are polled. */
static uint64_t
wakes(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nharts_online; i++)
		sum += load_relaxed(&((struct m *)harts[i])->nwake);
	return sum;
}

KTEST_ON(netpoll, a_break_wakes_the_m_that_sleeps_as_the_poller, 2)
{
	uint64_t before;

	/* The poller sleeps without end, because no timer is set.  So only the
	 * break can wake it. */
	EVENTUALLY(t, load_relaxed(&sched.nmidle) + 1 == sched.nms &&
	    netpoll_last() == 0);
	before = wakes();
	netpoll_break();
	EVENTUALLY(t, wakes() > before);
}
