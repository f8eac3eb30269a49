/*
 * sema.h - semaphores and wait groups inside the runtime; the public side is in
 * antler.h.
 */
#pragma once

#include "include/antler.h"

/* sema_acquire with the words that ps shows for who waits. */
void sema_acquire_why(struct sema *s, const char *why);
