/*
 * trace.h - the GODEBUG=gctrace=1 line.
 */
#pragma once

#include "gc/mark.h"
#include "lib/compiler.h"

/* Instants and sizes of one collection, by value. */
struct cycle_trace {
	uint64_t number;	/* 1 is the first */
	nanos_t  stop_ns;	/* the world was asked to stop */
	nanos_t  stopped_ns;	/* and had stopped */
	nanos_t  start_ns;	/* and was started again */
	nanos_t  mark_ns;	/* marking began */
	nanos_t  end_ns;	/* and ended: the world was asked to stop */
	nanos_t  last_ns;	/* and was started for good */
	nanos_t  worker_ns[3];	/* by enum gc_mark_kind */
	nanos_t  assist_ns;
	nanos_t  pause_total_ns; /* of all collections, this one included */
	uint64_t heap_start, heap_end, goal;	/* bytes */
	unsigned nprocs;
	struct mark_result marked;
};

/* Print it, a line as Go's runtime documentation describes it. */
void trace_print(const struct cycle_trace *trace);
