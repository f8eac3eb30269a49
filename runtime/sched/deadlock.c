/*
 * deadlock.c - the moment when nothing can ever happen again.
 *
 * Every M is on the idle list; we hold sched.lock.  Then no goroutine runs, and
 * no goroutine is on a P, because a P with goroutines is in some M's hands
 * (P-1).  Only running code readies goroutines.  So unless a goroutine is on
 * the global queue, waits for a device, or sleeps on a timer, none will ever be
 * readied.  A world_run job keeps its M off the idle list, and the owner of a
 * stop of the world is awake; so neither of them is mistaken for a deadlock.
 */
#include "runtime/sched/deadlock.h"

#include "runtime/fail/fatal.h"
#include "runtime/poll/netpoll.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"

void
deadlock_check(void)
{
	ASSERT_HELD(&sched.lock);
	/* relaxed: all stored under sched.lock, or by Ms that are idle now. */
	if (load_relaxed(&sched.nmidle) != sched.nms || sched.globq.n != 0 ||
	    netpoll_any_waiters() || timers_pending())
		return;
	if (procs_count_live() == 0)
		fatal_error("no goroutines (main called goexit) - deadlock!");
	fatal_error("all goroutines are asleep - deadlock!");
}
