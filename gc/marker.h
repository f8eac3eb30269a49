/*
 * marker.h - marking beside the mutators, and when it is over.
 *
 * Who calls what, and why the answer is right: marker.c.
 */
#pragma once

#include "gc/gc.h"
#include "gc/mark.h"

/* Marking begins: count the root jobs.  World stopped, phase GC_MARK. */
void marker_begin_stw(void);

/*
 * Mark with w: root jobs, then grey objects, until the instant until, or until
 * bytes have been marked, or until there is nothing left to take; true then.
 * *marked says how much it was.  The hart that holds w's P.
 */
bool marker_quantum(struct gc_work *w, nanos_t until, uint64_t bytes,
    uint64_t *marked);

/* Is marking over, as far as can be seen with the world running (steps 1 to
 * 3)?  False: there is work, and who does the last of it wakes the collector.
 * The collector. */
bool marker_looks_over(void);

/* Step 4, which decides.  World stopped. */
bool marker_is_over_stw(void);

/* What the marking found, once it is over.  World stopped. */
void marker_end_stw(struct mark_result *result);

/* Bytes marked so far, roughly. */
uint64_t marker_done_bytes(void);

struct marker_stats {
	uint64_t resumes;	/* step 4 found a grey object */
	uint64_t rounds;	/* of harvests */
};
struct marker_stats marker_stats(void);
