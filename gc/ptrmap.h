/*
 * ptrmap.h - which words of a small object hold pointers.
 *
 * A span of objects up to SIZECLASS_MAPPED bytes has a bit per word of its
 * pages.  An object has at most 64 words, so its map is one uint64_t on its
 * way in or out; in the span's map it may straddle two words.
 */
#pragma once

#include "gc/span.h"

/* 64 bits of gcdata. */
struct gc_word {
	uint64_t bits;
} __attribute__((may_alias));

/* 64 bits of type's map, from word 64 * i on; bits beyond ptrdata are 0.  Any
 * descriptor: gcdata is read by bytes, and no further than ptrdata says. */
uint64_t ptrmap_of_type_slowly(const struct gc_type *type, size_t i);

/* The map of an object that holds n of type, n * type->size <=
 * SIZECLASS_MAPPED. */
uint64_t ptrmap_of_array(const struct gc_type *type, size_t n);

/* Each of the n > 0 slots of s from slot first on has this map now.  Owner. */
void     ptrmap_give(struct span *s, uint64_t first, uint64_t n, uint64_t map);

/* The same, in the bits themselves: s is mixed. */
void     ptrmap_tile(struct span *s, uint64_t first, uint64_t n, uint64_t map);

/* The maps of s differ from now on: fill the bits with what they were.
 * Owner. */
void     ptrmap_mix(struct span *s);

/* The same, by a single load if gcdata is aligned to 8.  It may read behind
 * gcdata then, but not beyond the aligned word in which it ends. */
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

/* Call fn for the place of each pointer in the object at base in s.  World
 * stopped, or nobody about. */
void     ptrmap_each(struct span *s, uintptr_t base,
    void (*fn)(void *arg, uintptr_t at), void *arg);

/* The map of the object at base in s, a span with a pointer map and without one
 * for all: same was 0.  Any hart that has the object. */
INLINE uint64_t
ptrmap_get_own(const struct span *s, uintptr_t base)
{
	struct span_word *word = span_map(s, base);
	unsigned shift = (base >> 3) & 63;
	uint64_t map;

	fence_acquire();	/* with fence_release in ptrmap_mix */
	/* relaxed: neighbours' bits may change as we read, this object's were
	 * stored before anybody could have a pointer to it. */
	map = load_relaxed(&word->bits) >> shift;
	if (!s->plain && shift + (s->size >> 3) > 64)
		map |= load_relaxed(&word[1].bits) << (64 - shift);
	return map & s->slotmask;
}

/* The same for any span with a pointer map. */
INLINE uint64_t
ptrmap_get(const struct span *s, uintptr_t base)
{
	/* relaxed: if it changes to 0 under us, either says the same. */
	uint64_t same = load_relaxed(&s->same);

	return same != 0 ? same : ptrmap_get_own(s, base);
}

/* Replace the bits of word that are in mask.  Owner of the word's span: nobody
 * else writes, so no read-modify-write is needed, only one that does not tear.
 */
INLINE void
ptrmap_put(struct span_word *word, uint64_t mask, uint64_t bits)
{
	/* relaxed: see ptrmap_get. */
	uint64_t old = load_relaxed(&word->bits);

	store_relaxed(&word->bits, (old & ~mask) | (bits & mask));
}

/* The object at base in s has this map now.  Owner of s. */
INLINE void
ptrmap_set(struct span *s, uintptr_t base, uint64_t map)
{
	struct span_word *word = span_map(s, base);
	unsigned shift = (base >> 3) & 63;

	/* relaxed: the owner's own. */
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
