/*
 * sema.h - semaphores inside the runtime; the public side is in antler.h.
 */
#pragma once

#include "include/antler.h"

struct sem_waiter;

/* sema_acquire with the words that ps shows for who waits. */
void sema_acquire_why(struct sema *s, const char *why);

/* Give n permits at once. */
void sema_release_many(struct sema *s, uint32_t n);

/* Make all of list, as semtable_take returns it, runnable, in that order, on
 * this P.  No locks held; an M with a P. */
void sem_wake(struct sem_waiter *list);
