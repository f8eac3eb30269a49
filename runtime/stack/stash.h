/*
 * stash.h - the live bytes of a stack that stays parked, in a small block.
 *
 * A goroutine that waits for long would hold a page for its stack, of which it
 * uses a few hundred bytes.  If a collection and the collection before it both
 * found the goroutine parked, the page is condemned; if nobody touches the page
 * until marking is over, the live bytes move to a block and the page becomes
 * free (gstack_trim.c).  The next touch of the stack comes from the goroutine
 * itself, when it runs, or from a goroutine that has a pointer to a variable on
 * it.  This touch takes a page fault, which brings the bytes back to the same
 * addresses (gstack.c).  Besides the fault handler, only the collector knows of
 * the block, and reads it.
 *
 *	STASH-1	While gp->stash is not NULL, no page of gp's window is mapped,
 *		and the last len bytes of the window's top page are in the
 *		block.  gp is parked, or is about to run and will touch the top
 *		page first.
 *	STASH-2	Nobody changes what is in the block of a gp->stash.
 *	STASH-3	gp->stash is changed under gp's stack_lock.  It changes from
 *		NULL only when gp is reaped (gstack_trim.c), which is after gp
 *		has been scanned in this marking and before the next marking
 *		begins.
 *	STASH-4	A block's memory stays readable after the block is freed, and
 *		nobody writes to this memory before gp->stash has changed.
 *
 * So the collector, which has claimed gp, reads a block without a lock: if
 * gp->stash afterwards is what it was before, the collector has read the words
 * of the stack.  And as a block does not change, its words are examined once:
 * those that may be pointers into the heap, mostly two or three, are listed in
 * the block (refs).
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct g;
struct gc_work;

/* The longest live part that is stashed. */
enum { STASH_MAX = 1024 };

struct stash {
	struct stash *next;	/* in a freed block: links free or returned
				 * blocks */
	uint16_t      len;	/* bytes of the stack, a multiple of 16 */
	uint8_t       nrefs;	/* words that may lead into the heap */
	bool          regs;	/* the saved registers or the argument, which
				 * stay in the G, may lead into the heap */
	uint32_t      nbytes;	/* [I] of this block, header included */
	uint64_t      words[];	/* len bytes, then refs, a byte each */
};

/* Move the live bytes of gp to block, which stash_alloc returned.  The bytes
 * were in gp's top page, whose frame is frame.  The caller holds gp's
 * stack_lock, gp has not run since before stash_alloc, and no hart has a
 * translation of the top page any more. */
void stash_fill(struct stash *block, struct g *gp, const void *frame);

/* Returns a block for gp's live bytes.  Returns NULL if there is no memory, or
 * if gp has run and has too many live bytes now.  The caller holds no lock of
 * rank RANK_ALLG or above. */
struct stash *stash_alloc(const struct g *gp) MUST_USE;

/* Give back a block that was never made gp->stash.  The caller holds no lock of
 * rank RANK_ALLG or above. */
void stash_free(struct stash *block);

/* Copy gp's stashed bytes to the top of frame, and set gp->stash to NULL.  The
 * caller holds gp's stack_lock.  Any context, also a fault with any other locks
 * held. */
void stash_restore(struct g *gp, void *frame);

/* Scan gp's live bytes in its block, and set *regs to whether the saved
 * registers and the argument must be scanned, too.  Returns false if gp has no
 * block, or lost it meanwhile; the caller then scans the stack at its own
 * addresses.  The caller has claimed gp, or the world is stopped. */
bool stash_scan(struct g *gp, struct gc_work *work, bool *regs) MUST_USE;

/* Free the blocks that faults have returned, and see to it that the next
 * stash_alloc finds a page.  The caller holds no lock of rank RANK_ALLG or
 * above. */
void stash_collect(void);

/* Keep page, which the caller was about to free, for a time without memory.
 * Returns false if the page is not wanted.  The caller holds no lock of rank
 * RANK_ALLG or above. */
bool stash_keep_page(void *page) MUST_USE;

/* Statistics; each number is right, but they are not all of one moment. */
struct stash_stats {
	uint64_t stashed;	/* goroutines whose stacks are stashed now */
	uint64_t bytes;		/* bytes of stack in blocks */
	uint64_t pages;		/* pages that hold blocks */
	uint64_t total;		/* stacks ever stashed */
};
void stash_get_stats(struct stash_stats *out);
