/*
 * special_internal.h - the records of special.h, for the files that share them:
 * special.c, attach.c (who attaches), errand.c (what is due), weak.c.
 */
#pragma once

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/special.h"
#include "kernel/hart.h"
#include "kernel/spinlock.h"

enum special_kind {
	SPECIAL_FREE,
	SPECIAL_WEAK,
	SPECIAL_FINALIZER,
	SPECIAL_CLEANUP,
	SPECIAL_DUE_FINALIZER,	/* on the queue */
	SPECIAL_DUE_CLEANUP,
};

/*
 * Field key:	[L] by special_lock	[l] stored under it, loaded by any
 */
struct special {
	struct special  *next;		/* [L] on its list */
	ATOMIC(uint32_t) kind;		/* [l] enum special_kind */
	uint64_t         number;	/* [L] its own; new at each use */
	uintptr_t        ptr;		/* [L] the object, or into it */
	union gc_errand_fn fn;		/* [L] to be run */
	void            *arg;		/* [L] of fn, or the handle */
};

_Static_assert(sizeof(struct special) == GC_CLEANUP_BYTES, "as gc.h says");

extern struct spinlock special_lock;	/* guards all of this */

INLINE enum special_kind
special_kind(const struct special *sp)
{
	/* relaxed: locked, or a hint. */
	return (enum special_kind)load_relaxed(&sp->kind);
}

INLINE void
special_set_kind(struct special *sp, enum special_kind kind)
{
	/* relaxed: locked. */
	store_relaxed(&sp->kind, kind);
}

/* What was taken out of a record is as a slot overwritten: MARKER-2. */
INLINE void
special_shade(const void *value)
{
	if (heap_marking())
		gc_shade(&this_hart()->gc->work, value);
}

/* All with the lock held: */

/* The special of that kind of just that address of s; *link leads to it. */
struct special *special_find_locked(const struct span *s, uintptr_t ptr,
    enum special_kind kind, struct special ***link);

/* Where the specials of the object at ptr, of s, are listed. */
struct special **special_list_locked(const struct span *s, uintptr_t ptr);

/* A new special of the object at ptr; NULL without memory. */
struct special *special_attach_locked(enum special_kind kind, uintptr_t ptr,
    void *arg);

/* sp, which is on no list any more, is free. */
void special_free_locked(struct special *sp);

/* sp, which is on no list any more, is due, as one of that kind. */
void special_queue_locked(struct special *sp, enum special_kind kind);

/* How many are due.  Or world stopped. */
size_t special_ndue(void);
