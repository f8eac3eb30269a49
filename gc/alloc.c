/*
 * alloc.c - gc_new and its kin.
 *
 * There are three ways to an object, each for what the one before cannot do:
 *
 *	gc_new, gc_new_bytes	the next slot of a run of this P, if the run is
 *				of the right type: some 20 instructions
 *	alloc_small		any small object; fetches runs (local.c)
 *	alloc_large		a span of its own, above 32 KiB
 *
 * gc_alloc stands around the last two.  It collects when the pacer says so, and
 * when there is no memory it tries harder step by step (enum effort).  All of
 * this is runtime text, so the hart keeps its P, except across a collection and
 * while a large object is zeroed (span_new).  After these two everything is
 * looked up again.
 *
 * Rejected: Go's tiny allocator, which puts objects of less than 16 bytes
 * without pointers into a common block of 16 bytes.  In Go that saves most of
 * the way to a slot.  Here the way to a slot is a run, and there are runs of
 * slots of 8 bytes, too, so to align an object in the block and to look for
 * room costs more than it saves.  With a tiny allocator AllocTiny1 and
 * AllocTiny8 took 36.9 and 40.2 instructions, and an object of 16 bytes 41.0;
 * without it they take 37.2, 37.2 and 39.0.
 */
#include "gc/assist.h"
#include "gc/census.h"
#include "gc/central.h"
#include "gc/cycle.h"
#include "gc/heap.h"
#include "gc/limiter.h"
#include "gc/local.h"
#include "gc/misuse.h"
#include "gc/pacer.h"
#include "gc/ptrmap.h"
#include "gc/slot.h"
#include "gc/special.h"
#include "gc/sweep.h"
#include "gc/type.h"
#include "kernel/console.h"
#include "kernel/hart.h"
#include "kernel/syncpoint.h"
#include "kernel/vm.h"
#include "lib/check.h"

uint64_t gc_zero_object[2] ALIGNED(16);

/* Returns the caches of the P that this hart runs on. */
INLINE struct gc_local *
this_local(void)
{
	struct gc_local *local = this_hart()->gc;

	ASSERT(local != NULL);
	return local;
}

/*
 * Take n objects of type, together nbytes <= SIZECLASS_MAX, from the run of
 * their bin.  Returns NULL if the run is used up.  Inline, so that the compiler
 * knows n == 1 where gc_new calls it.
 */
INLINE void *
alloc_from_run(const struct gc_type *type, size_t n, size_t nbytes)
{
	bool         noscan = type->ptrdata == 0;
	struct gc_local *local = this_local();
	struct run  *run = &local->runs[bin_of(sizeclass_of(nbytes), noscan)];
	struct span *s = run->span;
	uintptr_t    p = run->cur;

	if (p == run->end)
		return NULL;
	if (n == 1) {
		local_set_hint(local, type, run);
		if (run->type != type && (run->type == NULL || noscan))
			run_retype(run, type);
	}
	if (!noscan && (n != 1 || run->type != type)) {		/* SPAN-7 */
		if (s->types != NULL)
			/* A slot_store: see mark.c about stale words. */
			slot_store((uintptr_t)&s->types[span_index(s, p)],
			    (uintptr_t)type);
		else
			ptrmap_set(s, p, n == 1 ? ptrmap_of_type(type, 0) :
			    ptrmap_of_array(type, n));
	}
	run->cur = p + run->size;
	return (void *)p;
}

/* Do what alloc_from_run does, and fetch a run if the present one is used up.
 * Returns NULL if local_refill does, which says why. */
static void *
alloc_small(const struct gc_type *type, size_t n, size_t nbytes,
    bool beyond_limit)
{
	size_t bin = bin_of(sizeclass_of(nbytes), type->ptrdata == 0);
	struct gc_local *local = this_local();

	if (local->runs[bin].cur == local->runs[bin].end) {
		if (!local_refill(local, bin, n == 1 ? type : NULL,
		    beyond_limit))
			return NULL;
		local->runs[bin].span->type = type;
	}
	return alloc_from_run(type, n, nbytes);
}

