/*
 * deadlock.c - the moment when nothing can ever happen again.
 *
 * Every M is on the idle list, under sched.lock.  Then no goroutine runs, none
 * is on a P (P-1: a P with goroutines is in some M's hands), and unless one is
 * on the global queue, waits for a device, or sleeps on a timer, none will ever
 * be readied: only running code readies goroutines.  A world_run job keeps its
 * M off the list, and a stop of the world has its owner awake, so neither is
 * mistaken for a deadlock.
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
