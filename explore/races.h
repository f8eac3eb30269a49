/*
 * races.h - data races of a program: two accesses to one piece of memory by two
 * goroutines, of which at least one is a write, at least one is not atomic, and
 * which nothing orders.
 *
 * A schedule in which a data race happens ends as a failure, even if nothing
 * went wrong in it.
 */
#pragma once

#include "lib/compiler.h"

/* The status of a schedule that ended with a race (ThreadSanitizer ends with
 * it, too). */
enum { STATUS_RACE = 66 };

/* Take memory, and look from now on at all accesses and at what orders them.
 * Calls ended at a race; ended does not return.  Called once, before the first
 * schedule. */
void races_init(void (*ended)(int status));

/* Begin a schedule.  If tell is true, this schedule is the one that ended with
 * the last race, played again: note the stacks that the report needs. */
void races_begin(bool tell);

/* Print the race that the last schedule ended with, in the form of Go's race
 * detector. */
void races_print(void (*say)(const char *fmt, ...));

/* Return the number of schedules in which races were looked for only up to some
 * point, because there were too many goroutines, addresses or things that order
 * them. */
uint64_t races_ncut(void);
