/*
 * stash.h - the live bytes of a stack that stays parked, in a small block.
 *
 * A goroutine that waits for long would hold a page for its stack, of which it
 * uses a few hundred bytes.  A collection that finds it parked, as the one
 * before did, condemns the page; if nobody touches it until marking is over,
 * the live bytes move to a block and the page becomes free (gstack_trim.c).
 * Whoever touches the stack next, the goroutine itself when it runs or another
 * one that has a pointer to a variable of it, takes a page fault, which brings
 * the bytes back to the same addresses (gstack.c).  Nobody else knows of the
 * block, except for the collector, which reads it.
 *
 *	STASH-1	While gp->stash is not NULL, the page at the top of gp's window
 *		is not mapped, nor is any other, and its last len bytes are in
 *		the block; gp is parked, or about to run and touch it first.
 *	STASH-2	Nobody changes what is in the block of a gp->stash.
 *	STASH-3	gp->stash is changed under gp's stack_lock; from NULL only when
 *		gp is reaped (gstack_trim.c), which is before the next marking
 *		begins, and not before gp has been scanned in this one.
 *	STASH-4	A block's memory stays readable after it is freed, and is not
 *		written to before gp->stash has changed.
 *
 * So the collector, with a claim on gp, reads a block without a lock: if after
 * that gp->stash is what it was, it has read what was there.  And as a block
 * does not change, what in it can never be a pointer into the heap is found out
 * once, and what can be is listed in it (refs): mostly two or three words.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct g;
struct gc_work;

/* The longest live part that is stashed. */
enum { STASH_MAX = 1024 };

struct stash {
	struct stash *next;	/* free: on the list of returned ones */
	uint16_t      len;	/* bytes of the stack, a multiple of 16 */
	uint8_t       nrefs;	/* words that may lead into the heap */
	bool          regs;	/* so may the saved registers, or the argument;
				 * they stay in the G */
	uint32_t      nbytes;	/* [I] of this block, with all */
	uint64_t      words[];	/* len bytes, then refs, a byte each */
};

/* Move the live bytes of gp, which were in its top page, frame, to block, from
 * stash_alloc.  The caller holds gp's stack_lock, gp has not run since before
 * stash_alloc, and no hart has a translation of that page any more. */
void stash_fill(struct stash *block, struct g *gp, const void *frame);

/* Returns a block for gp's live bytes, or NULL if there is no memory, or if gp
 * has run and has more of them by now.  The caller holds no lock of rank
 * RANK_ALLG or above. */
struct stash *stash_alloc(const struct g *gp) MUST_USE;

/* Give a block back that never was gp->stash; as stash_alloc. */
void stash_free(struct stash *block);

/* gp's bytes to the top of frame, and gp->stash is NULL.  gp's stack_lock is
 * held.  Any context, also in a fault with any other locks held. */
void stash_restore(struct g *gp, void *frame);

/* Scan gp's live bytes in its block, and say whether saved registers and
 * argument must be scanned too.  False: it has no block, or lost it meanwhile:
 * scan the stack where it belongs.  Who has claimed gp, or the world is
 * stopped. */
bool stash_scan(struct g *gp, struct gc_work *work, bool *regs) MUST_USE;

/* Take in the blocks that faults have returned, and see to it that the next
 * stash_alloc finds a page.  As stash_alloc. */
void stash_collect(void);

/* Keep page, which the caller was about to free, for a time without memory.
 * Returns false if it is not wanted.  As stash_alloc. */
bool stash_keep_page(void *page) MUST_USE;

/* In numbers; as gstack_get_stats. */
struct stash_stats {
	uint64_t stashed;	/* goroutines that are, now */
	uint64_t bytes;		/* of stack in blocks */
	uint64_t pages;		/* that have blocks in them */
	uint64_t total;		/* stashed ever */
};
void stash_get_stats(struct stash_stats *out);
