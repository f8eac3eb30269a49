/*
 * span.h - a run of pages that holds objects of one bin, and the way from any
 * address to its object.
 *
 * A span's pages hold nothing but objects: all that the collector knows about
 * them is in the span's record, outside the heap, and survives wild writes by
 * a program.  A record is followed by the span's bit arrays, so one free makes
 * all of it reusable.
 *
 *	SPAN-1	Each page of a span, and no other page, leads to it in the
 *		span table.
 *	SPAN-2	nalloc is the number of alloc bits set.
 *	SPAN-3	No alloc or mark bit is set at nslots or beyond.
 *	SPAN-4	Outside marking a swept span has no mark bit set.
 *	SPAN-5	A span is either on one list of its bin's central (central.h),
 *		or the span of one run (local.h), or just being swept, and
 *		belongs to that list's lock, that run's owner, or that sweeper.
 *	SPAN-6	sweepgen is the heap's, or one less: then it awaits sweeping.
 *	SPAN-7	An allocated object of a scanning span has a true pointer map.
 *		Free slots may have any.
 *
 * Pointer maps: objects up to SIZECLASS_MAPPED bytes have a bit a word in
 * ptrmap; larger ones, and large objects, a type each in types[], repeated
 * over the object as often as it fits (so that an array needs no length: the
 * part that nobody asked for is zero).
 */
#pragma once

#include "gc/sizeclass.h"
#include "include/antler.h"
#include "kernel/page.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

/* The same 64 objects' bits; side by side because marking needs both. */
struct span_bits {
	ATOMIC(uint64_t) mark;		/* [C] reached by this collection */
	ATOMIC(uint64_t) alloc;		/* [O] handed out, or in a run */
};

/* 64 words of the heap: which hold pointers. */
struct span_words {
	ATOMIC(uint64_t) bits;		/* [O] */
};

/*
 * Field key:	[I] from span_new to span_free	[C] CAS or fetch-and-or
 *		[o] the owner by SPAN-5 only
 *		[O] stored by that owner, loaded by any
 *		[L] by the lock of the central that has the span listed
 */
struct span {
	uintptr_t              base;	/* [I] first byte */
	uint64_t               size;	/* [I] of a slot, bytes */
	uint32_t               recip;	/* [I] see sizeclass_index */
	uint32_t               nslots;	/* [I] */
	struct span_words     *ptrmap;	/* [I] or NULL: noscan, or types */
	uint64_t               slotmask; /* [I] ptrmap bits of slot 0 */
	const struct gc_type **types;	/* [o] or NULL, a type per slot */
	uint32_t               npages;	/* [I] */
	uint16_t               bin;	/* [I] */
	bool                   noscan;	/* [I] no object holds a pointer */
	uint32_t               nalloc;	/* [o] SPAN-2 */
	uint32_t               sweepgen; /* [o] SPAN-6 */
	uint32_t               nbytes;	/* [I] of this record and its arrays */
	struct span           *next;	/* [L] */
	struct span_bits       bits[];	/* nslots / 64 + 1 of them */
};

struct span_slot {
	ATOMIC(struct span *) span;	/* [a] or NULL */
};

/*
 * The span table: a slot for each page that page_alloc can return.  Eight
 * bytes a page; flat, because RAM is one range and a lookup is the innermost
 * step of marking.
 */
extern struct span_table {
	struct span_slot *slots;	/* [I] */
	uintptr_t         lo;		/* [I] address of slots[0]'s page */
	uintptr_t         len;		/* [I] bytes that the table covers */
} span_table;

/* Make the table.  gc_init, once. */
void span_init(void);

/*
 * A new span for bin (of npages pages if that is a bin of large objects, else
 * of what its class says): empty, swept, listed nowhere, contents of the pages
 * undefined; the caller owns it.  NULL if there is no memory.
 */
struct span *span_new(unsigned bin, size_t npages) MUST_USE;

/* Give a span that the caller owns, and that holds no object, back. */
void         span_free(struct span *s);

/* Every invariant above that can be seen from s alone; panics.  Owner, or the
 * world stopped. */
void         span_check(struct span *s);

/* The span that covers address v, or NULL.  Any hart; but only who knows that
 * the span is not about to be freed may look into it. */
INLINE struct span *
span_of(uintptr_t v)
{
	uintptr_t off = v - span_table.lo;

	if (off >= span_table.len)
		return NULL;
	/* relaxed: whoever has a pointer into a span got it from a hart that
	 * set the span up before: see run_take in local.c. */
	return load_relaxed(&span_table.slots[off >> PAGE_SHIFT].span);
}

/* Which slot of s address v of it is in; nslots in the rest at the end. */
INLINE uint32_t
span_index(const struct span *s, uintptr_t v)
{
	return sizeclass_index(v - s->base, s->recip);
}

INLINE unsigned
span_class(const struct span *s)
{
	return s->bin / 2;
}

INLINE bool
span_allocated(const struct span *s, uint32_t i)
{
	/* relaxed: a snapshot, or the owner. */
	return load_relaxed(&s->bits[i / 64].alloc) >> (i % 64) & 1;
}

INLINE bool
span_marked(const struct span *s, uint32_t i)
{
	/* relaxed: as above. */
	return load_relaxed(&s->bits[i / 64].mark) >> (i % 64) & 1;
}

/* Call fn for every span there is.  World stopped, or a panic. */
void span_each(void (*fn)(struct span *s, void *arg), void *arg);
