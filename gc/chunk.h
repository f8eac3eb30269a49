/*
 * chunk.h - pages for spans.
 *
 * Spans of small objects share *chunks* of 64 pages, and only a chunk without
 * spans goes back to the machine.  Why not each span's pages on its own: the
 * machine's allocator splits large runs, and a few small objects that live long
 * would soon sit in every one of them; then an array of a few hundred KiB finds
 * no place in an empty RAM.  Large objects have runs of their own.
 *
 * But what the heap will not need soon goes back all the same (chunk_release):
 * the pages between the spans of a chunk, emptiest chunks first.  They are
 * *gone* then; the chunk never gets them back, and when the last of its spans
 * has ended the others follow.  Who needs pages again takes another chunk.
 *
 *	CHUNK-1	A bit of chunk->free is set if no span has that page and the
 *		chunk has, of chunk->gone if the chunk has it no more.
 *	CHUNK-2	A chunk is on the list of the longest aligned run of free pages
 *		it has, 2^order; one without on none, one without spans does not
 *		exist.
 *	CHUNK-3	heap.pages is the pages of all spans, and those free in chunks.
 */
#pragma once

#include "lib/compiler.h"

struct chunk;

/*
 * A run of npages, a power of two up to CHUNK_PAGES / 2, of a chunk, which goes
 * to *chunk.  If there is no room in any and no memory for another, the run
 * alone, and NULL in *chunk.  NULL without memory; or if the collector would
 * then hold more than max_held pages.  Any hart.
 */
void *chunk_alloc(size_t npages, size_t max_held, struct chunk **chunk)
    MUST_USE;

/* The same for a large object: a run of at least *npages, which becomes how
 * many.  No chunk. */
void *chunk_alloc_large(size_t *npages, size_t max_held) MUST_USE;

/* Give a run back, with the chunk it is from, or NULL. */
void  chunk_free(void *run, size_t npages, struct chunk *chunk);

/* Give back free pages of chunks until no more than about keep are left.
 * Returns how many it gave.  Any hart. */
size_t chunk_release(size_t keep);

/* Free pages in chunks.  Any hart, also in a panic; a snapshot. */
size_t chunk_free_pages(void);

/* CHUNK-1 and CHUNK-2; panics.  World stopped.  chunk_check_span: of the chunk
 * that s is in. */
struct span;
void  chunk_check(void);
void  chunk_check_span(const struct span *s);
