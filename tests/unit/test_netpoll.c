/*
 * test_netpoll.c - goroutines that wait for a device.
 *
 * Covers netpoll.c, POLL-1 and POLL-2.  The device is a hart's timer interrupt,
 * or another goroutine.  Links the whole runtime.
 */
#include "runtime/netpoll.h"

#include "kernel/clock.h"
#include "kernel/trap.h"
#include "runtime/m.h"
#include "tests/unit/crowd.h"

enum { DESCS = 32, EVENTS = 50 };

static struct poll_desc descs[DESCS];
static ATOMIC(uint32_t) events[DESCS];	/* sent */
static ATOMIC(uint32_t) seen[DESCS];	/* of these, noticed */

static void
reset(void)
{
	for (uint32_t i = 0; i < DESCS; i++) {
		store_relaxed(&events[i], 0);
		store_relaxed(&seen[i], 0);
	}
}

KTEST(netpoll, a_notification_that_comes_first_is_kept)
{
	netpoll_notify(&descs[0]);
	EVENTUALLY(t, !netpoll_pending());
	netpoll_wait(&descs[0], "test");
	EXPECT_EQ(t, load_relaxed(&descs[0].who), POLL_NIL);
	EXPECT(t, !netpoll_any_waiters());
}

KTEST(netpoll, two_notifications_before_a_wait_are_one)
{
	netpoll_notify(&descs[0]);
	netpoll_notify(&descs[0]);
	EVENTUALLY(t, !netpoll_pending());
	netpoll_notify(&descs[0]);
	EVENTUALLY(t, !netpoll_pending());
	netpoll_wait(&descs[0], "test");
	EXPECT_EQ(t, load_relaxed(&descs[0].who), POLL_NIL);
}

/* Wait until all EVENTS were noticed; several may be noticed at once. */
static void
receive(struct ktest *t, uint32_t i)
{
	uint32_t n;

	do {
		netpoll_wait(&descs[i], "test");
		/* acquire: pairs with add_release in the sender. */
		n = load_acquire(&events[i]);
		store_release(&seen[i], n);
	} while (n < EVENTS && !ktest_failed(t));
}

KTEST(netpoll, no_notification_is_lost)
{
	struct crowd crowd;

	reset();
	crowd_init(&crowd, t, receive);
	for (uint32_t i = 0; i < DESCS; i++)
		crowd_go(&crowd);
	for (uint32_t k = 0; k < EVENTS; k++)
		for (uint32_t i = 0; i < DESCS; i++) {
			uint32_t mine = add_release(&events[i], 1) + 1;

			netpoll_notify(&descs[i]);
			if (i % 8 == 0)
				EVENTUALLY(t, load_acquire(&seen[i]) >= mine);
		}
	crowd_wait(&crowd);
	/* The last two events of one may have been noticed together. */
	EVENTUALLY(t, !netpoll_pending());
	for (uint32_t i = 0; i < DESCS; i++)
		store_relaxed(&descs[i].who, POLL_NIL);
	EXPECT(t, !netpoll_any_waiters());
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
		netpoll_notify(&descs[0]);
	}
	if (timer_before != NULL)
		timer_before(frame);
}

static void
wait_for_ticks(struct ktest *t, uint32_t i)
{
	uint32_t n = 0;

	(void)t, (void)i;
	while (n < EVENTS) {
		/* The device: this hart's timer, soon. */
		clock_set_deadline(clock_now() + 20 * NS_PER_US);
		netpoll_wait(&descs[0], "test");
		n = load_acquire(&events[0]);
	}
}

/* Everybody sleeps while the interrupt comes, so it must find the poller. */
KTEST(netpoll, an_interrupt_wakes_who_waits_while_all_harts_sleep)
{
	reset();
	store_relaxed(&ticks, 0);
	timer_before = trap_hooks.timer;
	trap_hooks.timer = device_interrupts;
	crowd_run(t, 1, wait_for_ticks);
	trap_hooks.timer = timer_before;
	EVENTUALLY(t, !netpoll_pending());
	store_relaxed(&descs[0].who, POLL_NIL);
	EXPECT_EQ(t, load_acquire(&events[0]), EVENTS);
}
