/*
 * local.h - the heap cache of one P.  It makes an allocation a few
 * instructions, without a lock or an atomic operation.
 *
 * Concepts.  For each bin the local owns one span and in it a *run*:
 * neighbouring slots that are free, zeroed and already accounted for.  To
 * allocate is to move run->cur by one slot.
 *
 * Runs are *typed*.  The pointer map of a scanning run (or its types, if the
 * objects are larger than SIZECLASS_MAPPED) is filled for all its slots at
 * once, as if each slot held one object of run->type, the type whose allocation
 * fetched the run.  gc_new of that type need not touch the map at all;
 * allocations of other types write their own maps over it, slot by slot.
 * Programs tend to make many objects of one type in a row, so the guess is
 * mostly right, and a wrong guess costs only the writing that would be needed
 * anyway.
 *
 * To find the run for a type takes its size class, and so a look into a table.
 * The hints are a shorter way: by_type[] says in which run an object of a type
 * with this hash was made last.  A hint may be wrong; a comparison with
 * run->type tells.
 *
 * The hints also serve to *recall* a goroutine that allocates while its P is
 * wanted.  The hart that wants the P takes all hints away, and with short_bytes
 * the short way of gc_new_bytes; the longer ways poll.  The interrupt that
 * finds a goroutine in the runtime's text, where the goroutine cannot be
 * preempted, recalls it too.  If the goroutine puts a hint back at that very
 * moment, the recall is missed, and the next interrupt tries again.  Recalling
 * adds nothing to the short way of gc_new and one load to that of gc_new_bytes,
 * and a goroutine that allocates gives way sooner than an interrupt would reach
 * it.  (Go asks goroutines to give way by a stack bound that no stack keeps,
 * stackPreempt; functions of C do not check a stack bound.)
 *
 *	RUN-1	run->lo <= cur <= end lie in run->span, which the local owns
 *		(SPAN-5); cur .. end is a whole number of slots.
 *	RUN-2	The slots lo .. end have their alloc bits set (and their white
 *		bits, unless the run was taken while marking), so no other run
 *		gets them.
 *	RUN-3	cur .. end is zero.
 *	RUN-4	If run->type is not NULL, the maps, or types, of the slots
 *		cur .. end say that each slot holds one object of run->type.
 *	RUN-5	heap.taken_bytes counts the slots of a run when the run is
 *		fetched.  When the run is returned, its unused slots are
 *		subtracted again, and its used ones are added to the mallocs of
 *		its central.  If the era has changed in between, the pacer is
 *		told first (pacer_returns).
 *
 * The unused slots of a run count as allocated while the run lasts.  That is
 * harmless: a word that happens to point there finds a zeroed object.
 *
 * When marking begins, and when it ends, heap.era changes, and each P follows
 * the change before it runs another goroutine (gc_local_sync).  When marking
 * begins the P makes the unused slots of its runs black, because objects that
 * are allocated while marking are born black.  When marking ends the P returns
 * its runs and sweeps their spans, because these spans are on no list where
 * others could find them.
 *
 *	RUN-6	While marking, in a local that is in the heap's era, the slots
 *		between cur and end are black.
 */
#pragma once

#include "gc/gc.h"
#include "gc/span.h"
#include "gc/work.h"

/*
 * Field key:	[o] the P's hart only; any hart with the world stopped
 *		[a] stored by that hart, and by gc_recall; loaded by that hart
 */
struct run {
	uintptr_t             cur;	/* [o] next slot to hand out */
	uintptr_t             end;	/* [o] the first byte after the run */
	const struct gc_type *type;	/* [o] RUN-4, or NULL */
	uint64_t              size;	/* [o] of a slot */
	struct span          *span;	/* [o] or NULL: then cur == end */
	uintptr_t             lo;	/* [o] where the run began */
	uint64_t              next;	/* [o] slot to search from */
} OWN_LINE;

struct gc_local {
	ATOMIC(struct run *) by_type[64]; /* [a] never NULL; see local_hint */
	ATOMIC(uint64_t) short_bytes;	/* [a] gc_new_bytes goes the short way
					 * up to here: SIZECLASS_FINE, or 0 for
					 * a goroutine that is recalled */
	struct run     runs[BIN_COUNT];	/* [o] */
	struct gc_work work;		/* [o] what the barrier shaded, and what
					 * is marked on this P */
	uint64_t       debt;		/* [o] bytes taken, not yet paid for */
	uint64_t       swept;		/* [o] bytes swept to pay for that */
	uint32_t       era;		/* [o] heap.era that it has followed */
	bool           polls_soon;	/* [o] a goroutine marks to pay, and
					 * then calls gc_host.poll */
	bool           has_spans;	/* [o] false: no run has a span, so to
					 * flush an idle P is cheap */
	uint32_t       index;		/* [I] the P's number, for messages */
} OWN_LINE;

/* Return the index of the hint for type.  Descriptors are 64 bytes, so
 * neighbouring descriptors have different hints. */
INLINE size_t
hint_of(const struct gc_type *type)
{
	return ((uintptr_t)type >> 6) %
	    ARRAY_LEN(((struct gc_local *)0)->by_type);
}

/* Return the run that the hint for type names. */
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

/* Return the empty run that a hint names when there is no hint.  It is the run
 * of bin 0, which is for large objects; they need no run, so this run is always
 * empty and of no type. */
INLINE struct run *
local_no_hint(struct gc_local *local)
{
	return &local->runs[0];
}

/*
 * Fetch a new run for bin, whose old run is used up.  type is the type of the
 * object that each slot will hold, or NULL if it is not known.  Returns false
 * if no slot can be had at all, or, unless beyond_limit is set, none within the
 * memory limit.  Owner.
 */
bool local_refill(struct gc_local *local, size_t bin,
    const struct gc_type *type, bool beyond_limit) MUST_USE;

/* Set the type of the unused slots of run to type, one object a slot.  There
 * must be unused slots.  Owner. */
void run_retype(struct run *run, const struct gc_type *type);

/* Flush the gc_local of every P (gc_local_flush).  World stopped, on the system
 * stack. */
void local_flush_all_stw(void *unused);

/* Check RUN-1 to RUN-4 of every run of local.  Panics at the first that does
 * not hold.  World stopped, or owner. */
void local_check(struct gc_local *local);

/* Return how many objects run has handed out.  Owner. */
INLINE uint64_t
run_used(const struct run *run)
{
	return run->span == NULL ? 0 :
	    sizeclass_index(run->cur - run->lo, run->span->recip);
}
