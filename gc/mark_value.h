/*
 * mark_value.h - from a value to its object: marking one word.
 *
 * Inline, for the loops over words: who has a loop has the span table, the
 * window on his grey objects, and a count of marked bytes in registers.
 */
#pragma once

#include "gc/sizeclass.h"
#include "gc/span.h"
#include "gc/work.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/*
 * If v points into a white object, mark it; true if that holds pointers and is
 * to be scanned: then its beginning is in *obj.  *span is the span that v leads
 * to, if any.  table is a copy of span_table in registers; *marked counts
 * bytes.  The innermost function of the collector.
 */
INLINE bool
mark_new(const struct span_table *table, uint64_t *marked, uintptr_t v,
    uintptr_t *obj, struct span **span)
{
	struct span      *s;
	struct span_word *white;
	uintptr_t         base, off = v - table->lo;
	uint64_t          i, bit;

	/* Half of all words are no pointers; say more, or the compiler prepares
	 * for an object before the test. */
	if (__builtin_expect_with_probability(off >= table->len, 1, 0.7))
		return false;
	/* dependent: with span_new.  A page without a span leads to one without
	 * objects, which the test of white below takes care of. */
	s = *span = load_dependent(&table->first[off >> PAGE_SHIFT].span);
	base = s->base;
	i = sizeclass_index(v - base, s->recip);
	white = span_white_word(s, i);
	bit = 1ULL << (i % 64);
	/* relaxed: a first guess.  White bits appear under us only outside
	 * marking: what is allocated while marking is born black. */
	if ((load_relaxed(&white->bits) & bit) == 0)
		return false;
	/* relaxed: the bit carries no data; grey objects go by work.lock. */
	if ((and_relaxed(&white->bits, ~bit) & bit) == 0)
		return false;
	*marked += s->size;
	*obj = base + i * s->size;
	return !s->noscan;
}

/* obj, marked just now, is grey; g is the open window of w, in registers. */
INLINE void
make_grey(struct gc_work *w, struct greys *g, uintptr_t obj)
{
	if (LIKELY(g->top != g->hi)) {
		*g->top++ = obj;
		return;
	}
	work_return(w, g);
	work_put_slow(w, obj);
	*g = w->greys;
}

/* If v points into a white object, mark it, and make it grey if it holds
 * pointers. */
INLINE void
mark_value(struct gc_work *w, const struct span_table *table, struct greys *g,
    uint64_t *marked, uintptr_t v)
{
	struct span *s;
	uintptr_t    obj;

	if (mark_new(table, marked, v, &obj, &s))
		make_grey(w, g, obj);
}
