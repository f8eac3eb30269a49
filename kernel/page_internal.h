/*
 * page_internal.h - the data of the page allocator, for its files only:
 *
 *	page.c		taking and giving back
 *	page_init.c	which RAM it gets
 *	page_check.c	numbers, and checks of all its invariants
 *
 * The algorithm and the invariants are at the head of page.c.
 */
#pragma once

#include "kernel/page.h"
#include "kernel/spinlock.h"

enum {
	ORDER_MAX = 10,
	BLOCK_MAX = 1 << ORDER_MAX,	/* frames */
};

/* What meta[] says of a frame. */
enum frame {
	INNER = 0,	/* in a free block, but not its first frame */
	TAKEN = 1,	/* allocated */
	PERM = 2,	/* allocated by perm_alloc, for ever */
	HOT = 3,	/* on the stack of single free frames */
	HOLE = 4,	/* not RAM of the allocator */
	FRESH = 5,	/* PAGE-5 */
	HEAD = 0x80,	/* + order: the first frame of a free block */
};

struct block {
	struct block *next, *prev;	/* hot frames do not use prev */
};

typedef size_t pfn_t;			/* address >> PAGE_SHIFT */

/*
 * Field key:	[I] immutable after page_init	[L] by lock
 *
 * All of it is one struct, so that code reaches every field from one address.
 */
struct page_pool {
	struct spinlock lock;
	uint8_t        *meta;		/* [L] meta[pfn]: biased by page_lo */
	struct block   *hot;		/* [L] */
	size_t          nhot;		/* [L] PAGE-4 */
	size_t          nfree;		/* [L] PAGE-4 */
	size_t          nfresh;		/* [L] PAGE-5 */
	size_t          fresh_at;	/* [L] no frame below it is FRESH */
	size_t          ntotal;		/* [I] */
	size_t          nperm;		/* [L] */
	uintptr_t       perm_at, perm_end;	/* [L] rest of the PERM chunk */
	struct block    lists[ORDER_MAX + 1];	/* [L] heads, circular */
};
extern struct page_pool page_pool;

INLINE pfn_t
pfn_of(const void *p)
{
	return (uintptr_t)p >> PAGE_SHIFT;
}

INLINE struct block *
block_at(pfn_t pfn)
{
	return (struct block *)(pfn << PAGE_SHIFT);
}

/* Free n INNER frames, in as few blocks as possible.  Under the lock, or at
 * boot. */
void page_free_run(pfn_t pfn, size_t n);

/* Merge HOT frames into blocks until only keep are left.  Under the lock. */
void page_drain_hot(size_t keep);
