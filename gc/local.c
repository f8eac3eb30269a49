/*
 * local.c - fetch and return runs; concepts and invariants are in local.h.
 *
 * A local looks for a run in this order: further on in its span; in another
 * span of the bin with free slots (sweeping some spans if need be); in a new
 * span.  The slots of a span are passed over once, from the lowest on.  When
 * the end is reached, the span is full, and goes back to the central.
 */
#include "gc/local.h"

#include "gc/central.h"
#include "gc/heap.h"
#include "gc/pacer.h"
#include "gc/ptrmap.h"
#include "gc/slot.h"
#include "gc/sweep.h"
#include "kernel/syncpoint.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/str.h"

/* A run is at most this long, but at least one slot.  This bounds what is
 * zeroed in vain when the run is returned, and how long an allocation has to
 * wait for zeroing. */
enum { RUN_BYTES_MAX = 16 * 1024 };

size_t
gc_local_size(void)
{
	return sizeof(struct gc_local);
}

void
gc_local_init(struct gc_local *local, uint32_t index)
{
	memset(local, 0, sizeof(*local));
	local->index = index;
	gc_recall(local);
}

void
gc_recall(struct gc_local *local)
{
	/* release: pairs with swap_acquire in answer_recall.  A goroutine that
	 * finds short_bytes to be 0 sees what it is recalled for. */
	fence_release();
	/* relaxed: ordered by the fence. */
	store_relaxed(&local->short_bytes, 0);
	for (size_t i = 0; i < ARRAY_LEN(local->by_type); i++)
		store_relaxed(&local->by_type[i], local_no_hint(local));
}

/*
 * Find the first run of free slots of s at or after slot *at.  Puts its first
 * slot into *at and returns its length, at most max; returns 0 if there is
 * none.  Owner of s.
 */
static uint64_t
find_free(struct span *s, uint64_t *at, uint64_t max)
{
	uint64_t i = *at, first;

	for (;;) {
		uint64_t free;

		if (i >= s->nslots)
			return 0;
		/* relaxed: we own s. */
		free = ~load_relaxed(&s->alloc[i / 64].bits) >> (i % 64);
		if (free != 0) {
			i += bits_lowest(free);
			break;
		}
		i = ROUND_DOWN(i, 64UL) + 64;
	}
	if (i >= s->nslots)
		return 0;
	first = i;
	max = MIN(max, s->nslots - first);
	while (i - first < max) {
		uint64_t used = load_relaxed(&s->alloc[i / 64].bits) >>
		    (i % 64);

		if (used != 0) {
			i += bits_lowest(used);
			break;
		}
		i = ROUND_DOWN(i, 64UL) + 64;
	}
	*at = first;
	return MIN(i - first, max);
}

/* Set or clear the white bits in mask, outside marking.  The other bits stay,
 * because the span may be unswept.  Owner. */
static void
set_white(struct span_word *word, uint64_t mask, bool on)
{
	/* relaxed: no other hart writes. */
	uint64_t white = load_relaxed(&word->bits);

	store_relaxed(&word->bits, on ? white | mask : white & ~mask);
}

/*
 * Set or clear the alloc bits of n slots of s from slot i on.  Outside marking,
 * their white bits are set and cleared with them.  While marking, slots that
 * are set stay black, and slots that are cleared become black by an atomic
 * operation, because markers clear other bits of the word meanwhile.  Owner of
 * s.
 */
static void
set_alloc(struct span *s, uint64_t i, uint64_t n, bool on, bool marking)
{
	s->nalloc += (uint32_t)(on ? n : -n);
	while (n > 0) {
		unsigned lo = i % 64, hi = (unsigned)MIN(lo + n, 64UL);
		uint64_t mask = bits_range(lo, hi);
		/* relaxed: only the owner stores alloc.  Other harts clear
		 * white bits, but only while marking. */
		uint64_t alloc = load_relaxed(&s->alloc[i / 64].bits);

		alloc = on ? alloc | mask : alloc & ~mask;
		store_relaxed(&s->alloc[i / 64].bits, alloc);
		if (!marking)
			set_white(&s->white[i / 64], mask, on);
		else if (!on)
			and_relaxed(&s->white[i / 64].bits, ~mask);
		i += hi - lo;
		n -= hi - lo;
	}
}

/* Return the unused slots of run, and account for the used ones (RUN-5).  The
 * span stays with the run. */
