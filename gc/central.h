/*
 * central.h - the spans of each bin that nobody is allocating from.
 *
 * Per bin there are four lists: swept or not, with free slots or full.  Which
 * pair is the swept one goes by the parity of heap.sweepgen, so one increment,
 * with the world stopped, turns every swept span into one that awaits
 * sweeping; for that each unswept list must be empty by then, which is why a
 * collection begins by finishing the sweep of the last.
 *
 * A span is pushed and popped, never taken from the middle: so the lists are
 * singly linked, and whoever popped a span owns it (SPAN-5).
 */
#pragma once

#include "gc/span.h"
#include "kernel/spinlock.h"

/* A list of spans through span->next. */
struct span_list {
	ATOMIC(struct span *) head;	/* stored under the central's lock,
					 * peeked at without */
};

/*
 * Field key:	[L] by lock	[a] atomic, relaxed: sums from boot on
 */
struct central {
	struct spinlock  lock;
	struct span_list partial[2];	/* [L] by sweepgen's parity */
	struct span_list full[2];	/* [L] large spans too */
	ATOMIC(uint64_t) mallocs;	/* [a] objects, runs in use left out */
	ATOMIC(uint64_t) frees;		/* [a] objects */
} OWN_LINE;

extern struct central centrals[BIN_COUNT];

/* Make the lists.  gc_init, once. */
void         central_init(void);

/* Objects ever made, those of runs in use left out, and ever freed, of all
 * bins.  Any hart; exact with the world stopped. */
void         central_count(uint64_t *mallocs, uint64_t *frees);

/* List s, which is swept and which the caller owned until now. */
void         central_put(struct span *s);

/* A swept span of bin with free slots, now the caller's; NULL if there is
 * none. */
struct span *central_get_swept(size_t bin);

/* A span of bin that the caller must sweep and then put or free, those with
 * free slots first; NULL if none is left. */
struct span *central_get_unswept(size_t bin);
