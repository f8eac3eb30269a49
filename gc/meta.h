/*
 * meta.h - memory for the collector's own records: spans, chunks and others.
 */
#pragma once

#include "lib/compiler.h"

enum { META_MAX = 1024 };	/* bytes of the largest record */

/* Return how many bytes a record of nbytes takes: a multiple of CACHE_LINE. */
INLINE size_t
meta_size(size_t nbytes)
{
	return ROUND_UP(nbytes, (size_t)CACHE_LINE);
}

/* Allocate a record of nbytes, which is a meta_size and at most META_MAX.  Its
 * contents are undefined.  Returns NULL if there is no memory.  Any hart; takes
 * a lock of RANK_GC_HEAP. */
void *meta_alloc(size_t nbytes) MUST_USE;

/* Give back a record of nbytes. */
void  meta_free(void *record, size_t nbytes);
