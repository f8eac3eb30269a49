/*
 * bits.h - counting and finding bits, in C: rv64gc has no instruction for these
 * (only Zbb has), and the compiler's builtins call a library that we do not
 * have.
 */
#pragma once

#include "lib/compiler.h"

/* Returns how many bits of x are set.  (Each step adds neighbouring fields of
 * 1, 2, then 4 bits; the product sums the eight bytes into the highest.) */
INLINE unsigned
bits_count(uint64_t x)
{
	x -= (x >> 1) & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned)((x * 0x0101010101010101ULL) >> 56);
}

/* Returns the index of the lowest set bit of x, or 64 if x is 0. */
INLINE unsigned
bits_lowest(uint64_t x)
{
	return bits_count(~x & (x - 1));
}

/* Returns a word with bits lo .. hi - 1 set; 0 <= lo < hi <= 64. */
INLINE uint64_t
bits_range(unsigned lo, unsigned hi)
{
	return (~0ULL >> (64 - (hi - lo))) << lo;
}
