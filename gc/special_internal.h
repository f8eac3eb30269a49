/*
 * special_internal.h - the records of special.h, for the files that share them:
 * special.c (the records, and what marking does with them), attach.c (attaching
 * and detaching), special_sweep.c (sweeping), errand.c (what is due), weak.c
 * (weak pointers), weak_table.c (weak handles by address).
 */
#pragma once

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/meta.h"
#include "gc/special.h"
#include "kernel/hart.h"
#include "kernel/spinlock.h"

enum special_kind {
	SPECIAL_FREE,
	SPECIAL_WEAK,
	SPECIAL_FINALIZER,
	SPECIAL_CLEANUP,
	SPECIAL_DUE_FINALIZER,	/* on the queue, like the next */
	SPECIAL_DUE_CLEANUP,
};

/* The parts of a tag, from the lowest bit on: the kind, whether the record
 * leads its group, and the number. */
enum {
	SPECIAL_KIND_MASK  = 7,
	SPECIAL_LEADS      = 8,
	SPECIAL_TAG_SHIFT  = 4,
};

/*
 * Field key:	[L] by special_lock	[l] stored under it, loaded by any
 */
struct special {
	struct special *next;		/* [L] next in its group; of a free
					 * record, or one that is due, next on
					 * that list */
	union {
		struct special *back;	/* [L] record before it in its group */
		struct special *lower;	/* [L] of a leader: next leader on the
					 * list of the span */
	};
	ATOMIC(uint64_t) tag;		/* [l] tag, see above */
	uintptr_t        ptr;		/* [L] address of, or in, the object */
	union {
		union gc_errand_fn fn;	/* [L] function to be run */
		struct special    *chain; /* [L] of a weak handle: next in its
					   * bucket (weak_table.c) */
	};
	void            *arg;		/* [L] argument of fn, or the handle */
};

_Static_assert(sizeof(struct special) == GC_CLEANUP_BYTES, "as gc.h says");

extern struct spinlock special_lock;	/* guards all records and lists */

INLINE enum special_kind
special_kind(const struct special *sp)
{
	/* relaxed: locked, or a hint. */
	return (enum special_kind)(load_relaxed(&sp->tag) & SPECIAL_KIND_MASK);
}

/* Return the number that sp got when it was attached, which no other record has
 * ever had.  Returns 0 if sp is free. */
INLINE uint64_t
special_number(const struct special *sp)
{
	/* relaxed: locked. */
	return load_relaxed(&sp->tag) >> SPECIAL_TAG_SHIFT;
}

INLINE bool
special_leads(const struct special *sp)
{
	/* relaxed: locked. */
	return (load_relaxed(&sp->tag) & SPECIAL_LEADS) != 0;
}

/* Return how many bytes the lists of s take. */
INLINE size_t
special_lists_bytes(const struct span *s)
{
	return meta_size((s->nslots / 64 + 1) * sizeof(struct special *));
}

/* Mark a value that a record held until now, as the barrier marks the old value
 * of a slot (MARKER-2). */
INLINE void
special_shade(const void *value)
{
	if (heap_marking())
		gc_shade(&this_hart()->gc->work, value);
}

/* The functions below are called with the lock held. */

/* Is sp a record at all?  sp can be read, but it comes from a program. */
bool special_is(const struct special *sp);

/* Make a slab of free records.  Returns false if there is no memory. */
bool special_slab_locked(void) MUST_USE;
extern struct special *special_spare;	/* [L] free records, by next */

/* Take a record for a new special.  Returns NULL if there is no memory. */
INLINE struct special *
special_new_locked(void)
{
	struct special *sp;

	if (UNLIKELY(special_spare == NULL) && !special_slab_locked())
		return NULL;
	sp = special_spare;
	special_spare = sp->next;
	return sp;
}

/* Make sp free, which is in no group any more. */
void special_free_locked(struct special *sp);

/* Take the leader at *link off its list.  If there is a next record in its
 * group, that record leads instead. */
INLINE void
special_unlead_locked(struct special **link)
{
	struct special *sp = *link, *next = sp->next;

	if (next == NULL) {
		*link = sp->lower;
		return;
	}
	next->lower = sp->lower;
	/* relaxed: locked. */
	store_relaxed(&next->tag, load_relaxed(&next->tag) | SPECIAL_LEADS);
	*link = next;
}

/* Put sp, which is in no group any more, at the end of the queue of what is
 * due, as a record of this kind. */
void special_queue_locked(struct special *sp, enum special_kind kind);

/* Return how many records are due.  With the lock held, or the world
 * stopped. */
size_t special_ndue(void);
