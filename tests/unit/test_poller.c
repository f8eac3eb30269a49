/*
 * test_poller.c - which sleeping M a device's event wakes (runtime/netpoll.c).
 */
#include "include/antler.h"
#include "runtime/netpoll.h"
#include "runtime/sched.h"
#include "tests/ktest.h"

#define LIMIT_NS (10 * NS_PER_S)

static struct poll_desc first, second;
static ATOMIC(uint32_t) first_runs, second_ran;
static struct waitgroup both;

static void
wait_for_second(void *unused)
{
	(void)unused;
	netpoll_wait(&second, "the second event");
	/* relaxed: polled. */
	store_relaxed(&second_ran, 1);
	wg_done(&both);
}

/* Once woken, keep the M busy: it comes by no scheduler. */
static void
wait_for_first(void *unused)
{
	nanos_t deadline;

	(void)unused;
	netpoll_wait(&first, "the first event");
	/* relaxed: polled. */
	store_relaxed(&first_runs, 1);
	deadline = now_ns() + LIMIT_NS;
	while (load_relaxed(&second_ran) == 0 && now_ns() < deadline)
		cpu_relax();
	wg_done(&both);
}

/*
 * The poller is woken by the first event and stays busy; this goroutine is busy
 * too; yet a third M sleeps, and a P is idle, when the second event comes.
 */
KTEST_ON(netpoll, an_event_finds_a_sleeper_while_the_last_poller_is_busy, 3)
{
	nanos_t deadline;

	/* relaxed: nobody else is there yet. */
	store_relaxed(&first_runs, 0);
	store_relaxed(&second_ran, 0);
	wg_add(&both, 2);
	go(wait_for_first, NULL);
	go(wait_for_second, NULL);
	deadline = now_ns() + LIMIT_NS;
	while (load_relaxed(&sched.nmidle) + 1 != sched.nms &&
	    now_ns() < deadline)
		yield();

	netpoll_notify(&first);
	while (load_relaxed(&first_runs) == 0 && now_ns() < deadline)
		cpu_relax();
	EXPECT_EQ(t, load_relaxed(&first_runs), 1);
	netpoll_notify(&second);
	deadline = now_ns() + LIMIT_NS / 2;
	while (load_relaxed(&second_ran) == 0 && now_ns() < deadline)
		cpu_relax();
	EXPECT_EQ(t, load_relaxed(&second_ran), 1);
	wg_wait(&both);
}
