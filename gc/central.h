/*
 * central.h - the spans of each bin from which no P is allocating.
 *
 * Each bin has four lists: of swept and of unswept spans, and of each kind
 * those with free slots and those that are full.  The parity of heap.sweepgen
 * tells which pair of lists is the swept one.  So one increment, with the world
 * stopped, turns every swept span into one that awaits sweeping.  Every unswept
 * list must be empty at that moment, which is why a collection begins by
 * finishing the sweep of the one before.
 *
 * Spans are pushed and popped at the head, and never taken from the middle.  So
 * the lists are singly linked, and whoever popped a span owns it (SPAN-5).
 */
#pragma once

#include "gc/span.h"
#include "kernel/spinlock.h"

/* A list of spans through span->next. */
struct span_list {
	ATOMIC(struct span *) head;	/* stored under the central's lock; may
					 * be peeked at without the lock */
};

/*
 * Field key:	[L] by lock	[a] atomic, relaxed: sums from boot on
 */
struct central {
	struct spinlock  lock;
	struct span_list partial[2];	/* [L] indexed by sweepgen's parity */
	struct span_list full[2];	/* [L] likewise; large spans too */
	ATOMIC(uint64_t) mallocs;	/* [a] objects, without runs in use */
	ATOMIC(uint64_t) frees;		/* [a] objects */
} OWN_LINE;

extern struct central centrals[BIN_COUNT];

/* Make the lists.  gc_init, once. */
void         central_init(void);

/* Return in *mallocs how many objects have ever been made, without those of
 * runs in use, and in *frees how many have ever been freed, both for all bins
 * together.  Any hart; the numbers are exact with the world stopped. */
void         central_count(uint64_t *mallocs, uint64_t *frees);

/* Put s on the right list.  s is swept, and the caller gives up its
 * ownership. */
void         central_put(struct span *s);

/* Take a swept span of bin that has free slots.  The caller then owns it.
 * Returns NULL if there is none. */
struct span *central_get_swept(size_t bin);

/* Take an unswept span of bin, one with free slots if there is one.  The caller
 * must sweep the span and then put or free it.  Returns NULL if none is
 * left. */
struct span *central_get_unswept(size_t bin);
