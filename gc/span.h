/*
 * span.h - a run of pages that holds objects of one bin, and the way from any
 * address to its object.
 *
 * The pages of a span hold nothing but objects.  All that the collector knows
 * about the objects is in the record of the span, outside the heap, where wild
 * writes of a program do not reach it.  The bit arrays of the span follow its
 * record, so that one free makes all of it reusable.
 *
 * Each object has two bits.  alloc says that it exists.  white says that it
 * exists and that marking has not reached it.  The bits are white rather than
 * "marked", because then the only question of a marker, whether there is an
 * object that is new to the marker, is answered by a single bit; and a
 * collection begins with all bits as they are.
 *
 *	SPAN-1	Each page of a span, and no other page, leads to the span in
 *		the span table.
 *	SPAN-2	nalloc is the number of alloc bits set.
 *	SPAN-3	No alloc bit is set at nslots or beyond, and a white bit is
 *		set only where an alloc bit is set.
 *	SPAN-4	Outside marking, white == alloc in all words of a swept span.
 *	SPAN-5	A span is in exactly one of these states: on a list of its
 *		bin's central (central.h) or of the sweeper (sweep.c), and
 *		owned under the lock of that list; the span of one run
 *		(local.h), and owned by the owner of that run; or just being
 *		swept, and owned by the goroutine or hart that sweeps it.
 *	SPAN-6	sweepgen is that of the heap, or one less.  If it is one less
 *		the span awaits sweeping, and its white objects are dead.
 *	SPAN-7	An allocated object of a scanning span has a true pointer map.
 *		The map of a free slot may be anything.
 *
 * Pointer maps: objects of up to SIZECLASS_MAPPED bytes have a bit for each
 * word in ptrmap.  But mostly all objects of a span have equal maps.  Then that
 * map is in same, and the bits of ptrmap are not filled in.  Larger objects
 * have a type each in types[].  The map of the type is repeated over the whole
 * slot as often as it fits, so an array needs no length: the part of the slot
 * that was not asked for is zero.
 */
#pragma once

#include "gc/sizeclass.h"
#include "include/antler.h"
#include "kernel/page.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

struct chunk;
struct special;

/* The bits of 64 objects, or of 64 words of the heap. */
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
	uint32_t               recip;	/* [I] reciprocal of size: see
					 * sizeclass_index */
	uint32_t               nslots;	/* [I] */
	bool                   noscan;	/* [I] no object holds a pointer */
	bool                   plain;	/* [I] it has a ptrmap, in which no
					 * object's bits straddle two words */
	uint16_t               bin;	/* [I] */
	uint32_t               npages;	/* [I] */
	uintptr_t              map_at;	/* [I] where ptrmap is: see span_map; 0:
					 * it has none */
	uint64_t               slotmask; /* [I] as many ones as a slot has
					 * words */
	ATOMIC(uint64_t)       same;	/* [O] the map of all objects, or 0:
					 * they have no common map, or none
					 * yet */
	bool                   mixed;	/* [o] same is 0 and stays 0: the maps
					 * are in ptrmap */
	const struct gc_type **types;	/* [o] a type per slot, or NULL */
	struct span_word      *alloc;	/* [O] nslots / 64 + 1 words */
	uint32_t               nalloc;	/* [o] SPAN-2 */
	uint32_t               sweepgen; /* [o] SPAN-6 */
	uint32_t               nbytes;	/* [I] of this record and its arrays */
	uint32_t               specials_at; /* [o] the list at which the next
					 * call of special_sweep begins */
	ATOMIC(struct special **) specials; /* [a] lists, or NULL (special.c) */
	ATOMIC(uint32_t)       specials_gen; /* [a] SPECIAL-4 */
	uint32_t               walk;	/* [S] the last walk of check.c that
					 * found the owner */
	struct chunk          *chunk;	/* [I] the chunk that its pages come
					 * from, or NULL */
	const struct gc_type  *type;	/* [o] the type last asked for, or NULL:
					 * a guess for census.c */
	struct span           *next;	/* [L] */
	struct span_word       white[];	/* [C] as many as alloc has */
};

struct span_slot {
	ATOMIC(struct span *) span;	/* [a] the span of a page, or
					 * span_none */
};

/*
 * The span table has a slot of eight bytes for each page that page_alloc can
 * return.  It is flat, because RAM is one range and a lookup is the innermost
 * step of marking.  For speed, too, a page without a span leads to span_none,
 * which has one slot, of no bytes, that is free.  The page behind the last page
 * leads there, too, for words that point one past the end of all RAM
 * (mark_value.h).
 */
extern struct span *const span_none;

extern struct span_table {
	struct span_slot *first; /* [I] the slot of page_lo */
	uintptr_t at;		/* [I] the address that the slot of page number
				 * 0 would have */
	uintptr_t lo;		/* [I] the lowest address it covers */
	uintptr_t len;		/* [I] how many bytes it covers from there */
} span_table;

/* Make the table.  Called once, by gc_init. */
void span_init(void);

/*
 * Make a span for bin, of npages pages; for a bin of small objects it may get
 * fewer (see sizeclass.h).  Returns the span, which the caller owns, or NULL if
 * there is no memory or if the collector would hold more than max_held pages.
 * The span is empty, swept, and on no list.  The contents of its pages are
 * undefined, but those for a large object are zero.  To zero them takes long,
 * so the goroutine of the caller gives way meanwhile (gc_give_way).
 */
struct span *span_new(size_t bin, size_t npages, size_t max_held) MUST_USE;

/* Give back a span that the caller owns and that holds no object. */
void         span_free(struct span *s);

/* Check every invariant above that can be seen from s alone; panics if one is
 * broken.  The owner of s, or anybody with the world stopped. */
void         span_check(struct span *s);

/* Returns the slot of the table for address v, lo <= v < lo + len. */
INLINE struct span_slot *
span_slot_of(const struct span_table *table, uintptr_t v)
{
	return (struct span_slot *)(table->at +
	    (v >> PAGE_SHIFT) * sizeof(struct span_slot));
}

/* Returns the span that covers address v, or NULL.  Any hart; but only a caller
 * that knows that the span is not about to be freed may look into the span. */
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

/* Returns the number of the slot of s that address v is in; nslots if v is in
 * the rest behind the last slot. */
INLINE uint64_t
span_index(const struct span *s, uintptr_t v)
{
	return sizeclass_index(v - s->base, s->recip);
}

/* Returns the word of the pointer map of s that has the bit of the heap word at
 * address v. */
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

/* Returns s moved by so many words that white[0] is the word with the bit of
 * slot i.  Then the offset of white[] is part of the load, which saves an
 * instruction for each pointer. */
INLINE struct span *
span_at_white(const struct span *s, uint64_t i)
{
	return (struct span *)((uintptr_t)s + i / 64 * 8);
}

/* Returns whether there is an object in slot i; a snapshot, unless the caller
 * owns s. */
INLINE bool
span_allocated(const struct span *s, uint64_t i)
{
	/* relaxed: see above. */
	return load_relaxed(&s->alloc[i / 64].bits) >> (i % 64) & 1;
}

/* Returns whether there is an object in slot i that marking has not reached; a
 * snapshot. */
INLINE bool
span_white(const struct span *s, uint64_t i)
{
	/* relaxed: as above. */
	return load_relaxed(&span_at_white(s, i)->white[0].bits) >>
	    (i % 64) & 1;
}

/* Returns whether v leads to an object that marking has not reached.  While
 * marking. */
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

/* Call fn for every span there is.  World stopped, or in a panic. */
void span_each(void (*fn)(struct span *s, void *arg), void *arg);
