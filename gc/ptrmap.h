/*
 * ptrmap.h - which words of a small object hold pointers.
 *
 * A span of objects up to SIZECLASS_MAPPED bytes has one bit for each word of
 * its pages.  An object has at most 64 words, so its map is passed and returned
 * as one uint64_t; in the span's map it may straddle two words.
 */
#pragma once

#include "gc/span.h"

/* 64 bits of gcdata. */
struct gc_word {
	uint64_t bits;
} __attribute__((may_alias));

/* Return 64 bits of type's map, from word 64 * i on; bits beyond ptrdata are 0.
 * Takes any descriptor: gcdata is read byte by byte, and no further than
 * ptrdata says. */
uint64_t ptrmap_of_type_slowly(const struct gc_type *type, size_t i);

/* Return the map of an object that holds n of type.  n * type->size must be at
 * most SIZECLASS_MAPPED. */
uint64_t ptrmap_of_array(const struct gc_type *type, size_t n);

/* Give each of the n > 0 slots of s from slot first on this map.  Owner. */
void     ptrmap_give(struct span *s, uint64_t first, uint64_t n, uint64_t map);

/* Write map into the bits of n slots of s from slot first on.  s is mixed.
 * Owner. */
void     ptrmap_tile(struct span *s, uint64_t first, uint64_t n, uint64_t map);

/* Note that the maps of s differ from now on: fill the bits with what the maps
 * were.  Owner. */
void     ptrmap_mix(struct span *s);

/* Return 64 bits of type's map as ptrmap_of_type_slowly does, but by a single
 * load if gcdata is aligned to 8.  This load may read behind gcdata, but not
 * beyond the aligned word in which gcdata ends. */
INLINE uint64_t
ptrmap_of_type(const struct gc_type *type, size_t i)
{
	uint64_t nbits = type->ptrdata / 8 - 64 * i;

	if (UNLIKELY(((uintptr_t)type->gcdata & 7) != 0 ||
	    type->ptrdata <= 512 * i))
		return ptrmap_of_type_slowly(type, i);
	if (nbits >= 64)
		return ((const struct gc_word *)type->gcdata)[i].bits;
	return ((const struct gc_word *)type->gcdata)[i].bits &
	    ~(~0ULL << nbits);
}

/* Call fn for the address of each pointer in the object at base in s.  World
 * stopped, or nothing else runs. */
void     ptrmap_each(struct span *s, uintptr_t base,
    void (*fn)(void *arg, uintptr_t at), void *arg);

/* Return the map of the object at base in s.  s is a span with a pointer map
 * whose same was found to be 0, so its objects do not share one map.  Any hart
 * that has the object. */
INLINE uint64_t
ptrmap_get_own(const struct span *s, uintptr_t base)
{
	struct span_word *word = span_map(s, base);
	unsigned shift = (base >> 3) & 63;
	uint64_t map;

	fence_acquire();	/* pairs with fence_release in ptrmap_mix */
	/* relaxed: bits of neighbours may change while we read.  The bits of
	 * this object were stored before any goroutine could have a pointer to
	 * it. */
	map = load_relaxed(&word->bits) >> shift;
	if (!s->plain && shift + (s->size >> 3) > 64)
		map |= load_relaxed(&word[1].bits) << (64 - shift);
	return map & s->slotmask;
}

/* Return the map of the object at base in s, any span with a pointer map. */
INLINE uint64_t
ptrmap_get(const struct span *s, uintptr_t base)
{
	/* relaxed: if same changes to 0 meanwhile, both ways lead to one
	 * map. */
	uint64_t same = load_relaxed(&s->same);

	return same != 0 ? same : ptrmap_get_own(s, base);
}

/* Replace the bits of word that are in mask.  Owner of the word's span: no
 * other hart writes, so no atomic read-modify-write is needed, only a store
 * that does not tear. */
INLINE void
ptrmap_put(struct span_word *word, uint64_t mask, uint64_t bits)
{
	/* relaxed: see ptrmap_get. */
	uint64_t old = load_relaxed(&word->bits);

	store_relaxed(&word->bits, (old & ~mask) | (bits & mask));
}

/* Give the object at base in s this map.  Owner of s. */
INLINE void
ptrmap_set(struct span *s, uintptr_t base, uint64_t map)
{
	struct span_word *word = span_map(s, base);
	unsigned shift = (base >> 3) & 63;

	/* relaxed: only the owner stores this. */
	if (!s->mixed) {
		if (map != 0 && load_relaxed(&s->same) == map)
			return;
		ptrmap_mix(s);
	}

	ptrmap_put(word, s->slotmask << shift, map << shift);
	if (!s->plain && shift + (s->size >> 3) > 64)
		ptrmap_put(word + 1, s->slotmask >> (64 - shift),
		    map >> (64 - shift));
}
