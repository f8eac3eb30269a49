/*
 * heap.h - the few words that the whole collector shares.
 */
#pragma once

#include "gc/gc.h"
#include "lib/atomic.h"

/*
 * The counters run from boot and never go back; what is in use now is the
 * difference of two.  They change by whole runs and spans, so they cost a
 * single allocation nothing.
 *
 * Field key:	[S] stored with the world stopped, loaded by any
 *	[a] atomic, relaxed: sums
 */
extern struct heap {
	ATOMIC(uint32_t) phase;		/* [S] enum gc_phase */
	ATOMIC(uint32_t) sweepgen;	/* [S] one up at each collection */
	ATOMIC(uint32_t) era;		/* [S] one up when marking begins, and
					 * when it ends */
	ATOMIC(uint64_t) cycles;	/* [a] collections finished */

	OWN_LINE
	ATOMIC(uint64_t) taken_bytes;	/* [a] of slots ever allocated or in a
					 * run; the slots that a run gives back
					 * are subtracted */
	ATOMIC(uint64_t) freed_bytes;	/* [a] of slots ever freed by sweep */
	ATOMIC(uint64_t) malloc_bytes;	/* [a] of objects; those in the present
					 * runs are left out */
	ATOMIC(uint64_t) pages;		/* [a] held for spans: chunks, large
					 * spans */
	ATOMIC(uint64_t) span_pages;	/* [a] of pages, those that are in
					 * spans */
	ATOMIC(uint64_t) meta_pages;	/* [a] in tables, records, buffers */
	ATOMIC(uint64_t) pages_released; /* [a] pages given back to the machine
					 * since boot */
} heap;

/*
 * Give way if the P is wanted and the caller can do without it.  Long work
 * calls this after each piece.  The goroutine then gives up its hart and
 * continues later, perhaps on another P.  A collection may begin or end during
 * the call.
 */
INLINE void
gc_give_way(void)
{
	if (gc_host.can_collect())
		gc_host.poll();
}

/* Zero len bytes at dst without a barrier, and give way after each piece. */
void gc_zero(void *dst, size_t len);

/*
 * Returns whether the collector is marking.  While it marks, new objects are
 * born marked, and a store of a pointer shades.  The answer stays true for the
 * whole of any piece of runtime text, because the phase changes only with the
 * world stopped.
 */
INLINE bool
heap_marking(void)
{
	/* relaxed: the stop and start of the world order it. */
	return UNLIKELY(load_relaxed(&heap.phase) != GC_OFF);
}
