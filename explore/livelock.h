/*
 * livelock.h - where a schedule goes round and round that does not end.
 *
 * A schedule with more points than it may have has most often one or more harts
 * that wait in a loop for what does not come.  So of the last points that it
 * may have it is counted how many lie at which place, and the places that have
 * most are told: those are the loops.
 */
#pragma once

#include "kernel/virtual.h"
#include "lib/compiler.h"

/* Take memory; once. */
void livelock_init(void);

/* A schedule begins that may have so many points. */
void livelock_begin(uint64_t limit);

/* A schedule comes to this point. */
void livelock_note(const struct virtual_point *point);

/* Print the places of most points among the last, if any were counted. */
void livelock_print(void (*say)(const char *fmt, ...));
