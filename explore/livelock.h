/*
 * livelock.h - where a schedule that does not end goes round and round.
 *
 * If a schedule has more points than its limit, most often one or more harts
 * wait in a loop for something that does not come.  So of the last points
 * before the limit, those at each place are counted, and the places with the
 * most points are printed: these are the loops.
 */
#pragma once

#include "kernel/virtual.h"
#include "lib/compiler.h"

/* Take memory.  Called once. */
void livelock_init(void);

/* Begin to count for a schedule that may have limit points; 0: without
 * limit. */
void livelock_begin(uint64_t limit);

/* Count this point, if it is among the last ones. */
void livelock_note(const struct virtual_point *point);

/* Print the places with the most points, if any points were counted. */
void livelock_print(void (*say)(const char *fmt, ...));
