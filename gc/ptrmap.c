/*
 * ptrmap.c - write the pointer maps of many objects at once.
 *
 * A span keeps its map in same as long as it has been given only one map.  The
 * second map ends that for good.  A marker may be reading a map at that moment,
 * but what it reads is the map of an object that was there when marking began,
 * and this map is the same before and after.
 */
#include "gc/ptrmap.h"

#include "lib/bits.h"
#include "lib/check.h"

uint64_t
ptrmap_of_type_slowly(const struct gc_type *type, size_t i)
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

	if (type->size == 8)
		return one != 0 ? bits_range(0, (unsigned)n) : 0;
	for (size_t i = 0; i < n; i++)
		map |= one << (i * type->size / 8);
	return map;
}

/*
 * Return 64 bits of map repeated every period bits, beginning with bit phase of
 * a period.  full holds as many repetitions from phase 0 as fit into 64 bits,
 * and filled says how many bits these are.
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
ptrmap_tile(struct span *s, uint64_t first, uint64_t n, uint64_t map)
{
	unsigned  period = (unsigned)s->size / 8;
	unsigned  filled = s->plain ? 64 : 64 / period * period;
	uintptr_t lo = s->base + first * s->size, hi = lo + n * s->size;
	struct span_word *word = span_map(s, lo), *last = span_map(s, hi - 8);
	unsigned  begin = (lo >> 3) & 63, end = ((hi - 8) >> 3 & 63) + 1;
	/* Bit 0 of the first word is bit phase of some slot's map. */
	unsigned  phase = (period - begin % period) % period;
	uint64_t  full = map;

	for (unsigned at = period; at < filled; at *= 2)
		full |= full << at;
	if (filled < 64)
		full &= bits_range(0, filled);
	for (; word < last; word++, begin = 0) {
		ptrmap_put(word, ~0ULL << begin, tiled(full, filled, phase));
		if (!s->plain)
			phase = (phase + 64) % period;
	}
	ptrmap_put(word, bits_range(begin, end), tiled(full, filled, phase));
}

void
ptrmap_mix(struct span *s)
{
	/* relaxed: only the owner stores this. */
	uint64_t same = load_relaxed(&s->same);

	ASSERT(!s->mixed);
	s->mixed = true;
	if (same == 0)
		return;
	ptrmap_tile(s, 0, s->nslots, same);
	/* release: pairs with fence_acquire in ptrmap_get_own.  A hart that
	 * finds no common map finds a map for each object. */
	fence_release();
	store_relaxed(&s->same, 0);
}

void
ptrmap_give(struct span *s, uint64_t first, uint64_t n, uint64_t map)
{
	/* relaxed: only the owner stores this; it is published like the
	 * objects. */
	uint64_t same = load_relaxed(&s->same);

	if (!s->mixed && same == 0 && map != 0)
		store_relaxed(&s->same, map);	/* the first map of the span */
	else if (same != map || map == 0) {
		if (!s->mixed)
			ptrmap_mix(s);
		ptrmap_tile(s, first, n, map);
	}
}

void
ptrmap_each(struct span *s, uintptr_t base,
    void (*fn)(void *arg, uintptr_t at), void *arg)
{
	const struct gc_type *type;

	if (s->noscan)
		return;
	if (s->types == NULL) {
		uint64_t map = ptrmap_get(s, base);

		for (uintptr_t at = base; map != 0; map >>= 1, at += 8)
			if (map & 1)
				fn(arg, at);
		return;
	}
	type = s->types[span_index(s, base)];
	if (type == NULL)
		return;			/* an unused slot of a run */
	for (size_t off = 0; off + type->size <= s->size; off += type->size)
		for (size_t w = 0; w * 8 < type->ptrdata; w++)
			if (type->gcdata[w / 8] >> (w % 8) & 1)
				fn(arg, base + off + w * 8);
}
