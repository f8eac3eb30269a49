/*
 * check.c - the heap walker.
 *
 *	HEAP-1	An object that a live object points to is alive: it is
 *		allocated, and not about to be swept away.
 *	HEAP-2	No span is lost, and none is in two places: the central lists,
 *		the sweeper's list and the runs hold exactly the spans of the
 *		table, each once.
 *	HEAP-3	Outside marking there is no grey object.
 *	HEAP-4	The books balance.  The bytes taken and not freed are those of
 *		the slots whose alloc bits are set.  The objects made and not
 *		freed are the slots whose alloc bits are set, without the slots
 *		of runs.
 *	HEAP-5	The page allocator counts every page of a span as taken.
 *
 * The walker checks CHUNK-*, SPAN-* and RUN-* too, which chunk.h, span.h and
 * local.h state.  After marking and before any sweep, HEAP-1 is the tri-colour
 * invariant at the end of marking; GODEBUG=gccheckmark=1 asks for this check.
 *
 * HEAP-1 has an exception.  C lets a pointer lead one past the end of its
 * object, which is the first address of the next slot, and that slot may be
 * free.  But the slot cannot be allocated and about to be swept: marking takes
 * such a pointer for one to the next slot, and keeps the object there alive.
 */
#include "gc/check.h"

#include "gc/central.h"
#include "gc/chunk.h"
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/pacer.h"
#include "gc/ptrmap.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/special.h"
#include "gc/sweep.h"
#include "lib/check.h"

/* Is the object in slot i of s alive, as far as marking and sweeping know? */
static bool
alive(struct span *s, uint64_t i)
{
	/* relaxed: nothing else runs, by contract; also below. */
	bool judged = s->sweepgen != load_relaxed(&heap.sweepgen) ||
	    heap_marking();

	return span_allocated(s, i) && !(judged && span_white(s, i));
}

/* Check the pointer at address at, in an object of the span arg. */
static void
check_word(void *arg, uintptr_t at)
{
	const struct span *from = arg;
	uintptr_t base = from->base + span_index(from, at) * from->size;
	uintptr_t v = slot_load(at);
	struct span *s = span_of(v);
	uint64_t i;

	if (s == NULL)
		return;
	i = span_index(s, v);
	if (i >= s->nslots || alive(s, i))
		return;
	if (v == s->base + i * s->size && !span_allocated(s, i))
		return;				/* one past an object's end? */
	panic("gc: HEAP-1: word %lu of the object at %lx (%lu bytes) is %lx, "
	    "in the dead object at %lx (%lu bytes)",
	    (unsigned long)(at - base) / 8, (unsigned long)base,
	    (unsigned long)from->size, (unsigned long)v,
	    (unsigned long)(s->base + i * s->size), (unsigned long)s->size);
}

/* Check HEAP-1 for all live objects of s. */
static void
check_pointers(struct span *s, void *arg)
{
	(void)arg;
	for (uint32_t i = 0; !s->noscan && i < s->nslots; i++)
		if (alive(s, i))
			ptrmap_each(s, s->base + i * s->size, check_word, s);
}

void
check_marks_stw(void)
{
	span_each(check_pointers, NULL);
}

/* What a walk of the heap counts. */
struct walk {
	size_t   nspans;	/* spans in the table */
	size_t   nowned;	/* spans on lists and in runs */
	uint64_t pages;		/* pages of spans */
	uint64_t slots, bytes;	/* with an alloc bit */
	uint64_t in_runs;	/* slots of runs, used or not */
};

static uint32_t nwalks;		/* number of the walk going on; never 0 */

static void
check_span(struct span *s, void *arg)
{
	struct walk *walk = arg;

	span_check(s);
	if (s->chunk != NULL)
		chunk_check_span(s);
	if (!page_is_taken((void *)s->base, s->npages))
		panic("gc: HEAP-5: span %p has a page that is free",
		    (void *)s);
	walk->nspans++;
	walk->pages += s->npages;
	walk->slots += s->nalloc;
	walk->bytes += s->nalloc * s->size;
}

/* Note that s is on a list or in a run. */
static void
found(struct walk *walk, struct span *s)
{
	if (s->walk == nwalks)
		panic("gc: HEAP-2: span %p is in two places", (void *)s);
	s->walk = nwalks;
	walk->nowned++;
}

