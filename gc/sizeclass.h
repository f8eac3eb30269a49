/*
 * sizeclass.h - the sizes of small objects, and the bins that follow from them.
 *
 * The rule for sizes:
 *
 *	8, then every multiple of 16 up to 256, of 32 up to 512, and from there
 *	four equal steps to each doubling, up to 32 KiB.
 *
 * So every power of two from 8 on is a class, everything from 16 bytes on is
 * aligned to 16, and rounding up wastes less than a fifth (an eighth between
 * 128 and 512 bytes).  A span of a class is as short as it can be with
 *
 *	- a power of two pages, which is what kernel/page.h has to give: other
 *	  lengths would leave pieces that cannot be joined again;
 *	- at least 8 KiB, so that fetching a span is rare;
 *	- at least 16 objects up to 2 KiB, 4 up to 8 KiB, 2 above;
 *	- at most an eighth of it left over at the end.
 *
 * Where RAM is too fragmented for that, a span is half as long, or a quarter,
 * and so on, as long as it holds an object (span_new).
 *
 * A *bin* is a class together with whether its objects hold pointers.  Spans,
 * free lists and runs are kept by bin, so that marking can pass over objects
 * without pointers, and so that these objects need no pointer map.  Class 0 is
 * for large objects, each of which has a span of its own.
 */
#pragma once

#include "lib/compiler.h"

enum {
	SIZECLASS_LARGE  = 0,
	SIZECLASS_COUNT  = 50,
	SIZECLASS_MAX    = 32768,	/* bytes of the largest small object */
	SIZECLASS_MAPPED = 512,		/* up to here: one pointer bit a word */
	SIZECLASS_FINE   = 1024,	/* up to here: table by 8 bytes */
	BIN_COUNT        = 2 * SIZECLASS_COUNT,
};

struct sizeclass {
	uint32_t size;		/* of an object, bytes */
	uint32_t recip;		/* see sizeclass_index */
	uint32_t nslots;	/* objects in a span of full length */
	uint32_t npages;	/* its pages */
};

extern struct sizeclass sizeclasses[SIZECLASS_COUNT];		/* [I] */
extern uint8_t sizeclass_fine[SIZECLASS_FINE / 8];		/* [I] */
extern uint8_t sizeclass_coarse[SIZECLASS_MAX / 128];		/* [I] */

/* Fill the tables.  gc_init, once. */
void sizeclass_init(void);

/* Return the class of an object of size bytes, 1 <= size <= SIZECLASS_MAX. */
INLINE unsigned
sizeclass_of(size_t size)
{
	if (LIKELY(size <= SIZECLASS_FINE))
		return sizeclass_fine[(size - 1) >> 3];
	return sizeclass_coarse[(size - 1) >> 7];
}

/*
 * Return off / size without a division; recip is the reciprocal of size.  recip
 * is 2^32 / size rounded up, that is (2^32 + e) / size with e < size.  So the
 * product's error is off * e / size / 2^32.  It stays below 1 / size, which is
 * too little to reach the next integer, as long as off * e < 2^32: spans of
 * small objects are at most 2^17 bytes and the objects at most 2^15.  For a
 * large object recip is 0, and so is the index.
 */
INLINE uint64_t
sizeclass_index(uint64_t off, uint32_t recip)
{
	return (off * recip) >> 32;
}

INLINE size_t
bin_of(size_t class, bool noscan)
{
	return 2 * class + noscan;
}
