/*
 * local.h - the heap cache of one P: what makes an allocation a few
 * instructions without lock or atomic.
 *
 * Concepts.  For each bin the local owns one span and in it a *run*: slots
 * next to each other that are free, zeroed and already accounted for.  To
 * allocate is to move run->cur by one slot.
 *
 * Runs are *typed*.  The pointer map of a scanning run (or its types, if the
 * objects are larger than SIZECLASS_MAPPED) is filled for all its slots at
 * once, as if each held one object of run->type, the type whose allocation
 * fetched the run.  gc_new of that type need not touch the map at all; others
 * write their own over it, slot by slot.  Programs tend to make many objects
 * of one type in a row, so the guess is mostly right, and a wrong one costs
 * what there would be to do anyway.
 *
 * To find the run for a type takes its class, and so a table; the hints shorten
 * that: by_type[] says in which run an object of a type that hashes there was
 * made last.  A hint may be wrong; run->type tells.
 *
 * The hints are also how a goroutine is *recalled* that allocates while its P
 * is wanted: whoever wants it takes all hints away, and with short_bytes the
 * short way of gc_new_bytes, and the other ways poll.  So does the interrupt
 * that finds a goroutine in the runtime's text, where it cannot be preempted.
 * A hint that is put back just then is a recall missed; the next interrupt
 * tries again.  Nothing is added to the short ways (a load to gc_new_bytes'),
 * and who allocates gives way sooner than an interrupt reaches him.  (Go asks
 * goroutines to give way by a stack bound that no stack keeps, stackPreempt;
 * functions of C do not look at theirs.)
 *
 *	RUN-1	run->lo <= cur <= end lie in run->span, which the local owns
 *		(SPAN-5); cur .. end is a whole number of slots.
 *	RUN-2	The slots lo .. end have their alloc bits set (and their white
 *		bits, unless the run was taken while marking), so no other run
 *		gets them.
 *	RUN-3	cur .. end is zero.
 *	RUN-4	If run->type is not NULL, the maps, or types, of cur .. end say
 *		one object of it each.
 *	RUN-5	heap.taken_bytes counts the slots of a run when the run is
 *		fetched.  When it is returned the unused slots are taken off
 *		again, and the used ones are added to the mallocs of its
 *		central.  If the era has changed in between, the pacer is told
 *		first (pacer_returns).
 *
 * The rest of a run counts as allocated while the run lasts.  That is harmless:
 * a word that happens to point there finds a zeroed object.
 *
 * When marking begins, and when it ends, heap.era changes, and each P follows
 * before it runs another goroutine (gc_local_sync): at the beginning it makes
 * the rest of its runs black, for what is allocated while marking is born so;
 * at the end it returns its runs, and sweeps their spans, which are on no list
 * for others to find.
 *
 *	RUN-6	While marking, in a local that is in the heap's era, what is
 *		between cur and end is black.
 */
#pragma once

#include "gc/gc.h"
#include "gc/span.h"
#include "gc/work.h"

/*
 * Field key:	[o] the P's hart only; anybody with the world stopped
 *		[a] stored by that hart, and by gc_recall; loaded by that hart
 */
struct run {
	uintptr_t             cur;	/* [o] next slot to hand out */
	uintptr_t             end;	/* [o] the first byte after the run */
	const struct gc_type *type;	/* [o] RUN-4, or NULL */
	uint64_t              size;	/* [o] of a slot */
	struct span          *span;	/* [o] or NULL: then cur == end */
	uintptr_t             lo;	/* [o] where the run began */
	uint64_t              next;	/* [o] slot of span to look on from */
} OWN_LINE;

struct gc_local {
	ATOMIC(struct run *) by_type[64]; /* [a] never NULL; see local_hint */
	ATOMIC(uint64_t) short_bytes;	/* [a] up to here gc_new_bytes goes the
					 * short way: SIZECLASS_FINE, or 0 for
					 * who is recalled */
	struct run     runs[BIN_COUNT];	/* [o] */
	struct gc_work work;		/* [o] what the barrier shaded, and what
					 * is marked on this P */
	uint64_t       debt;		/* [o] bytes taken, not paid for */
	uint64_t       swept;		/* [o] bytes swept, to pay for it */
	uint32_t       era;		/* [o] heap.era that it has followed */
	bool           polls_soon;	/* [o] a goroutine marks to pay; then
					 * it calls gc_host.poll */
	bool           has_spans;	/* [o] false: no run has a span, so that
					 * flushing an idle P is cheap */
	uint32_t       index;		/* [I] the P's number, for messages */
} OWN_LINE;

/* Which hint is for type.  Descriptors are 64 bytes, so neighbours get
 * different ones. */
INLINE size_t
hint_of(const struct gc_type *type)
{
	return ((uintptr_t)type >> 6) %
	    ARRAY_LEN(((struct gc_local *)0)->by_type);
}

/* The run that the hint for type names. */
INLINE struct run *
local_hint(const struct gc_local *local, const struct gc_type *type)
{
	/* relaxed: a hint, here and below. */
	return load_relaxed(&local->by_type[hint_of(type)]);
}

INLINE void
local_set_hint(struct gc_local *local, const struct gc_type *type,
    struct run *run)
{
	store_relaxed(&local->by_type[hint_of(type)], run);
}

/* What a hint names that there is none: bin 0 is for large objects, which need
 * no run, so this one is empty and of no type. */
INLINE struct run *
local_no_hint(struct gc_local *local)
{
	return &local->runs[0];
}

/*
 * Fetch a new run for bin, whose old one is used up.  type is what each slot
 * will hold, or NULL if that is not known.  False if no slot is to be had at
 * all, or, unless beyond_limit, within the memory limit.  Owner.
 */
bool local_refill(struct gc_local *local, size_t bin,
    const struct gc_type *type, bool beyond_limit) MUST_USE;

/* Make the rest of a run, which is not empty, one of type, of one object a
 * slot.  Owner. */
void run_retype(struct run *run, const struct gc_type *type);

/* gc_local_flush of every P's.  World stopped, on the system stack. */
void local_flush_all_stw(void *unused);

/* RUN-1 to RUN-4 of every run; panics.  World stopped, or owner. */
void local_check(struct gc_local *local);

/* The objects and bytes that run has handed out.  Owner. */
INLINE uint64_t
run_used(const struct run *run)
{
	return run->span == NULL ? 0 :
	    sizeclass_index(run->cur - run->lo, run->span->recip);
}
