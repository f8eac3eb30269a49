/*
 * mutex.h - what other files of the runtime need of mutexes; the public side is
 * in antler.h.
 */
#pragma once

#include "include/antler.h"

/* Check that m can be unlocked.  Ends the program if m is not locked; panics if
 * m has been overwritten.  For a caller that is going to unlock m on g0, where
 * it is too late to panic.  The caller is a goroutine that holds no locks of
 * the runtime. */
void mutex_check_locked(struct mutex *m);

/* Unlock m as mutex_unlock does; may also be called on g0.  Returns true if m
 * was handed to the goroutine that runs next on this P; then the caller should
 * yield. */
bool mutex_unlock_and_wake(struct mutex *m);
