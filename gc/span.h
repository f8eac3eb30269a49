/*
 * span.h - a run of pages that holds objects of one bin, and the way from any
 * address to its object.
 *
 * A span's pages hold nothing but objects: all that the collector knows about
 * them is in the span's record, outside the heap, and survives wild writes by
 * a program.  A record is followed by the span's bit arrays, so one free makes
 * all of it reusable.
 *
 * Of the two bits of an object, alloc says that it exists, and white that it
 * exists and has not been reached by marking.  Keeping white rather than
 * "marked" makes the marker's one question, is there an object and is it new to
 * me, a single bit; and a collection begins with all bits as they are.
 *
 *	SPAN-1	Each page of a span, and no other page, leads to it in the
 *		span table.
 *	SPAN-2	nalloc is the number of alloc bits set.
 *	SPAN-3	No alloc bit is set at nslots or beyond, and a white bit only
 *		where there is an alloc bit.
 *	SPAN-4	Outside marking white == alloc, all over a swept span.
 *	SPAN-5	A span is either on one list of its bin's central (central.h) or
 *		on that of the sweeper (sweep.c), or the span of one run
 *		(local.h), or just being swept, and belongs to that list's lock,
 *		that run's owner, or that sweeper.
 *	SPAN-6	sweepgen is the heap's, or one less: then it awaits sweeping,
 *		and what is white is dead.
 *	SPAN-7	An allocated object of a scanning span has a true pointer map.
 *		Free slots may have any.
 *
 * Pointer maps: objects up to SIZECLASS_MAPPED bytes have a bit a word in
 * ptrmap; but mostly all those of a span have the same map, and then that is in
 * same, and the bits are not filled in.  Larger ones, and large objects, have
 * a type each in types[], repeated
 * over the object as often as it fits (so that an array needs no length: the
 * part that nobody asked for is zero).
 */
#pragma once

#include "gc/sizeclass.h"
#include "include/antler.h"
#include "kernel/page.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

struct chunk;
struct special;

/* Bits of 64 objects, or of 64 words of the heap. */
struct span_word {
	ATOMIC(uint64_t) bits;
};

/*
 * Field key:	[I] from span_new to span_free	[C] CAS or fetch-and-and
 *		[o] the owner by SPAN-5 only
 *		[O] stored by that owner, loaded by any
 *		[L] by the lock of the central that has the span listed
 *		[S] with the world stopped only
 */
struct span {
	uintptr_t              base;	/* [I] first byte */
	uint64_t               size;	/* [I] of a slot, bytes */
	uint32_t               recip;	/* [I] see sizeclass_index */
	uint32_t               nslots;	/* [I] */
	bool                   noscan;	/* [I] no object holds a pointer */
	bool                   plain;	/* [I] ptrmap, and no object's bits
					 * straddle two words of it */
	uint16_t               bin;	/* [I] */
	uint32_t               npages;	/* [I] */
	uintptr_t              map_at;	/* [I] see span_map; 0: no ptrmap */
	uint64_t               slotmask; /* [I] ptrmap bits of one slot */
	ATOMIC(uint64_t)       same;	/* [O] the map of each object, or 0 */
	bool                   mixed;	/* [o] same is 0, and stays so: look
					 * into ptrmap */
	const struct gc_type **types;	/* [o] or NULL, a type per slot */
	struct span_word      *alloc;	/* [O] nslots / 64 + 1 words */
	uint32_t               nalloc;	/* [o] SPAN-2 */
	uint32_t               sweepgen; /* [o] SPAN-6 */
	uint32_t               nbytes;	/* [I] of this record and its arrays */
	uint32_t               specials_at; /* [o] the list that the next turn
					 * of special_sweep begins with */
	ATOMIC(struct special **) specials; /* [a] lists, or NULL (special.c) */
	ATOMIC(uint32_t)       specials_gen; /* [a] SPECIAL-4 */
	uint32_t               walk;	/* [S] the last walk of check.c that
					 * found out whose it is */
	struct chunk          *chunk;	/* [I] that has its pages, or NULL */
	const struct gc_type  *type;	/* [o] last asked for, or NULL: a
					 * guess for census.c */
	struct span           *next;	/* [L] */
	struct span_word       white[];	/* [C] as many as alloc has */
};

