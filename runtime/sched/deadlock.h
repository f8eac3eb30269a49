/*
 * deadlock.h - the moment when nothing can ever happen again.
 */
#pragma once

/* Called with sched.lock held whenever an M has joined the idle list.  If it
 * was the last one, and nothing is pending that could wake anybody, ends the
 * machine with Go's message, a list of the goroutines, and status 2. */
void deadlock_check(void);
