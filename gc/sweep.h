/*
 * sweep.h - freeing what a collection did not mark, span by span.
 */
#pragma once

#include "gc/span.h"

/* Free the objects of s that are white, and make the others so: s is swept, and
 * still the caller's, who must have got it from central_get_unswept. */
void sweep_span(struct span *s);

/*
 * A swept span of bin with free slots, now the caller's: one on the list, or
 * one of those that await sweeping.  NULL if none was found; to bound the
 * time, it does not look through very many.
 */
struct span *sweep_for(size_t bin);

/* Sweep whatever awaits it; on return every span is swept, also those that
 * other harts were busy with.  Any goroutine; or the world stopped. */
void sweep_all(void);

/* Start over: every span awaits sweeping.  World stopped, all swept. */
void sweep_begin_stw(void);
