/*
 * sweep.h - free what a collection did not mark, span by span.
 */
#pragma once

#include "gc/span.h"

struct gc_local;

/*
 * Free the white objects of s, and make the others white.  The caller has got s
 * from central_get_unswept, or has it in a run.  Returns true if s is swept
 * then; it is still the caller's.  Returns false if so much is attached to
 * objects of s that further turns are needed; then s is not swept, and no
 * longer the caller's.
 */
bool sweep_span(struct span *s) MUST_USE;

/* Call fn for each span that needs further turns.  World stopped. */
void sweep_each_begun(void (*fn)(struct span *s, void *arg), void *arg);

/*
 * Find a swept span of bin with free slots for local's P: one on the list, or
 * else one that awaits sweeping.  The caller then owns it.  Returns NULL if
 * none was found; to bound the time, not very many spans are tried.  The M that
 * holds the P.
 */
struct span *sweep_for(struct gc_local *local, size_t bin);

/* Sweep as much as local's P owes for what it has taken.  The M that holds the
 * P, for a goroutine that can collect, phase GC_OFF. */
void sweep_pay(struct gc_local *local);

/* Sweep all spans that await sweeping.  When it returns every span is swept,
 * also those that other harts were sweeping.  Any goroutine; or with the world
 * stopped. */
void sweep_all(void);

/* Make every span await sweeping.  World stopped; all spans are swept, and the
 * pacer knows when the next collection is due. */
void sweep_begin_stw(void);