static void
run_close(struct run *run)
{
	struct span *s = run->span;
	uint64_t used, left;

	if (s == NULL || run->lo == run->end)
		return;
	used = run_used(run);
	left = run->end - run->cur;
	if (left > 0) {
		set_alloc(s, span_index(s, run->cur),
		    sizeclass_index(left, s->recip), false, heap_marking());
		/* relaxed: sums. */
		add_relaxed(&heap.taken_bytes, -left);
	}
	add_relaxed(&centrals[s->bin].mallocs, used);
	add_relaxed(&heap.malloc_bytes, run->cur - run->lo);
	run->cur = run->lo = run->end;
	run->type = NULL;
}

void
run_retype(struct run *run, const struct gc_type *type)
{
	struct span *s = run->span;
	uint64_t i, n;

	run->type = type;					/* RUN-4 */
	if (s->noscan)
		return;
	i = span_index(s, run->cur);
	n = sizeclass_index(run->end - run->cur, s->recip);
	if (s->types == NULL)
		ptrmap_give(s, i, n, ptrmap_of_type(type, 0));
	else
		for (; n > 0; n--)
			slot_store((uintptr_t)&s->types[i++],
			    (uintptr_t)type);
}

/* Make the n slots of run's span from slot i on the new run. */
static void
run_take(struct run *run, uint64_t i, uint64_t n, const struct gc_type *type)
{
	struct span *s = run->span;
	uint64_t nbytes = n * s->size;

	/* A slot allocated while marking is black: it is zero, and all that is
	 * stored into it is black, or reachable without it (MARKER-1). */
	set_alloc(s, i, n, true, heap_marking() &&
	    !FAULT(gc_white_alloc));				/* RUN-2 */
	run->lo = run->cur = s->base + i * s->size;
	run->end = run->cur + nbytes;
	run->size = s->size;
	run->type = NULL;
	run->next = i + n;
	memset((void *)run->cur, 0, nbytes);			/* RUN-3 */
	if (type != NULL)
		run_retype(run, type);
	/* relaxed: sums; RUN-5. */
	add_relaxed(&heap.taken_bytes, nbytes);
	/* release: a hart that gets a pointer into the run, by whatever path,
	 * must see the map and the zeros.  Pairs with the address dependency
	 * from the pointer to those, which the architecture keeps (RVWMO, rule
	 * 9). */
	fence_release();
}

bool
local_refill(struct gc_local *local, size_t bin, const struct gc_type *type,
    bool beyond_limit)
{
	struct run *run = &local->runs[bin];

	ASSERT(run->cur == run->end);
	run_close(run);
	for (;;) {
		struct span *s = run->span;
		uint64_t i = run->next, n;

		if (s != NULL) {
			n = find_free(s, &i, gc_params.every != 0 ? 1 :
			    MAX(RUN_BYTES_MAX / s->size, 1UL));
			if (n > 0) {
				run_take(run, i, n, type);
				local->debt += run->end - run->cur;
				return true;
			}
			run->span = NULL;
			run->cur = run->end = run->lo = 0;
			central_put(s);
		}
		s = sweep_for(local, bin);
		if (s == NULL)
			s = pacer_new_span(bin, 0, beyond_limit);
		if (s == NULL)
			return false;
		run->span = s;
		run->next = 0;
		local->has_spans = true;
	}
}

/* Make the unused slots of run black (RUN-6), while other harts may be marking.
 * Returns how many bytes these slots are. */
static uint64_t
blacken(struct run *run)
{
	struct span *s = run->span;
	uint64_t i, n;

	if (s == NULL || run->cur == run->end)
		return 0;
	i = span_index(s, run->cur);
	n = sizeclass_index(run->end - run->cur, s->recip);
	while (n > 0) {
		unsigned lo = i % 64, hi = (unsigned)MIN(lo + n, 64UL);

		/* relaxed: the bits carry no data. */
		and_relaxed(&s->white[i / 64].bits, ~bits_range(lo, hi));
		i += hi - lo;
		n -= hi - lo;
	}
	return run->end - run->cur;
}

