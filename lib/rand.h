/*
 * rand.h - a small fast random generator (xorshift64*, Marsaglia 2003, Vigna
 * 2016) for steal order and tests.  Never for secrets.  One state per owner.
 */
#pragma once

#include <stdint.h>

struct rand {
	uint64_t state;	/* never 0 */
};

/* Start r from seed.  Every seed, even 0, gives a usable state. */
static inline void
rand_seed(struct rand *r, uint64_t seed)
{
	/* splitmix64, so that neighbouring seeds give states far apart. */
	uint64_t z = seed + 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	r->state = z != 0 ? z : 1;
}

/* Returns the next 32 random bits.  Owner of r only. */
static inline uint32_t
rand_u32(struct rand *r)
{
	uint64_t x = r->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	r->state = x;
	return (uint32_t)((x * 0x2545f4914f6cdd1dULL) >> 32);
}

/* Returns the next 64 random bits.  Owner of r only. */
static inline uint64_t
rand_u64(struct rand *r)
{
	uint64_t high = rand_u32(r);

	return high << 32 | rand_u32(r);
}

/* Returns a random number in [0, n); n > 0.  The bias is below n / 2^32.  Owner
 * of r only. */
static inline uint32_t
rand_below(struct rand *r, uint32_t n)
{
	return (uint32_t)(((uint64_t)rand_u32(r) * n) >> 32);
}
