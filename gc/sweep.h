/*
 * sweep.h - freeing what a collection did not mark, span by span.
 */
#pragma once

#include "gc/span.h"

struct gc_local;

/*
 * Free the objects of s that are white, and make the others so: then s is
 * swept, and still the caller's, who must have got it from central_get_unswept,
 * or have it in a run.  Returns false if so much is attached to objects of s
 * that it takes further turns: then s is not swept and not the caller's any
 * more.
 */
bool sweep_span(struct span *s) MUST_USE;

/* Call fn for each span that needs further turns.  World stopped. */
void sweep_each_begun(void (*fn)(struct span *s, void *arg), void *arg);

/*
 * A swept span of bin with free slots for local's P, now the caller's: one on
 * the list, or one of those that await sweeping.  NULL if none was found; to
 * bound the time, it does not look through very many.  The M that holds the P.
 */
struct span *sweep_for(struct gc_local *local, size_t bin);

/* Sweep for what local's P has taken.  The M that holds it, for a goroutine
 * that can collect, phase GC_OFF. */
void sweep_pay(struct gc_local *local);

/* Sweep whatever awaits it; on return every span is swept, also those that
 * other harts were busy with.  Any goroutine; or the world stopped. */
void sweep_all(void);

/* Start over: every span awaits sweeping.  World stopped, all swept, the pacer
 * knows when the next collection is due. */
void sweep_begin_stw(void);