struct span_slot {
	ATOMIC(struct span *) span;	/* [a] or span_none */
};

/*
 * The span table: a slot for each page that page_alloc can return.  Eight
 * bytes a page; flat, because RAM is one range and a lookup is the innermost
 * step of marking.  For the same reason a page without a span leads to
 * span_none, which has one slot, of no bytes, that is free; and so does the
 * page behind the last, for words one past the end of all (mark_value.h).
 */
extern struct span *const span_none;

extern struct span_table {
	struct span_slot *first; /* [I] of page_lo */
	uintptr_t at;		/* [I] address of the slot of page number 0, if
				 * the table went down that far */
	uintptr_t lo;		/* [I] the lowest address it covers */
	uintptr_t len;		/* [I] and how many bytes from there */
} span_table;

/* Make the table.  gc_init, once. */
void span_init(void);

/*
 * A new span for bin, of npages pages; for a bin of small objects that is only
 * the wish (see sizeclass.h).  Empty, swept, listed nowhere, contents of the
 * pages undefined, but zero if it is for a large object: to zero them takes
 * long, so the caller's goroutine gives way meanwhile (gc_give_way).  The
 * caller owns it.  NULL if there is no memory, or the collector would hold more
 * than max_held pages.
 */
struct span *span_new(size_t bin, size_t npages, size_t max_held) MUST_USE;

/* Give a span that the caller owns, and that holds no object, back. */
void         span_free(struct span *s);

/* Every invariant above that can be seen from s alone; panics.  Owner, or the
 * world stopped. */
void         span_check(struct span *s);

/* The table's slot for address v, lo <= v < lo + len. */
INLINE struct span_slot *
span_slot_of(const struct span_table *table, uintptr_t v)
{
	return (struct span_slot *)(table->at +
	    (v >> PAGE_SHIFT) * sizeof(struct span_slot));
}

/* The span that covers address v, or NULL.  Any hart; but only who knows that
 * the span is not about to be freed may look into it. */
INLINE struct span *
span_of(uintptr_t v)
{
	struct span *s;

	if (v - span_table.lo >= span_table.len)
		return NULL;
	/* dependent: with span_new. */
	s = load_dependent(&span_slot_of(&span_table, v)->span);
	return s != span_none ? s : NULL;
}

/* Which slot of s address v of it is in; nslots in the rest at the end. */
INLINE uint64_t
span_index(const struct span *s, uintptr_t v)
{
	return sizeclass_index(v - s->base, s->recip);
}

/* The word of s's pointer map with the bit of the word at address v. */
INLINE struct span_word *
span_map(const struct span *s, uintptr_t v)
{
	return (struct span_word *)(s->map_at +
	    (v >> 9) * sizeof(struct span_word));
}

INLINE unsigned
span_class(const struct span *s)
{
	return s->bin / 2;
}

/* s, moved by so many words that white[0] is the word of the bit of slot i.  So
 * the offset of white[] goes into the load: an instruction less for each
 * pointer. */
INLINE struct span *
span_at_white(const struct span *s, uint64_t i)
{
	return (struct span *)((uintptr_t)s + i / 64 * 8);
}

/* Is there an object in slot i?  A snapshot, but for the owner. */
INLINE bool
span_allocated(const struct span *s, uint64_t i)
{
	/* relaxed: see above. */
	return load_relaxed(&s->alloc[i / 64].bits) >> (i % 64) & 1;
}

/* Is there one that marking has not reached? */
INLINE bool
span_white(const struct span *s, uint64_t i)
{
	/* relaxed: as above. */
	return load_relaxed(&span_at_white(s, i)->white[0].bits) >>
	    (i % 64) & 1;
}

/* Does v lead to an object that marking has not reached?  While marking. */
INLINE bool
span_leads_to_white(uintptr_t v)
{
	uintptr_t off = v - span_table.lo;
	struct span *s;

	if (off >= span_table.len)
		return false;
	/* dependent: with span_new.  span_none has nothing white. */
	s = load_dependent(&span_table.first[off >> PAGE_SHIFT].span);
	return span_white(s, span_index(s, v));
}

/* Call fn for every span there is.  World stopped, or a panic. */
void span_each(void (*fn)(struct span *s, void *arg), void *arg);
