/*
 * mark_value.h - from a value to its object: marking one word.
 *
 * These functions are inline for the sake of the loops over words.  Such a loop
 * keeps the span table, the window on its grey objects, and a count of marked
 * bytes in registers.
 */
#pragma once

#include "gc/sizeclass.h"
#include "gc/span.h"
#include "gc/work.h"
#include "lib/atomic.h"
#include "lib/bits.h"
#include "lib/compiler.h"

/* A white object to which a value leads. */
struct white {
	struct span *span;
	struct span *at;		/* its white bit is in at->white[0] */
	uint64_t     bit;		/* this bit there */
	uintptr_t    base;		/* of the span */
	uint64_t     i;			/* the number of its slot */
};

/* Does v point into a white object?  If so, puts the object into *at.  table is
 * a copy of span_table in registers.  This is the innermost function of the
 * collector. */
INLINE bool
leads_to_white(const struct span_table *table, uintptr_t v, struct white *at)
{
	struct span *s;
	uintptr_t    off = v - table->lo;

	/* Half of all words are no pointers.  Claim more than a half here:
	 * otherwise the compiler prepares for an object before the test. */
	if (__builtin_expect_with_probability(off >= table->len, 1, 0.7))
		return false;
	/* dependent: with span_new.  A page without a span leads to span_none,
	 * which has no objects; the test of white below takes care of it. */
	s = at->span = load_dependent(&table->first[off >> PAGE_SHIFT].span);
	at->base = s->base;
	at->i = sizeclass_index(v - at->base, s->recip);
	at->at = span_at_white(s, at->i);
	at->bit = 1ULL << (at->i % 64);
	/* relaxed: a first guess.  Other harts set white bits only outside
	 * marking: what is allocated while marking is born black. */
	return (load_relaxed(&at->at->white[0].bits) & at->bit) != 0;
}

/* Mark the object at at.  Returns false if another marker was faster. */
INLINE bool
white_take(const struct white *at)
{
	/* relaxed: the bit carries no data; grey objects pass by work.lock. */
	return (and_relaxed(&at->at->white[0].bits, ~at->bit) & at->bit) != 0;
}

/* Return the address at which the object at at begins. */
INLINE uintptr_t
white_begins(const struct white *at)
{
	return at->base + at->i * at->span->size;
}

/*
 * The objects that a marker has claimed among the 64 that share a word of bits.
 * Claiming takes no atomic operation for each object; for other markers their
 * bits are still white until the marker publishes its claims.  Concepts are in
 * mark.c.  All fields are zero to begin with.
 */
struct claims {
	struct span *at;		/* as in struct white, or NULL */
	struct span *span;		/* the span of that word, if mask is not
					 * 0 */
	uint64_t     mask;		/* bits of that word that are claimed */
};

/* Turn the claims into marks.  If another marker has marked some of the objects
 * meanwhile, it has counted them too, so they are subtracted from *marked. */
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
 * If v points into an object that is white and not claimed, mark or claim it,
 * and add its bytes to *marked.  Returns true if the object is to be scanned,
 * because it may hold pointers; its beginning is then in *obj and its span in
 * *span.
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

/* Make obj grey, which was marked just now.  g is the open window of w, in
 * registers. */
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

/* Mark the white object at at, and make it grey if it holds pointers. */
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
 * Words of stacks and of saved registers may be ambiguous.  For each object
 * that it uses, a program has a pointer into the object, or one past its end.
 * If a program is about to walk backwards over an array x of n elements, a
 * compiler may keep only &x[n], and address the last element by -8(a3).  (gcc
 * does so, rarely; and a goroutine may be preempted at any instruction.)  If
 * the object fills its slot, &x[n] is the address of the next slot.  So such a
 * word v leads to the object at v and to the object at v - 1.  The two differ
 * only if v is the address where a slot begins.  Then the object before is in
 * the same span, or, if v is where a page begins, perhaps in another.
 *
 * Words in the heap, words in root blocks, and words that go through the
 * barrier were stored by the program as pointers to objects.  For them
 * mark_value is enough.
 */

/* Return a copy of the span table for mark_ambiguous.  It covers the page
 * behind the last one too. */
INLINE struct span_table
table_for_ambiguous(void)
{
	struct span_table table = span_table;

	table.len++;
	return table;
}

/* Mark what v and what v - 1 point to, as mark_value does. */
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
