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
#include "lib/bits.h"
#include "lib/compiler.h"

/* A white object, as a value leads to it. */
struct white {
	struct span *span;
	struct span *at;		/* its white bit is in at->white[0], */
	uint64_t     bit;		/* this one */
	uintptr_t    base;		/* of the span */
	uint64_t     i;			/* which one of its objects */
};

/* Does v point into a white object?  Then that is in *at.  table is a copy of
 * span_table in registers.  The innermost function of the collector. */
INLINE bool
leads_to_white(const struct span_table *table, uintptr_t v, struct white *at)
{
	struct span *s;
	uintptr_t    off = v - table->lo;

	/* Half of all words are no pointers; say more, or the compiler prepares
	 * for an object before the test. */
	if (__builtin_expect_with_probability(off >= table->len, 1, 0.7))
		return false;
	/* dependent: with span_new.  A page without a span leads to one without
	 * objects, which the test of white below takes care of. */
	s = at->span = load_dependent(&table->first[off >> PAGE_SHIFT].span);
	at->base = s->base;
	at->i = sizeclass_index(v - at->base, s->recip);
	at->at = span_at_white(s, at->i);
	at->bit = 1ULL << (at->i % 64);
	/* relaxed: a first guess.  White bits appear under us only outside
	 * marking: what is allocated while marking is born black. */
	return (load_relaxed(&at->at->white[0].bits) & at->bit) != 0;
}

/* Mark it; false if somebody else was faster. */
INLINE bool
white_take(const struct white *at)
{
	/* relaxed: the bit carries no data; grey objects go by work.lock. */
	return (and_relaxed(&at->at->white[0].bits, ~at->bit) & at->bit) != 0;
}

/* Where it begins. */
INLINE uintptr_t
white_begins(const struct white *at)
{
	return at->base + at->i * at->span->size;
}

/*
 * What a marker has marked of the 64 objects that share a word of bits, without
 * an atomic operation for each: their bits are still white for others, until he
 * publishes.  Concepts in mark.c.  To begin with, all zero.
 */
struct claims {
	struct span *at;		/* as in struct white, or NULL */
	struct span *span;		/* whose it is, if mask is not 0 */
	uint64_t     mask;		/* bits of it, claimed */
};

/* The claims become marks.  What somebody else has marked meanwhile he has
 * counted, too: that is taken off *marked. */
INLINE void
claims_publish(struct claims *c, uint64_t *marked)
{
	uint64_t twice;

	if (c->mask == 0)
		return;
	/* relaxed: as in white_take. */
	twice = c->mask & ~and_relaxed(&c->at->white[0].bits, ~c->mask);
	c->mask = 0;
	if (UNLIKELY(twice != 0))
		*marked -= bits_count(twice) * c->span->size;
}

/*
 * If v points into an object that is white, and not claimed, mark or claim it;
 * true if that holds pointers and is to be scanned: then its beginning is in
 * *obj and its span in *span.  *marked counts bytes.
 */
INLINE bool
claim_new(const struct span_table *table, struct claims *c, uint64_t *marked,
    uintptr_t v, uintptr_t *obj, struct span **span)
{
	struct white at;

	if (!leads_to_white(table, v, &at))
		return false;
	if (at.at == c->at) {
		if (c->mask & at.bit)
			return false;
		c->mask |= at.bit;
	} else {
		claims_publish(c, marked);
		c->at = at.at;
		c->span = at.span;
		if (!white_take(&at))
			return false;
	}
	*marked += at.span->size;
	*obj = white_begins(&at);
	*span = at.span;
	return !at.span->noscan;
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

/* The white object at at: mark it, and make it grey if it holds pointers. */
INLINE void
mark_white(struct gc_work *w, struct greys *g, uint64_t *marked,
    const struct white *at)
{
	if (!white_take(at))
		return;
	*marked += at->span->size;
	if (!at->span->noscan)
		make_grey(w, g, white_begins(at));
}

/* If v points into a white object, mark it, and make it grey if it holds
 * pointers. */
INLINE void
mark_value(struct gc_work *w, const struct span_table *table, struct greys *g,
    uint64_t *marked, uintptr_t v)
{
	struct white at;

	if (leads_to_white(table, v, &at))
		mark_white(w, g, marked, &at);
}

/*
 * Words of stacks and of saved registers.  A program has a pointer into each
 * object that it uses, or one past its end: of the object x of n elements that
 * it is about to walk backwards a compiler may keep &x[n] alone, and address
 * the last by -8(a3).  (gcc does, rarely; and a goroutine may be preempted at
 * any instruction.)  If the object fills its slot, that is the address of the
 * next.  So such a word leads to the objects of v and of v - 1.  They differ
 * only if v is where a slot begins; then the one before is in the same span,
 * or, if v is where a page begins, perhaps in another.
 *
 * Words in the heap, in root blocks, and those that go through the barrier are
 * what the program has stored as pointers to objects; for them mark_value does.
 */

/* The copy of the span table for mark_ambiguous: it has the page behind the
 * last one, too. */
INLINE struct span_table
table_for_ambiguous(void)
{
	struct span_table table = span_table;

	table.len++;
	return table;
}

/* mark_value for v and for v - 1. */
INLINE void
mark_ambiguous(struct gc_work *w, const struct span_table *table,
    struct greys *g, uint64_t *marked, uintptr_t v)
{
	struct white at;

	if (__builtin_expect_with_probability(v - table->lo >= table->len, 1,
	    0.7))
		return;
	if (leads_to_white(table, v, &at))
		mark_white(w, g, marked, &at);
	if (v % PAGE_SIZE == 0) {
		mark_value(w, table, g, marked, v - 1);
	} else if (v == white_begins(&at)) {
		/* Not slot 0: the first slot of a span begins a page. */
		at.i--;
		at.at = span_at_white(at.span, at.i);
		at.bit = 1ULL << (at.i % 64);
		/* relaxed: as in leads_to_white. */
		if (load_relaxed(&at.at->white[0].bits) & at.bit)
			mark_white(w, g, marked, &at);
	}
}
