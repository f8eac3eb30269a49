/*
 * page.h - physical memory in 4 KiB frames: a buddy allocator that hands out
 * and takes back runs of any length.  All RAM that has no other owner is here:
 * stacks, page tables, the collected heap and permanent structures are
 * allocated from this one pool.
 */
#pragma once

#include "lib/compiler.h"

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT };

struct page_stats {
	size_t total;		/* frames given to the allocator at boot */
	size_t free;		/* frames that are not allocated */
	size_t largest;		/* longest free run, rounded down to 2^k */
	size_t perm;		/* frames taken by perm_alloc */
};

/* The lowest address page_alloc can ever return, and one past the highest. */
extern uintptr_t page_lo, page_hi;		/* [I] after page_init */

/* Take over the RAM that the platform lists as free.  Boot hart, once. */
void  page_init(void);

/* Returns npages consecutive frames with undefined contents, aligned to the
 * largest power of two <= npages pages (at most 4 MiB), or NULL if there is no
 * such run or npages is 0.  Any hart, rank below RANK_PAGE. */
void *page_alloc(size_t npages) MUST_USE;

/* Free a run, or any part of one.  Panics if it is not RAM or is already free
 * (checked in every build).  Any hart, rank below RANK_PAGE. */
void  page_free(void *run, size_t npages);

/* Is every page of this run allocated, and not for ever?  A snapshot.  Any
 * hart, rank below RANK_PAGE. */
bool  page_is_taken(const void *run, size_t npages);

/* Store in *out how much memory there is now.  Any hart, rank below RANK_PAGE.
 */
void  page_get_stats(struct page_stats *out);

/* Store the numbers without taking the lock, for reports when other harts are
 * stopped.  They may be off by what a stopped hart was doing. */
void  page_peek_stats(struct page_stats *out);

/* Returns zeroed memory that is never freed; align is a power of two <= 4096.
 * If there is no memory, panics with a message that names what.  Any hart. */
void *perm_alloc(size_t size, size_t align, const char *what);

/* Check every frame, every free list and the totals.  Tests. */
void  page_check(void);
