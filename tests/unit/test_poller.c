/*
 * test_poller.c - which sleeping M a device's event wakes
 * (runtime/poll/netpoll.c).
 */
#include "include/antler.h"
#include "runtime/poll/netpoll.h"
#include "runtime/poll/polldesc.h"
#include "runtime/sched/sched.h"
#include "tests/ktest.h"

#define LIMIT_NS (10 * NS_PER_S)

static struct poll_desc first = POLL_DESC_INIT, second = POLL_DESC_INIT;
static ATOMIC(uint32_t) first_runs, may_end;
static struct waitgroup both;

/* When woken, keep the M and its P busy: they do not get to the scheduler. */
static void
wait_for_first(void *unused)
{
	(void)unused;
	polldesc_wait(&first, POLL_READ, "the first event");
	/* relaxed: polled. */
	store_relaxed(&first_runs, 1);
	while (load_relaxed(&may_end) == 0)
		cpu_relax();
	wg_done(&both);
}

static void
wait_for_second(void *unused)
{
	(void)unused;
	polldesc_wait(&second, POLL_READ, "the second event");
	wg_done(&both);
}

/* relaxed: this and the other questions are polled. */
static bool
others_sleep(void)
{
	return load_relaxed(&sched.nmidle) + 1 == sched.nms;
}

static bool
first_is_running(void)
{
	return load_relaxed(&first_runs) != 0;
}

static bool
second_is_queued(void)
{
	return load_relaxed(&sched.nglobq) == 1;
}

/* Wait until holds() is true, and yield meanwhile if may_yield.  Returns false
 * if it takes too long. */
static bool
wait_until(bool (*holds)(void), bool may_yield)
{
	nanos_t deadline = now_ns() + LIMIT_NS;

	while (!holds()) {
		if (now_ns() > deadline)
			return false;
		if (may_yield)
			yield();
		else
			cpu_relax();
	}
	return true;
}

/*
 * There are two Ps.  The first event wakes the poller, which runs the first
 * goroutine on one P for a long time; this goroutine occupies the other P.  A
 * third M sleeps.  It must take the second event: otherwise the event would
 * wait until some M enters the scheduler.
 */
KTEST_ON(netpoll, another_sleeper_takes_events_when_the_poller_is_busy, 3)
{
	/* relaxed: nobody else is there yet. */
	store_relaxed(&first_runs, 0);
	store_relaxed(&may_end, 0);
	polldesc_open(&first, NULL);
	polldesc_open(&second, NULL);
	gomaxprocs(2);
	wg_add(&both, 2);
	go(wait_for_first, NULL);
	go(wait_for_second, NULL);
	EXPECT(t, wait_until(others_sleep, true));

	netpoll_notify(&first, POLL_IN);
	EXPECT(t, wait_until(first_is_running, false));
	netpoll_notify(&second, POLL_IN);
	EXPECT(t, wait_until(second_is_queued, false));
	store_relaxed(&may_end, 1);
	wg_wait(&both);
	polldesc_close(&first);
	polldesc_close(&second);
}
