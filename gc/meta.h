/*
 * meta.h - memory for the collector's own records: spans, chunks.
 */
#pragma once

#include "lib/compiler.h"

enum { META_MAX = 1024 };	/* bytes of the largest record */

/* What a record of nbytes takes: a multiple of CACHE_LINE. */
INLINE size_t
meta_size(size_t nbytes)
{
	return ROUND_UP(nbytes, (size_t)CACHE_LINE);
}

/* nbytes (a meta_size, at most META_MAX) with undefined contents; NULL without
 * memory.  Any hart; RANK_GC_HEAP. */
void *meta_alloc(size_t nbytes) MUST_USE;

/* Give a record of nbytes back. */
void  meta_free(void *record, size_t nbytes);
