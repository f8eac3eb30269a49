/*
 * chunk.h - pages for spans.
 *
 * Spans of small objects share *chunks* of 64 pages, and only a chunk without
 * spans goes back to the machine.  The reason not to take and return each
 * span's pages alone: the machine's allocator splits large runs, and a few
 * small objects that live long would soon sit in every large run; then an array
 * of a few hundred KiB finds no place in a RAM that is nearly empty.  Large
 * objects have runs of their own.
 *
 * But pages that the heap will not need soon do go back (chunk_release): the
 * pages between the spans of a chunk, emptiest chunks first.  These pages are
 * then *gone*; the chunk never gets them back, and when the last of its spans
 * has ended the other pages follow.  If pages are needed again, another chunk
 * is taken.
 *
 *	CHUNK-1	A bit of chunk->free is set if no span has that page and the
 *		chunk has it; a bit of chunk->gone is set if the chunk no longer
 *		has that page.
 *	CHUNK-2	A chunk is on the list of the longest aligned run of free pages
 *		that it has, 2^order.  A chunk without free pages is on no list,
 *		and there is no chunk without spans.
 *	CHUNK-3	heap.pages is the number of pages of all spans, plus those free
 *		in chunks.
 */
#pragma once

#include "lib/compiler.h"

struct chunk;

/*
 * Take a run of npages, a power of two up to CHUNK_PAGES / 2, from a chunk, and
 * put the chunk into *chunk.  If no chunk has room and there is no memory for
 * another chunk, takes the run alone and puts NULL into *chunk.  Returns NULL
 * if there is no memory, or if the collector would then hold more than max_held
 * pages.  Any hart.
 */
void *chunk_alloc(size_t npages, size_t max_held, struct chunk **chunk)
    MUST_USE;

/* Take a run of at least *npages for a large object, without a chunk, and put
 * its true length into *npages.  Returns NULL as chunk_alloc does. */
void *chunk_alloc_large(size_t *npages, size_t max_held) MUST_USE;

/* Give back a run that is from chunk, or from no chunk if chunk is NULL. */
void  chunk_free(void *run, size_t npages, struct chunk *chunk);

/* Give back the free pages of chunks, of at most nchunks, until no more than
 * about keep are left.  Returns how many pages it gave back.  Any hart. */
size_t chunk_release(size_t keep, size_t nchunks);

/* Return how many pages are free in chunks.  Any hart, also in a panic; a
 * snapshot. */
size_t chunk_free_pages(void);

/* chunk_check checks CHUNK-2 of all chunks on lists, chunk_check_span CHUNK-1
 * of the chunk that s is in.  They panic if it does not hold.  World
 * stopped. */
struct span;
void  chunk_check(void);
void  chunk_check_span(const struct span *s);
