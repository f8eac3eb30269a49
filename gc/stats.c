/*
 * stats.c - the heap in numbers, and what an address leads to.
 */
#include "gc/gc.h"

#include "gc/census.h"
#include "gc/central.h"
#include "gc/chunk.h"
#include "gc/cycle.h"
#include "gc/heap.h"
#include "gc/limiter.h"
#include "gc/local.h"
#include "gc/pacer.h"
#include "gc/span.h"
#include "kernel/hart.h"

/*
 * Return the statistics of this moment.  They are exact, except that a run of
 * another P counts wholly as allocated in heap_alloc, and not at all in mallocs
 * and total_alloc.
 */
FOR_PROGRAMS void
gc_read_stats(struct gc_stats *out)
{
	struct gc_local *local = this_hart()->gc;
	struct cycle_stats cycle = cycle_stats();
	/* relaxed, here and below: sums that go on changing. */
	uint64_t taken = load_relaxed(&heap.taken_bytes);

	*out = (struct gc_stats){
		.heap_live = pacer_live(),
		.heap_alloc = taken - load_relaxed(&heap.freed_bytes),
		.heap_sys = (load_relaxed(&heap.pages) +
		    load_relaxed(&heap.meta_pages)) * PAGE_SIZE,
		.heap_idle = chunk_free_pages() * PAGE_SIZE,
		.heap_goal = pacer_goal(),
		.heap_limit = pacer_limit(),
		.total_alloc = load_relaxed(&heap.malloc_bytes),
		.num_gc = gc_cycles(),
		.pause_total_ns = (uint64_t)cycle.pause_total_ns,
		.pause_max_ns = (uint64_t)cycle.pause_max_ns,
		.pages_released = load_relaxed(&heap.pages_released),
	};
	central_count(&out->mallocs, &out->frees);
	for (unsigned bin = 0; local != NULL && bin < BIN_COUNT; bin++) {
		struct run *run = &local->runs[bin];

		out->mallocs += run_used(run);
		out->total_alloc += run->cur - run->lo;
		out->heap_alloc -= run->end - run->cur;
	}
}

bool
gc_find_object(const void *addr, struct gc_object *out)
{
	uintptr_t v = (uintptr_t)addr;
	struct span *s = span_of(v);
	uint64_t i;

	if (s == NULL)
		return false;
	i = span_index(s, v);
	if (i >= s->nslots)
		return false;
	out->base = (void *)(s->base + i * s->size);
	out->size = s->size;
	out->allocated = span_allocated(s, i);
	return true;
}

void
gc_describe(void (*out)(const char *fmt, ...))
{
	struct page_stats pages;
	struct gc_stats s;
	uint64_t held;

	gc_read_stats(&s);
	page_peek_stats(&pages);
	held = s.heap_sys / PAGE_SIZE + pages.perm + pages.free;
	out("heap: %lu KiB allocated, %lu KiB live after collection %lu, goal "
	    "%lu KiB\n", s.heap_alloc / KIB, s.heap_live / KIB, s.num_gc,
	    s.heap_goal / KIB);
	out("heap: %lu KiB of RAM held, limit %lu KiB; machine: %lu of %lu "
	    "KiB free, longest run %lu KiB\n", s.heap_sys / KIB,
	    s.heap_limit / KIB, pages.free * PAGE_SIZE / KIB,
	    pages.total * PAGE_SIZE / KIB, pages.largest * PAGE_SIZE / KIB);
	out("heap: %lu KiB are in stacks and page tables, %lu KiB in what "
	    "never ends\n", (pages.total - MIN(held, pages.total)) *
	    PAGE_SIZE / KIB, pages.perm * PAGE_SIZE / KIB);
	if (limiter_on())
		out("heap: collecting has had its half of the machine, and "
		    "frees too little\n");
	census_print(out);
}
