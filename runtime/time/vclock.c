/*
 * vclock.c - virtual time for tests; see vclock.h.
 *
 * Only the goroutine that has taken the clock moves it.  It does so only when
 * every M but its own is on the idle list and no goroutine is runnable.  Then
 * all other goroutines are parked, and nothing but a timer (or a device) can
 * make one of them run.  So no code of the scheduler knows of virtual time,
 * with one exception: timers_next returns CLOCK_NEVER while a test has the
 * clock, so that no hart waits for an instant of a clock that does not tick.
 */
#include "runtime/time/vclock.h"

#include "lib/check.h"
#include "lib/nanos.h"
#include "runtime/poll/netpoll.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"

#if LAB

struct vclock vclock;

void
vclock_begin(void)
{
	CHECK(!vclock_is_on());
	/* relaxed: see timers_now. */
	store_relaxed(&vclock.now, clock_now());
	store_relaxed(&vclock.on, 1);
}

void
vclock_end(void)
{
	CHECK(vclock_is_on());
	/* relaxed: see timers_now. */
	store_relaxed(&vclock.on, 0);
}

/* Returns whether every goroutine but the caller is parked. */
static bool
others_sleep(void)
{
	bool asleep;

	spin_lock(&sched.lock);
	asleep = load_relaxed(&sched.nmidle) == sched.nms - 1 &&
	    sched.globq.n == 0 && !p_has_work(this_p());
	spin_unlock(&sched.lock);
	return asleep && !netpoll_pending();
}

static void
wait_for_others(void)
{
	while (!others_sleep())
		yield();
}

/* Returns the P that has the earliest timer of all, and stores its time in
 * *when.  Returns NULL if no timer is set. */
static struct p *
earliest(nanos_t *when)
{
	struct p *first = NULL;

	*when = CLOCK_NEVER;
	for (size_t i = 0; i < allp.len; i++) {
		/* relaxed: nobody else runs. */
		nanos_t next = load_relaxed(&allp.ptr[i]->timers.next);

		if (next < *when) {
			*when = next;
			first = allp.ptr[i];
		}
	}
	return first;
}

static void
run_timers_g0(void *p)
{
	timers_run_other(this_p(), p);
}

uint64_t
vclock_run(nanos_t ns)
{
	nanos_t  end = MIN(nanos_add(timers_now(), ns), VCLOCK_END);
	uint64_t steps = 0;

	CHECK(vclock_is_on() && ns >= 0);
	for (;;) {
		struct p *p;
		nanos_t   when;

		wait_for_others();
		p = earliest(&when);
		if (p == NULL || when > end)
			break;
		/* relaxed: see timers_now. */
		if (when > load_relaxed(&vclock.now))
			store_relaxed(&vclock.now, when);
		on_g0(run_timers_g0, p);
		steps++;
	}
	store_relaxed(&vclock.now, end);
	return steps;
}

#endif