void
gc_local_sync(struct gc_local *local)
{
	/* relaxed: changes only with the world stopped. */
	uint32_t era = load_relaxed(&heap.era);
	uint64_t held = 0;

	if (local->era == era)
		return;
	local->debt = local->swept = 0;
	if (!heap_marking()) {
		gc_local_flush(local);
		local->era = era;
		return;
	}
	local->era = era;
	for (unsigned bin = 0; bin < BIN_COUNT && local->has_spans; bin++)
		held += blacken(&local->runs[bin]);
	if (held != 0)
		pacer_held_at_begin(held);
}

/* If local's runs are older than a change of the era that local has not
 * followed, tell the pacer how much local is about to return. */
static void
tell_pacer(const struct gc_local *local)
{
	/* relaxed: changes only with the world stopped. */
	uint32_t behind = load_relaxed(&heap.era) - local->era;
	uint64_t nbytes = 0;

	if (behind == 0 || !local->has_spans)
		return;
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		nbytes += local->runs[bin].end - local->runs[bin].cur;
	if (nbytes != 0)
		pacer_returns(nbytes, heap_marking() ? BEHIND_BEGIN :
		    behind == 1 ? BEHIND_END : BEHIND_BOTH);
}

void
gc_local_flush(struct gc_local *local)
{
	/* relaxed: changes only with the world stopped. */
	uint32_t gen = load_relaxed(&heap.sweepgen);

	tell_pacer(local);
	for (unsigned bin = 0; bin < BIN_COUNT && local->has_spans; bin++) {
		struct run *run = &local->runs[bin];
		struct span *s = run->span;

		if (s == NULL)
			continue;
		run_close(run);
		*run = (struct run){ 0 };
		if (s->sweepgen != gen && !sweep_span(s))
			continue;
		/* The span is not freed while marking, because a stale word may
		 * have led a marker to its record. */
		if (s->nalloc == 0 && !heap_marking())
			span_free(s);
		else
			central_put(s);
	}
	local->has_spans = false;
	gc_local_rest(local);
}

static void
flush_one(struct gc_local *local, void *unused)
{
	(void)unused;
	gc_local_flush(local);
}

void
local_flush_all_stw(void *unused)
{
	(void)unused;
	gc_host.each_local(flush_one, NULL);
}

void
local_check(struct gc_local *local)
{
	for (size_t i = 0; i < ARRAY_LEN(local->by_type); i++) {
		/* relaxed: world stopped, or owner. */
		struct run *run = load_relaxed(&local->by_type[i]);

		if (run < local->runs || run >= local->runs + BIN_COUNT)
			panic("gc: local %u: hint %zu leads to no run",
			    local->index, i);
	}
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		struct run *run = &local->runs[bin];
		struct span *s = run->span;

		if (s == NULL) {
			if (run->cur != run->end || run->type != NULL)
				panic("gc: RUN-1: local %u, bin %u: a run "
				    "without a span", local->index, bin);
			continue;
		}
		if (!local->has_spans)
			panic("gc: local %u, bin %u: a span nobody would flush",
			    local->index, bin);
		if (s->bin != bin || run->cur < run->lo ||
		    run->end < run->cur || (run->end != 0 &&
		    (run->lo < s->base || run->end > s->base + s->nslots *
		    s->size || (run->end - run->cur) % s->size != 0)))
			panic("gc: RUN-1: local %u, bin %u: run %lx..%lx..%lx "
			    "of span %lx", local->index, bin,
			    (unsigned long)run->lo, (unsigned long)run->cur,
			    (unsigned long)run->end, (unsigned long)s->base);
		for (uintptr_t p = run->lo; p < run->end; p += s->size)
			if (!span_allocated(s, span_index(s, p)))
				panic("gc: RUN-2: local %u, bin %u: slot %lx "
				    "of a run is free", local->index, bin,
				    (unsigned long)p);
		for (uintptr_t p = run->cur; p < run->end; p += 8)
			if (*(uint64_t *)p != 0)
				panic("gc: RUN-3: local %u, bin %u: fresh word "
				    "%lx is %lx: written after it was freed?",
				    local->index, bin, (unsigned long)p,
				    *(unsigned long *)p);
		for (uintptr_t p = run->cur; p < run->end && run->type != NULL
		    && !s->noscan; p += s->size)
			if (s->types != NULL ?
			    s->types[span_index(s, p)] != run->type :
			    ptrmap_get(s, p) != ptrmap_of_type(run->type, 0))
				panic("gc: RUN-4: local %u, bin %u: slot %lx "
				    "has a wrong map", local->index, bin,
				    (unsigned long)p);
	}
}
