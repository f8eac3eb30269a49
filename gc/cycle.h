/*
 * cycle.h - one collection from beginning to end.
 */
#pragma once

#include "gc/gc.h"

/* Times and sizes of the last collection, for the trace and statistics. */
struct cycle_stats {
	nanos_t  pause_total_ns;
	nanos_t  pause_max_ns;
};

/* A copy, not torn.  Any goroutine. */
struct cycle_stats cycle_stats(void);

/* gc_collect_from(seen), and then sweep everything: on return all that was
 * garbage at the call is free.  A goroutine that can collect. */
void cycle_collect_and_sweep(uint64_t seen);
