/*
 * ptrmap.c - writing pointer maps.
 *
 * The owner of a span is the only one that writes its map, so no atomic
 * read-modify-write is needed, only stores that do not tear.
 */
#include "gc/ptrmap.h"

#include "gc/bits.h"
#include "lib/check.h"

uint64_t
ptrmap_of_type(const struct gc_type *type, size_t i)
{
	size_t   nwords = type->ptrdata / 8, left;
	uint64_t map = 0;

	if (64 * i >= nwords)
		return 0;
	left = MIN(nwords - 64 * i, 64UL);
	for (size_t b = 0; 8 * b < left; b++)
		map |= (uint64_t)type->gcdata[8 * i + b] << (8 * b);
	return map & bits_range(0, (unsigned)left);
}

uint64_t
ptrmap_of_array(const struct gc_type *type, size_t n)
{
	uint64_t one = ptrmap_of_type(type, 0), map = 0;

	for (size_t i = 0; i < n; i++)
		map |= one << (i * type->size / 8);
	return map;
}

/* Replace the bits of word w that are in mask. */
static void
put(struct span *s, size_t w, uint64_t mask, uint64_t bits)
{
	/* relaxed: see ptrmap_get. */
	uint64_t old = load_relaxed(&s->ptrmap[w].bits);

	store_relaxed(&s->ptrmap[w].bits, (old & ~mask) | (bits & mask));
}

void
ptrmap_set(struct span *s, uintptr_t base, uint64_t map)
{
	size_t   word = (base - s->base) >> 3;
	unsigned shift = word & 63;

	ASSERT((map & ~s->slotmask) == 0);
	put(s, word >> 6, s->slotmask << shift, map << shift);
	if (shift + (s->size >> 3) > 64)
		put(s, (word >> 6) + 1, s->slotmask >> (64 - shift),
		    map >> (64 - shift));
}

/*
 * 64 bits of map repeated every period bits, from bit phase of a period on.
 * full is the repetitions that fit into 64 bits from phase 0, and filled says
 * how many bits those are.
 */
static uint64_t
tiled(uint64_t full, unsigned filled, unsigned phase)
{
	uint64_t bits = full >> phase;

	for (unsigned at = filled - phase; at < 64; at += filled)
		bits |= full << at;
	return bits;
}

void
ptrmap_tile(struct span *s, uint32_t first, uint32_t n, uint64_t map)
{
	unsigned period = (unsigned)s->size / 8, filled = 64 / period * period;
	size_t   bit = (size_t)first * period, end = bit + (size_t)n * period;
	unsigned phase = (bit & 63) == 0 ? 0 : period - (bit & 63) % period;
	uint64_t full = map;

	/* Bit 0 of the first word is bit `phase` of a slot before first. */
	phase %= period;
	for (unsigned at = period; at < filled; at *= 2)
		full |= full << at;
	if (filled < 64)
		full &= bits_range(0, filled);
	for (size_t w = bit >> 6; w << 6 < end; w++) {
		unsigned lo = w == bit >> 6 ? bit & 63 : 0;
		unsigned hi = (unsigned)MIN(end - (w << 6), 64UL);

		put(s, w, bits_range(lo, hi), tiled(full, filled, phase));
		phase = (phase + 64) % period;
	}
}
