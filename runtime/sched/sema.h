/*
 * sema.h - semaphores inside the runtime; the public side is in antler.h.
 */
#pragma once

#include "include/antler.h"

struct sem_waiter;

/* Take a permit as sema_acquire does; ps shows why for a goroutine that
 * waits. */
void sema_acquire_why(struct sema *s, const char *why);

/* Give n permits at once. */
void sema_release_many(struct sema *s, uint32_t n);

/* Make all waiters of list, which semtable_take returned, runnable in its
 * order, on this P.  No locks held; an M with a P. */
void sem_wake(struct sem_waiter *list);
