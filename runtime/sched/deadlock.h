/*
 * deadlock.h - the moment when nothing can ever happen again.
 */
#pragma once

/* End the machine if there is a deadlock: if all Ms are on the idle list and
 * nothing is pending that could wake one.  Prints Go's message and a list of
 * the goroutines, and ends with status 2.  Called whenever an M has joined the
 * idle list; the caller holds sched.lock. */
void deadlock_check(void);
