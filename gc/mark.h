/*
 * mark.h - finding what is alive.
 */
#pragma once

#include "gc/work.h"
#include "lib/compiler.h"

/* What a marking found. */
struct mark_result {
	uint64_t live_bytes;	/* of slots marked */
	uint64_t stack_bytes;	/* scanned conservatively */
	uint64_t root_bytes;	/* root blocks */
	unsigned nworkers;
};

/* When draining is enough: both are looked at every few microseconds. */
struct mark_limit {
	nanos_t  until;		/* an instant */
	uint64_t marked_bytes;	/* w->marked_bytes has come to that */
	bool     share;		/* there are harts that may want a part */
};

/* Scan grey objects until neither w nor the shared list has any: true; or until
 * limit, if there is one: false.  Owner of w, phase GC_MARK. */
bool mark_drain(struct gc_work *w, const struct mark_limit *limit);

/* Mark all that the object at base refers to, but not the object.  As above. */
void mark_children(struct gc_work *w, uintptr_t base);

/* Mark what the words from lo to hi lead to; or, of those, the words at base
 * whose bit is set in map; or those that are pointers, from .. to - 1, of the
 * object at base in s, a span with types.  As above. */
void mark_words(struct gc_work *w, uintptr_t lo, uintptr_t hi);
void mark_map(struct gc_work *w, uintptr_t base, uint64_t map, uintptr_t lo,
    uintptr_t hi);
struct span;
void mark_typed(struct gc_work *w, struct span *s, uintptr_t base, size_t from,
    size_t to);

/* Mark everything that is reachable, on up to max_workers harts.  World
 * stopped, phase GC_MARK, no span unswept, all marks clear; on the system
 * stack. */
void mark_all_stw(unsigned max_workers, struct mark_result *result);

/* Workers of mark_all_stw that have nothing to do.  [a] */
extern struct mark_workers {
	ATOMIC(uint32_t) idle;
} mark_workers;

/* Scan, with w, what is grey anywhere, and what was dropped for want of a
 * buffer (WORK-2).  World stopped. */
void mark_rest_stw(struct gc_work *w);

/* Add w's counters to result and clear them.  False: since the last time w has
 * greyed and scanned nothing, and it holds nothing.  Owner of w, or its P at a
 * safe point. */
bool mark_harvest(struct gc_work *w, struct mark_result *result);
