/*
 * sema.h - semaphores inside the runtime; the public side is in antler.h.
 */
#pragma once

#include "include/antler.h"

struct sem_waiter;

/* Take a permit as sema_acquire does.  While the caller waits, the lab's
 * command ps shows why as the reason. */
void sema_acquire_why(struct sema *s, const char *why);

/* How many goroutines the waking goroutine wakes before it gives way. */
enum { SEM_PIECE = 128 };

/* Give n permits, one for each of n goroutines that wait or are about to wait.
 * More than SEM_PIECE permits are given in pieces, and the caller gives way
 * after each piece but the last. */
void sema_release_many(struct sema *s, uint32_t n);

/* Make all waiters of list, which semtable_take returned, runnable on this P,
 * in the order of the list.  No locks held; an M with a P. */
void sem_wake(struct sem_waiter *list);

/* Make all waiters of list runnable as sem_wake does.  list may be NULL and
 * have any length: the caller gives way after each SEM_PIECE waiters.  A
 * goroutine, no locks held. */
void sem_wake_many(struct sem_waiter *list);
