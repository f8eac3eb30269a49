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

/* gc_start and gc_collect; ours: the collector itself wants it, so that its
 * time is limited (limiter.h). */
void cycle_start(uint64_t seen, bool ours);
void cycle_collect(bool ours);

/* A copy, not torn.  Any goroutine. */
struct cycle_stats cycle_stats(void);

/* The longest pause since the last call of this.  For benchmarks. */
nanos_t cycle_take_longest(void);
