/*
 * real.c - taking floating-point numbers apart; see real.h.
 */
#include "lib/real.h"

/*
 * Returns the number with these parts.  In its format, the mantissa has
 * fraction_bits bits behind the point, and biased, the stored exponent, is the
 * exponent plus bias and at most exponent_max.  unit is the bit of the mantissa
 * before the point, which normal numbers have but do not store, or 0 if the
 * format stores it.
 */
static struct real
from_parts(bool negative, int biased, int exponent_max, int bias,
    unsigned __int128 mantissa, unsigned __int128 unit, int fraction_bits)
{
	struct real r = {
		.fraction_bits = fraction_bits,
		.negative = negative,
	};

	if (biased == exponent_max) {
		r.kind = mantissa << (128 - fraction_bits) != 0 ? REAL_NAN :
		    REAL_INF;
		return r;
	}
	r.kind = REAL_FINITE;
	r.mantissa = biased != 0 ? mantissa | unit : mantissa;
	r.exponent = (biased != 0 ? biased : 1) - bias - fraction_bits;
	return r;
}

struct real
real_from_binary64(uint64_t bits)
{
	unsigned __int128 unit = 1UL << 52;

	return from_parts(bits >> 63 != 0, (int)(bits >> 52 & 0x7ff), 0x7ff,
	    1023, bits & (unit - 1), unit, 52);
}

struct real
real_from_binary128(uint64_t high, uint64_t low)
{
	unsigned __int128 unit = (unsigned __int128)1 << 112;
	unsigned __int128 bits = (unsigned __int128)high << 64 | low;

	return from_parts(high >> 63 != 0, (int)(high >> 48 & 0x7fff), 0x7fff,
	    16383, bits & (unit - 1), unit, 112);
}

struct real
real_from_x87(uint16_t high, uint64_t mantissa)
{
	struct real r = from_parts(high >> 15 != 0, high & 0x7fff, 0x7fff,
	    16383, mantissa, 0, 63);

	/* The number does not change.  %a shows four bits before the point, as
	 * in libc. */
	r.fraction_bits = 60;
	return r;
}
