/*
 * mutex.h - what other files of the runtime need of mutexes; the public side is
 * in antler.h.
 */
#pragma once

#include "include/antler.h"

/* End the program, or panic, if m cannot be unlocked; for who is going to
 * unlock it on g0, where it is too late to panic.  A goroutine, no locks. */
void mutex_check_locked(struct mutex *m);

/* mutex_unlock, which also may run on g0.  True: the mutex was handed to the
 * goroutine that runs next on this P, and the caller should yield. */
bool mutex_unlock_and_wake(struct mutex *m);
