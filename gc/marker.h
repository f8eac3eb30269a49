/*
 * marker.h - mark beside the mutators, and find out when marking is over.
 *
 * The head of marker.c says which functions are called by whom, and why the
 * answer is right.
 */
#pragma once

#include "gc/gc.h"
#include "gc/mark.h"

/* Begin marking: count the root jobs.  World stopped, phase GC_MARK. */
void marker_begin_stw(void);

/*
 * Mark with w: root jobs first, then grey objects, until the clock reaches
 * until, or bytes have been marked, or the hart is wanted (gc_host.wanted), or
 * there is nothing left to take.  Puts into *marked how many bytes were marked.
 * Returns true if there was nothing left to take.  To be called by the hart
 * that holds w's P.
 */
bool marker_quantum(struct gc_work *w, nanos_t until, uint64_t bytes,
    uint64_t *marked);

/* Is marking over, as far as can be seen with the world running (steps 1 to 3)?
 * If it returns false there is work, and the hart that does the last of this
 * work wakes the collector.  To be called by the collector. */
bool marker_looks_over(void);

/* Is marking over?  This is step 4, which decides.  World stopped. */
bool marker_is_over_stw(void);

/* Put into *result what the marking has found, once it is over.  World
 * stopped. */
void marker_end_stw(struct mark_result *result);

/* Return roughly how many bytes have been marked so far. */
uint64_t marker_done_bytes(void);

struct marker_stats {
	uint64_t resumes;	/* times that step 4 found a grey object */
	uint64_t rounds;	/* rounds of harvests */
};
struct marker_stats marker_stats(void);
