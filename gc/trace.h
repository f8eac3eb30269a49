/*
 * trace.h - the GODEBUG=gctrace=1 line.
 */
#pragma once

#include "gc/mark.h"
#include "lib/compiler.h"

/* The instants and sizes of one collection. */
struct cycle_trace {
	uint64_t number;	/* 1 is the first */
	nanos_t  stop_ns;	/* the world was asked to stop */
	nanos_t  stopped_ns;	/* the world had stopped */
	nanos_t  start_ns;	/* the world was started again */
	nanos_t  mark_ns;	/* marking began */
	nanos_t  end_ns;	/* marking ended: the world was asked to stop */
	nanos_t  last_ns;	/* the world was started for good */
	nanos_t  worker_ns[3];	/* by enum gc_mark_kind */
	nanos_t  assist_ns;
	nanos_t  pause_total_ns; /* of all collections, this one included */
	uint64_t heap_start, heap_end, goal;	/* bytes */
	unsigned nprocs;
	struct mark_result marked;
};

/* Print the collection as one line, in the format that Go's runtime
 * documents. */
void trace_print(const struct cycle_trace *trace);
