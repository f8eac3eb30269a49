/*
 * heap.h - the few words that the whole collector shares.
 */
#pragma once

#include "gc/gc.h"
#include "lib/atomic.h"

/*
 * Counters run from boot and never go back; what is in use is a difference.
 * They change by whole runs and spans, so they cost an allocation nothing.
 *
 * Field key:	[S] stored with the world stopped, loaded by any
 *		[a] atomic, relaxed: sums
 */
extern struct heap {
	ATOMIC(uint32_t) phase;		/* [S] enum gc_phase */
	ATOMIC(uint32_t) sweepgen;	/* [S] one up at each collection */
	ATOMIC(uint32_t) era;		/* [S] one up when marking begins, and
					 * when it ends */
	ATOMIC(uint64_t) cycles;	/* [a] collections finished */

	OWN_LINE
	ATOMIC(uint64_t) taken_bytes;	/* [a] of slots ever allocated or in
					 * a run; what a run gives back is
					 * taken off again */
	ATOMIC(uint64_t) freed_bytes;	/* [a] of slots ever freed by sweep */
	ATOMIC(uint64_t) malloc_bytes;	/* [a] of objects, runs in use left
					 * out */
	ATOMIC(uint64_t) pages;		/* [a] for spans: chunks, runs */
	ATOMIC(uint64_t) span_pages;	/* [a] of that, those of spans */
	ATOMIC(uint64_t) meta_pages;	/* [a] in tables, records, buffers */
	ATOMIC(uint64_t) pages_released; /* [a] given back, ever */
} heap;

/*
 * Long work calls this after each piece: if the P is wanted, and the caller can
 * do without it, the goroutine gives up its hart, and goes on later, perhaps on
 * another P.  A collection may begin or end in the call.
 */
INLINE void
gc_give_way(void)
{
	if (gc_host.can_collect())
		gc_host.poll();
}

/* Zero len bytes at dst, without a barrier, and give way meanwhile. */
void gc_zero(void *dst, size_t len);

/* Is the collector marking?  While it is, new objects are born marked, and a
 * store of a pointer shades.  True for the whole of any piece of runtime text:
 * the phase changes with the world stopped. */
INLINE bool
heap_marking(void)
{
	/* relaxed: the stop and start of the world order it. */
	return UNLIKELY(load_relaxed(&heap.phase) != GC_OFF);
}
