/*
 * mark.h - find what is alive.
 */
#pragma once

#include "gc/work.h"
#include "lib/compiler.h"

/* What a marking found. */
struct mark_result {
	uint64_t live_bytes;	/* of slots marked */
	uint64_t stack_bytes;	/* of stacks, scanned conservatively */
	uint64_t root_bytes;	/* of root blocks, scanned */
	unsigned nworkers;
};

/* When draining is enough.  The limit is checked every few microseconds. */
struct mark_limit {
	nanos_t  until;		/* the clock has come to this */
	uint64_t marked_bytes;	/* w->marked_bytes has come to this */
	bool     share;		/* no limit: other harts may want a part of the
				 * grey objects */
};

/* Scan grey objects until there are none, neither in w nor on the shared list,
 * or, if limit is not NULL, until limit is reached or the hart is wanted
 * (gc_host.wanted).  Returns true if there are no grey objects left, false if
 * it stopped before.  Owner of w, while marking. */
bool mark_drain(struct gc_work *w, const struct mark_limit *limit);

/* Mark all that the object at base refers to, but not the object itself.  Owner
 * of w, while marking. */
void mark_children(struct gc_work *w, uintptr_t base);

/* Mark the objects that some words lead to.  mark_words takes all words from lo
 * to hi.  mark_map takes the words at base whose bit is set in map, of those
 * only the ones between lo and hi.  mark_typed takes the pointers in the bytes
 * from .. to - 1 of the object at base in s, a span with types; the type of the
 * object is repeated as often as the slot holds it.  Owner of w, while
 * marking. */
void mark_words(struct gc_work *w, uintptr_t lo, uintptr_t hi);
void mark_map(struct gc_work *w, uintptr_t base, uint64_t map, uintptr_t lo,
    uintptr_t hi);
struct span;
void mark_typed(struct gc_work *w, struct span *s, uintptr_t base, size_t from,
    size_t to);

/* Mark everything that is reachable, on up to max_workers harts, and put into
 * *result what was found.  World stopped, phase GC_MARK_STOPPED, no span
 * unswept, all marks clear; on the system stack. */
void mark_all_stw(unsigned max_workers, struct mark_result *result);

/* [a] The number of workers of mark_all_stw that have nothing to do. */
extern struct mark_workers {
	ATOMIC(uint32_t) idle;
} mark_workers;

/* Scan, with w, all grey objects that there are anywhere, and those that were
 * dropped for want of a buffer (WORK-2).  World stopped. */
void mark_rest_stw(struct gc_work *w);

/* Add w's counters to *result and clear them.  Returns false if w has greyed
 * and scanned nothing since the last call, and holds nothing.  Owner of w, or
 * with its P at a safe point. */
bool mark_harvest(struct gc_work *w, struct mark_result *result);
