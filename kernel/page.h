/*
 * page.h - physical memory in 4 KiB frames: a buddy allocator that gives and
 * takes runs of any length.  All RAM that nobody else owns is here: stacks,
 * page tables, the collected heap and permanent structures draw on one pool.
 */
#pragma once

#include "lib/compiler.h"

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT };

struct page_stats {
	size_t total;		/* frames given to the allocator at boot */
	size_t free;		/* frames nobody holds now */
	size_t largest;		/* longest free run, rounded down to 2^k */
	size_t perm;		/* frames behind perm_alloc */
};

/* Lowest and one past the highest address page_alloc can ever return. */
extern uintptr_t page_lo, page_hi;		/* [I] after page_init */

/* Take over the RAM that the platform lists as free.  Boot hart, once. */
void  page_init(void);

/* npages consecutive frames, contents undefined, aligned to the largest power
 * of two <= npages pages (at most 4 MiB); NULL if there is no such run.
 * npages 0 is NULL.  Any hart, rank below RANK_PAGE. */
void *page_alloc(size_t npages) MUST_USE;

/* Give back a run, or any part of one.  Panics if it is not RAM or is already
 * free (checked in every build). */
void  page_free(void *run, size_t npages);

/* Is every page of this run somebody's, and not for good?  A snapshot. */
bool  page_is_taken(const void *run, size_t npages);

void  page_get_stats(struct page_stats *out);

/* The same without the lock, for reports when other harts are stopped: may be
 * off by what one of them was doing. */
void  page_peek_stats(struct page_stats *out);

/* Zeroed memory that is never freed; align is a power of two <= 4096.  Panics,
 * naming what, when there is none.  Any hart. */
void *perm_alloc(size_t size, size_t align, const char *what);

/* The consistency of every free list and of the totals.  Tests. */
void  page_check(void);
