/*
 * sema.h - semaphores inside the runtime; the public side is in antler.h.
 */
#pragma once

#include "include/antler.h"

struct sem_waiter;

/* Take a permit as sema_acquire does; ps shows why for a goroutine that
 * waits. */
void sema_acquire_why(struct sema *s, const char *why);

/* How many goroutines are woken before the waker gives way. */
enum { SEM_PIECE = 128 };

/* Give n permits, one for each of n goroutines that wait or are about to.  If
 * there are more than SEM_PIECE they are given in pieces, and the caller gives
 * way after each piece. */
void sema_release_many(struct sema *s, uint32_t n);

/* Make all waiters of list, which semtable_take returned, runnable in its
 * order, on this P.  No locks held; an M with a P. */
void sem_wake(struct sem_waiter *list);

/* The same for a list of any length, or NULL: the caller gives way after each
 * SEM_PIECE of them.  A goroutine, no locks held. */
void sem_wake_many(struct sem_waiter *list);
