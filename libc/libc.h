/*
 * libc.h - what picolibc's parts here share.
 *
 * This folder is the C library's ground: what picolibc wants of a system, on
 * antler.h.  It is linked into programs that ask for LIBC=picolibc, and is a
 * program's text like the library itself: preempted at any instruction, and
 * free to park.
 */
#pragma once

#include "include/antler.h"

/* A mutex that its owner may take again.  Zeroed it is free. */
struct libc_lock {
	struct mutex    mutex;
	struct atomic64 owner;	/* the number of the goroutine, or 0 */
	unsigned        depth;	/* the owner's */
};

void libc_lock(struct libc_lock *l);
bool libc_trylock(struct libc_lock *l);	/* Returns false if it is taken. */
void libc_unlock(struct libc_lock *l);

/* Write n bytes to the console, and read up to n.  Return how many, or -1 at
 * the end of input. */
long libc_write(const void *buf, size_t n);
long libc_read(void *buf, size_t n);
