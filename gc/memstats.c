/*
 * memstats.c - the heap's part of struct mem_stats, and what collections record
 * for it.
 *
 * With the world stopped no run, span or sweep is half way, so sums over all Ps
 * are exact.  The time they take grows with the number of Ps and of size
 * classes.
 *
 * heap_sys means what it means in Go, which counts addresses: pages that the
 * heap has given back are still in it.  Here heap_sys is the largest size that
 * the heap was seen to have.  The size is looked at when each marking ends, and
 * when the statistics are read.
 */
#include "gc/memstats.h"

#include "gc/central.h"
#include "gc/gc.h"
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/pacer.h"
#include "lib/str.h"

_Static_assert(SIZECLASS_COUNT - 1 <= MEM_SIZES, "by_size has room");

/*
 * Field key:	[c] stored by the goroutine that ends a collection, in one piece
 *		of runtime text; read with the world stopped
 *		[S] world stopped	[a] atomic
 */
static struct {
	uint64_t         pause_ns[MEM_PAUSES];	/* [c] */
	int64_t          pause_end[MEM_PAUSES];	/* [c] */
	uint64_t         pauses_ns;		/* [c] sum, up to the last
						 * collection */
	uint64_t         work_ns;		/* [c] time of collections,
						 * ever */
	int64_t          last_ns;		/* [c] when the last one
						 * ended */
	uint64_t         peak_pages;		/* [S] */
	ATOMIC(uint32_t) forced;		/* [a] */
} past;

void
memstats_note(const struct cycle_trace *trace)
{
	size_t   i = (trace->number - 1) % MEM_PAUSES;
	uint64_t pause = (uint64_t)trace->pause_total_ns - past.pauses_ns;

	past.pause_ns[i] = pause;
	past.pause_end[i] = past.last_ns = trace->last_ns;
	past.pauses_ns += pause;
	past.work_ns += pause * trace->nprocs +
	    (uint64_t)(trace->worker_ns[GC_MARK_DEDICATED] +
	    trace->worker_ns[GC_MARK_FRACTIONAL] + trace->assist_ns);
}

void
memstats_note_forced(void)
{
	/* relaxed: a count. */
	add_relaxed(&past.forced, 1);
}

void
memstats_note_size_stw(void)
{
	/* relaxed: world stopped. */
	past.peak_pages = MAX(past.peak_pages, load_relaxed(&heap.pages));
}

/* Add the objects in local's runs, which have been made and not yet counted. */
static void
add_runs(struct gc_local *local, void *arg)
{
	struct mem_stats *out = arg;

	for (unsigned bin = 0; bin < BIN_COUNT && local->has_spans; bin++) {
		struct run *run = &local->runs[bin];
		uint64_t    used = run_used(run);

		out->total_alloc += run->cur - run->lo;
		out->mallocs += used;
		if (bin / 2 != SIZECLASS_LARGE)
			out->by_size[bin / 2 - 1].mallocs += used;
	}
}

void
gc_read_mem_stats_stw(struct mem_stats *out)
{
	uint64_t cpu_us;

	memset(out, 0, sizeof(*out));
	memstats_note_size_stw();
	out->nsizes = SIZECLASS_COUNT - 1;
	/* relaxed, all: the world is stopped. */
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		uint64_t mallocs = load_relaxed(&centrals[bin].mallocs);
		uint64_t frees = load_relaxed(&centrals[bin].frees);
		struct mem_size *size;

		out->mallocs += mallocs;
		out->frees += frees;
		if (bin / 2 == SIZECLASS_LARGE)
			continue;
		size = &out->by_size[bin / 2 - 1];
		size->size = sizeclasses[bin / 2].size;
		size->mallocs += mallocs;
		size->frees += frees;
	}
	out->total_alloc = load_relaxed(&heap.malloc_bytes);
	gc_host.each_local(add_runs, out);
	out->alloc = out->heap_alloc = out->total_alloc -
	    load_relaxed(&heap.freed_bytes);
	out->heap_objects = out->mallocs - out->frees;
	out->heap_sys = past.peak_pages * PAGE_SIZE;
	out->heap_inuse = load_relaxed(&heap.span_pages) * PAGE_SIZE;
	out->heap_idle = out->heap_sys - out->heap_inuse;
	out->heap_released = out->heap_sys -
	    load_relaxed(&heap.pages) * PAGE_SIZE;
	out->gc_sys = load_relaxed(&heap.meta_pages) * PAGE_SIZE;
	out->next_gc = pacer_goal();
	out->num_gc = (uint32_t)gc_cycles();
	out->num_forced_gc = load_relaxed(&past.forced);
	out->last_gc = past.last_ns;
	out->pause_total_ns = past.pauses_ns;
	memcpy(out->pause_ns, past.pause_ns, sizeof(out->pause_ns));
	memcpy(out->pause_end, past.pause_end, sizeof(out->pause_end));
	cpu_us = (uint64_t)gc_host.now() / 1000 * gc_host.nprocs();
	if (cpu_us > 0)
		out->gc_cpu_ppm = (uint32_t)MIN(past.work_ns * 1000 / cpu_us,
		    (uint64_t)1000000);
}