static void *
alloc_large(const struct gc_type *type, size_t nbytes, bool beyond_limit)
{
	size_t   bin = bin_of(SIZECLASS_LARGE, type->ptrdata == 0);
	size_t   npages = (nbytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct span *s = pacer_new_span(bin, npages, beyond_limit);
	void    *p;

	if (s == NULL)
		return NULL;
	p = (void *)s->base;	/* zero already */
	s->type = type;
	if (s->types != NULL)
		slot_store((uintptr_t)&s->types[0], (uintptr_t)type);
	/* relaxed: this hart alone has s until central_put.  The object is
	 * black, as in run_take. */
	store_relaxed(&s->alloc[0].bits, 1);
	store_relaxed(&s->white[0].bits, !heap_marking() ||
	    FAULT(gc_white_alloc));
	s->nalloc = 1;
	this_local()->debt += s->size;
	/* relaxed: sums. */
	add_relaxed(&heap.taken_bytes, s->size);
	add_relaxed(&centrals[bin].mallocs, 1);
	add_relaxed(&heap.malloc_bytes, s->size);
	/* release: as at the end of run_take. */
	fence_release();
	central_put(s);
	return p;
}

/* The steps that gc_alloc takes before it tries again, each once.  Until the
 * third step, memory beyond the limit counts as memory that is not there. */
enum effort {
	EFFORT_SWEEP,		/* finish the last collection's work */
	EFFORT_LIMIT,		/* collect if that is worthwhile, then go
				 * beyond the limit */
	EFFORT_COLLECT,		/* collect whatever it is worth, unless
				 * limiter.h forbids it */
	EFFORT_NONE,		/* there is nothing left to do */
};

/* Returns whether a collection is worth its cost at this step. */
static bool
is_worth(enum effort effort)
{
	if (effort == EFFORT_LIMIT)
		return pacer_worthwhile() && !limiter_on();
	return !limiter_on() || pacer_very_worthwhile();
}

/* End the machine with a report of what holds the memory.  If the world can be
 * stopped it is stopped first, for good. */
NORETURN COLD static void
die(const struct gc_type *type, size_t n, bool may_collect)
{
	struct page_stats pages;

	if (may_collect) {
		gc_host.stop_world("reporting what holds the memory");
		gc_host.on_system_stack(local_flush_all_stw, NULL);
	}
	page_get_stats(&pages);
	gc_describe(kprintf);
	if (gc_host.fatal != NULL)
		gc_host.fatal("out of memory: cannot allocate %zu x %s of %lu "
		    "bytes; %zu pages free, the longest run %zu", n,
		    type_name(type), (unsigned long)type->size, pages.free,
		    pages.largest);
	panic("out of memory: %zu x %s of %lu bytes", n, type_name(type),
	    (unsigned long)type->size);
}

/* Do the part of gc_alloc that may take long.  n objects of type have nbytes >
 * 0. */
static NOINLINE void *
alloc_slow(const struct gc_type *type, size_t n, size_t nbytes, unsigned flags)
{
	bool may_collect = (flags & GC_NOTRIGGER) == 0 &&
	    gc_host.can_collect();

	if (may_collect) {
		gc_host.poll();
		if (gc_concurrent())
			assist_pay();
		else if (pacer_due())
			cycle_start(gc_cycles(), gc_params.every == 0);
		else
			sweep_pay(this_local());
	}
	for (enum effort effort = EFFORT_SWEEP; ; effort++) {
		bool     beyond = effort > EFFORT_LIMIT;
		void    *p = nbytes <= SIZECLASS_MAX ?
		    alloc_small(type, n, nbytes, beyond) :
		    alloc_large(type, nbytes, beyond);

		if (LIKELY(p != NULL)) {
			if (may_collect)
				special_announce();
			return p;
		}
		if (effort == EFFORT_NONE)
			break;
		if (effort == EFFORT_SWEEP) {
			sweep_all();
			gc_give_pages();	/* they may make a longer run */
		} else if (may_collect && is_worth(effort)) {
			nanos_t from = gc_host.now();

			/* Idle harts may mark meanwhile, but the caller has to
			 * wait. */
			cycle_collect(true);
			limiter_spent(gc_host.now() - from);
		} else if (effort == EFFORT_COLLECT &&
		    gc_host.give_pages != NULL) {
			gc_host.give_pages();
		}
	}
	if (flags & GC_TRY)
		return NULL;
	die(type, n, may_collect);
}

/* Poll if the goroutine is recalled (gc_recall).  Every allocation that does
 * not take the shortest way calls this first.  The goroutine may continue on
 * another P. */
INLINE void
answer_recall(void)
{
	struct gc_local *local = this_local();

	/* relaxed: only a look.  A goroutine that cannot give way now finds the
	 * recall again at a later allocation. */
	if (LIKELY(load_relaxed(&local->short_bytes) != 0) ||
	    FAULT(gc_no_recall) || !gc_host.can_collect())
		return;
	/* acquire: pairs with fence_release in gc_recall; this hart sees the
	 * reason of the recall, also of one that comes at this moment. */
	(void)swap_acquire(&local->short_bytes, (uint64_t)SIZECLASS_FINE);
	gc_host.poll();
}

size_t
gc_slot_size(size_t nbytes)
{
	if (nbytes > SIZECLASS_MAX)
		return ROUND_UP(nbytes, (size_t)PAGE_SIZE);
	return nbytes == 0 ? 0 : sizeclasses[sizeclass_of(nbytes)].size;
}

_Static_assert(GC_BYTES_MAX == VM_IDENTITY_HI, "no RAM lies above");

NORETURN COLD static void
refuse_length(const struct gc_type *type, size_t n)
{
	GC_MISUSE("runtime error: makeslice: len out of range: "
	    "%zu x %s of %lu bytes", n, type_name(type),
	    (unsigned long)type->size);
}

FOR_PROGRAMS void *
gc_alloc(const struct gc_type *type, size_t n, unsigned flags)
{
	size_t nbytes;
	void  *p;

	type_check(type, n);
	census_note(type);
	if ((flags & GC_NOTRIGGER) == 0)
		answer_recall();
	if (__builtin_mul_overflow(type->size, n, &nbytes) ||
	    nbytes > GC_BYTES_MAX || n > PTRDIFF_MAX) {
		if (flags & GC_TRY)
			return NULL;
		refuse_length(type, n);
	}
	if (nbytes == 0)
		return gc_zero_object;
	if (nbytes <= SIZECLASS_MAX) {
		p = alloc_from_run(type, n, nbytes);
		if (LIKELY(p != NULL))
			return p;
	}
	return alloc_slow(type, n, nbytes, flags);
}

/* Do gc_new when the hint is of no use, or was taken away to recall the
 * goroutine. */
static NOINLINE FOR_PROGRAMS void *
new_by_class(const struct gc_type *type)
{
	void *p;

	type_check(type, 1);
	census_note(type);
	answer_recall();
	if (UNLIKELY(type->size - 1 >= GC_BYTES_MAX)) {
		if (type->size == 0)
			return gc_zero_object;
		refuse_length(type, 1);
	}
	if (type->size <= SIZECLASS_MAX) {
		p = alloc_from_run(type, 1, type->size);
		if (LIKELY(p != NULL))
			return p;
	}
	return alloc_slow(type, 1, type->size, 0);
}

/* The short way: the run that the hint of the type names is of that type, so
 * the pointer map of its next slot is true (RUN-4). */
void *
gc_new(const struct gc_type *type)
{
	struct run *run = local_hint(this_local(), type);
	uintptr_t   p = run->cur;

	if (UNLIKELY(run->type != type || p == run->end))
		return new_by_class(type);
	run->cur = p + run->size;
	return (void *)p;
}

/* The short way: any run without pointers will do. */
void *
gc_new_bytes(size_t size)
{
	struct gc_local *local = this_local();

	/* relaxed: a hint. */
	if (LIKELY(size - 1 < load_relaxed(&local->short_bytes))) {
		size_t      class = sizeclass_fine[(size - 1) >> 3];
		struct run *run = &local->runs[bin_of(class, true)];
		uintptr_t   p = run->cur;

		if (LIKELY(p != run->end)) {
			run->cur = p + run->size;
			return (void *)p;
		}
	}
	return gc_alloc(&gc_bytes_type, size, 0);
}

void *
gc_new_array(const struct gc_type *type, size_t n)
{
	return gc_alloc(type, n, 0);
}

void *
gc_try_new(const struct gc_type *type)
{
	return gc_alloc(type, 1, GC_TRY);
}

void *
gc_try_new_array(const struct gc_type *type, size_t n)
{
	return gc_alloc(type, n, GC_TRY);
}

void *
gc_try_new_bytes(size_t size)
{
	return gc_alloc(&gc_bytes_type, size, GC_TRY);
}
