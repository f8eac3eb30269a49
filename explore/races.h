/*
 * races.h - data races of a program: two accesses to the same memory by two
 * goroutines, of which at least one is a write, one at least is not atomic, and
 * which nothing orders.
 *
 * A schedule in which one is met ends as a failure, also if nothing went wrong
 * in it.
 */
#pragma once

#include "lib/compiler.h"

/* The status of a schedule that ended with a race (that of ThreadSanitizer). */
enum { STATUS_RACE = 66 };

/* Take memory, and be told of all accesses and of what orders them, from now
 * on.  ended is called at a race, and does not return.  Before the first
 * schedule, once. */
void races_init(void (*ended)(int status));

/* A schedule begins.  If tell, note the stacks that the report of the last race
 * needs: this schedule is that one again. */
void races_begin(bool tell);

/* Print the race that the last schedule ended with, as Go's race detector does.
 */
void races_print(void (*say)(const char *fmt, ...));

/* Schedules in which races were looked for only up to some point, because there
 * were too many goroutines, addresses or things that order them. */
uint64_t races_ncut(void);
