/*
 * stats.c - the heap in numbers, and what an address is.
 */
#include "gc/gc.h"

#include "gc/cycle.h"
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/pacer.h"
#include "gc/span.h"
#include "gc/type.h"
#include "kernel/hart.h"
#include "lib/str.h"

/*
 * The statistics of now.  Exact, but that a run of another P counts as
 * allocated whole in heap_alloc, and not at all in mallocs and total_alloc.
 */
void
gc_read_stats(struct gc_stats *out)
{
	struct gc_local *local = this_hart()->gc;
	struct cycle_stats cycle = cycle_stats();
	/* relaxed, here and below: sums that move on. */
	uint64_t taken = load_relaxed(&heap.taken_bytes);

	*out = (struct gc_stats){
		.heap_live = pacer_live(),
		.heap_alloc = taken - load_relaxed(&heap.freed_bytes),
		.heap_sys = (load_relaxed(&heap.pages) +
		    load_relaxed(&heap.meta_pages)) * PAGE_SIZE,
		.heap_goal = pacer_goal(),
		.heap_limit = pacer_limit(),
		.total_alloc = load_relaxed(&heap.malloc_bytes),
		.mallocs = load_relaxed(&heap.mallocs),
		.frees = load_relaxed(&heap.frees),
		.num_gc = gc_cycles(),
		.pause_total_ns = (uint64_t)cycle.pause_total_ns,
		.pause_max_ns = (uint64_t)cycle.pause_max_ns,
		.pages_released = load_relaxed(&heap.pages_released),
	};
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

enum { TOP = 6 };

/* What one bin, or one type of large objects, holds. */
struct holding {
	const struct gc_type *type;	/* of large objects, else NULL */
	unsigned bin;
	uint64_t bytes, objects;
};

struct census {
	struct holding bins[BIN_COUNT];
	struct holding types[16];	/* the first to be met */
};

static void
count_span(struct span *s, void *arg)
{
	struct census *c = arg;
	struct holding *h = &c->bins[s->bin];

	h->bin = s->bin;
	h->bytes += s->nalloc * s->size;
	h->objects += s->nalloc;
	for (uint32_t i = 0; s->types != NULL && i < s->nslots; i++) {
		size_t t = 0;

		if (!span_allocated(s, i) || s->types[i] == NULL)
			continue;
		while (t < ARRAY_LEN(c->types) && c->types[t].type != NULL &&
		    c->types[t].type != s->types[i])
			t++;
		if (t == ARRAY_LEN(c->types))
			continue;
		c->types[t].type = s->types[i];
		c->types[t].bytes += s->size;
		c->types[t].objects++;
	}
}

/* The largest of n holdings, moved out of the way; NULL if all are empty. */
static struct holding *
take_largest(struct holding *h, size_t n, struct holding *out)
{
	size_t max = 0;

	for (size_t i = 1; i < n; i++)
		if (h[i].bytes > h[max].bytes)
			max = i;
	*out = h[max];
	h[max].bytes = 0;
	return out->bytes > 0 ? out : NULL;
}

void
gc_describe(void (*out)(const char *fmt, ...))
{
	/* Static: the stack may be short.  Two harts that describe at once
	 * spoil each other's numbers, nothing else. */
	static struct census census;
	struct page_stats pages;
	struct gc_stats s;
	struct holding h;

	gc_read_stats(&s);
	page_get_stats(&pages);
	out("heap: %lu KiB allocated, %lu KiB live after collection %lu, goal "
	    "%lu KiB\n", s.heap_alloc / KIB, s.heap_live / KIB, s.num_gc,
	    s.heap_goal / KIB);
	out("heap: %lu KiB of RAM held, limit %lu KiB; machine: %lu of %lu "
	    "KiB free, longest run %lu KiB\n", s.heap_sys / KIB,
	    s.heap_limit / KIB, pages.free * PAGE_SIZE / KIB,
	    pages.total * PAGE_SIZE / KIB, pages.largest * PAGE_SIZE / KIB);

	memset(&census, 0, sizeof(census));
	span_each(count_span, &census);
	for (int i = 0; i < TOP && take_largest(census.bins, BIN_COUNT, &h);
	    i++) {
		unsigned long size = sizeclasses[h.bin / 2].size;

		if (size == 0)
			out("heap: %8lu KiB in %lu large objects%s\n",
			    h.bytes / KIB, h.objects,
			    h.bin & 1 ? " without pointers" : "");
		else
			out("heap: %8lu KiB in %lu objects of up to %lu "
			    "bytes%s\n", h.bytes / KIB, h.objects, size,
			    h.bin & 1 ? " without pointers" : "");
	}
	for (int i = 0; i < TOP && take_largest(census.types,
	    ARRAY_LEN(census.types), &h); i++)
		out("heap: %8lu KiB in %lu objects of type %s (of those above "
		    "%d bytes)\n", h.bytes / KIB, h.objects, type_name(h.type),
		    SIZECLASS_MAPPED);
}
