/*
 * ptrmap.h - which words of a small object hold pointers.
 *
 * A span of objects up to SIZECLASS_MAPPED bytes has a bit per word of its
 * pages.  An object has at most 64 words, so its map is one uint64_t on its
 * way in or out; in the span's map it may straddle two words.
 */
#pragma once

#include "gc/span.h"

/* 64 bits of type's map, from word 64 * i on; bits beyond ptrdata are 0.  Any
 * descriptor: gcdata is read by bytes, and no further than ptrdata says. */
uint64_t ptrmap_of_type(const struct gc_type *type, size_t i);

/* The map of an object that holds n of type, n * type->size <=
 * SIZECLASS_MAPPED. */
uint64_t ptrmap_of_array(const struct gc_type *type, size_t n);

/* Give each of the n slots of s from slot first on the same map.  Owner. */
void     ptrmap_tile(struct span *s, uint32_t first, uint32_t n, uint64_t map);

/* Give the object at base in s this map.  Owner of s. */
void     ptrmap_set(struct span *s, uintptr_t base, uint64_t map);

/* The map of the object at base in s.  Any hart that has the object. */
INLINE uint64_t
ptrmap_get(const struct span *s, uintptr_t base)
{
	size_t   word = (base - s->base) >> 3;
	unsigned shift = word & 63;
	/* relaxed: neighbours' bits may change as we read, this object's were
	 * stored before anybody could have a pointer to it. */
	uint64_t map = load_relaxed(&s->ptrmap[word >> 6].bits) >> shift;

	if (shift + (s->size >> 3) > 64)
		map |= load_relaxed(&s->ptrmap[(word >> 6) + 1].bits)
		    << (64 - shift);
	return map & s->slotmask;
}