static void
check_local(struct gc_local *local, void *arg)
{
	struct walk *walk = arg;

	local_check(local);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		struct run *run = &local->runs[bin];

		if (run->span == NULL)
			continue;
		found(walk, run->span);
		walk->in_runs += sizeclass_index(run->end - run->lo,
		    run->span->recip);
	}
	if (local->work.buf != NULL && local->work.greys.top !=
	    local->work.greys.lo)
		panic("gc: HEAP-3: local %u has grey objects", local->index);
}

/* Check the spans on list, which belongs to bin: each must be as swept, and as
 * full, as the list says. */
static void
check_list(struct walk *walk, struct span_list *list, unsigned bin, bool swept,
    bool full)
{
	uint32_t gen = load_relaxed(&heap.sweepgen);

	for (struct span *s = load_relaxed(&list->head); s != NULL;
	    s = s->next) {
		found(walk, s);
		if (s->bin != bin || (s->sweepgen == gen) != swept ||
		    (s->nalloc == s->nslots) != full)
			panic("gc: SPAN-5: span %p (bin %u, %u of %u slots, "
			    "sweepgen %u) is on the wrong list of bin %u "
			    "at sweepgen %u", (void *)s, s->bin, s->nalloc,
			    s->nslots, s->sweepgen, bin, gen);
	}
}

/* Check s, which the sweeper has begun and not finished. */
static void
check_begun(struct span *s, void *walk)
{
	found(walk, s);
	/* relaxed: nothing else runs. */
	if (s->sweepgen != load_relaxed(&heap.sweepgen) - 1)
		panic("gc: SPAN-5: span %p is begun, and its sweepgen is %u",
		    (void *)s, s->sweepgen);
}

/* Check CHUNK-3 and HEAP-4. */
static void
check_books(const struct walk *walk)
{
	/* relaxed: nothing else runs. */
	uint64_t pages = load_relaxed(&heap.pages);
	uint64_t bytes = load_relaxed(&heap.taken_bytes) -
	    load_relaxed(&heap.freed_bytes);
	uint64_t mallocs, frees, objects;

	central_count(&mallocs, &frees);
	objects = mallocs - frees;
	if (load_relaxed(&heap.span_pages) != walk->pages)
		panic("gc: spans have %lu pages, heap.span_pages says %lu",
		    (unsigned long)walk->pages,
		    (unsigned long)load_relaxed(&heap.span_pages));
	if (pages != walk->pages + chunk_free_pages())
		panic("gc: CHUNK-3: the heap holds %lu pages, spans %lu, "
		    "chunks %zu free ones", (unsigned long)pages,
		    (unsigned long)walk->pages, chunk_free_pages());
	if (bytes != walk->bytes)
		panic("gc: HEAP-4: %lu bytes taken and not freed, %lu in "
		    "slots", (unsigned long)bytes, (unsigned long)walk->bytes);
	if (objects + walk->in_runs != walk->slots)
		panic("gc: HEAP-4: %lu objects and %lu slots in runs, but %lu "
		    "alloc bits", (unsigned long)objects,
		    (unsigned long)walk->in_runs, (unsigned long)walk->slots);
}

/* Do the work of gc_check_heap, while nothing else runs. */
static void
check_all(void *unused)
{
	unsigned cur = load_relaxed(&heap.sweepgen) & 1;
	struct walk walk = { 0 };

	(void)unused;
	if (++nwalks == 0)
		nwalks = 1;
	span_each(check_span, &walk);
	gc_host.each_local(check_local, &walk);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		struct central *c = &centrals[bin];

		for (unsigned gen = 0; gen < 2; gen++) {
			check_list(&walk, &c->partial[gen], bin, gen == cur,
			    false);
			check_list(&walk, &c->full[gen], bin, gen == cur, true);
		}
	}
	sweep_each_begun(check_begun, &walk);
	if (walk.nspans != walk.nowned)
		panic("gc: HEAP-2: %zu spans in the table, %zu on lists and "
		    "in runs", walk.nspans, walk.nowned);
	if (load_relaxed(&work.nfull) != 0)
		panic("gc: HEAP-3: grey buffers outside marking");
	chunk_check();
	special_check();
	pacer_check();
	check_books(&walk);
	span_each(check_pointers, NULL);			/* HEAP-1 */
}

/*
 * A caller that is not a goroutine has stopped the world, or knows that nothing
 * allocates, sweeps or stores.
 */
void
gc_check_heap(void)
{
	if (!gc_host.can_collect()) {
		check_all(NULL);
		return;
	}
	gc_stop_between_cycles("checking the heap");
	gc_host.on_system_stack(check_all, NULL);
	gc_host.start_world();
}
