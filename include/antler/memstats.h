/*
 * memstats.h - the memory of the machine in numbers, under Go's names.
 */
#pragma once

#include <stdint.h>

enum { MEM_PAUSES = 256, MEM_SIZES = 64 };

/*
 * The statistics of Go's runtime.MemStats, in bytes unless a field says
 * otherwise.  An object counts with the size of its slot, not with the size
 * that was asked for.  Counts of events never go back.  These equations always
 * hold:
 *
 *	alloc == heap_alloc == total_alloc - what was ever freed
 *	heap_objects == mallocs - frees
 *	heap_sys == heap_inuse + heap_idle, heap_released <= heap_idle
 *	sys == heap_sys + stack_sys + gc_sys + other_sys
 */
struct mem_stats {
	uint64_t alloc;		/* in objects, garbage not yet freed included */
	uint64_t total_alloc;	/* in objects, ever */
	uint64_t sys;		/* RAM taken, ever */
	uint64_t mallocs;	/* objects ever made */
	uint64_t frees;		/* objects ever freed */

	uint64_t heap_alloc;	/* the same as alloc */
	uint64_t heap_sys;	/* RAM the heap had when it was largest */
	uint64_t heap_idle;	/* of that, not in spans of objects */
	uint64_t heap_inuse;	/* and in them */
	uint64_t heap_released;	/* given back to the machine, by now */
	uint64_t heap_objects;	/* objects */

	uint64_t stack_inuse;	/* pages of goroutines' stacks */
	uint64_t stack_sys;
	uint64_t gc_sys;	/* the collector's own records */
	uint64_t other_sys;	/* all else that is not free */

	uint64_t next_gc;	/* heap_alloc that starts a collection */
	int64_t  last_gc;	/* when the last one ended, on now_ns() */
	uint64_t pause_total_ns;
	uint64_t pause_ns[MEM_PAUSES];	/* of collection n, the first being 1,
					 * at [(n - 1) % MEM_PAUSES] */
	int64_t  pause_end[MEM_PAUSES];	/* and when it ended */
	uint32_t num_gc;	/* collections */
	uint32_t num_forced_gc;	/* calls of gc_collect */
	uint32_t gc_cpu_ppm;	/* Go's GCCPUFraction, in millionths: the
				 * collector's share of the time of all Ps */
	uint32_t nsizes;
	struct mem_size {
		uint32_t size;	/* objects of up to so many bytes */
		uint64_t mallocs, frees;
	} by_size[MEM_SIZES];	/* the first nsizes; large ones are in none */
};

/* Store the statistics of one instant into *out.  Stops the world for as long
 * as it takes to add them up. */
void mem_read_stats(struct mem_stats *out);
