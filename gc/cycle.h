/*
 * cycle.h - one collection from beginning to end.
 */
#pragma once

#include "gc/gc.h"

/* Pauses of the collections so far. */
struct cycle_stats {
	nanos_t  pause_total_ns;
	nanos_t  pause_max_ns;
};

/* Start a collection as gc_start does, or run one as gc_collect does.  ours
 * says that the collector itself wants the collection; then its time is limited
 * (limiter.h). */
void cycle_start(uint64_t seen, bool ours);
void cycle_collect(bool ours);

/* Return a copy of the statistics in which each field is whole.  Any
 * goroutine. */
struct cycle_stats cycle_stats(void);

/* Return the longest pause since the last call of this function.  For
 * benchmarks. */
nanos_t cycle_take_longest(void);
