/*
 * chunk.h - pages for spans.
 *
 * Spans of small objects share *chunks* of 64 pages, and only a chunk without
 * spans goes back to the machine.  Why not each span's pages on its own: the
 * machine's allocator splits large runs, and a few small objects that live long
 * would soon sit in every one of them; then an array of a few hundred KiB finds
 * no place in an empty RAM.  Large objects have runs of their own.
 *
 *	CHUNK-1	A bit of chunk->free is set if no span has that page.
 *	CHUNK-2	A chunk is on the list of the longest aligned run of free pages
 *		it has, 2^order; a full one on none, one without spans does not
 *		exist.
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

/* CHUNK-1 and CHUNK-2; panics.  World stopped. */
void  chunk_check(void);
