/*
 * real.h - taking floating-point numbers apart with integer instructions.
 *
 * No function here touches a floating-point register, because traps may print,
 * and a trap saves only integer registers.  The formats are those of IEEE
 * 754-2008, 3.4, and the extended format of x86, which is the host's long
 * double.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum real_kind { REAL_FINITE, REAL_INF, REAL_NAN };

/* A number.  A finite one is mantissa * 2^exponent, exactly. */
struct real {
	unsigned __int128 mantissa;
	int               exponent;
	int               fraction_bits;	/* of the mantissa, for %a: how
						 * many are behind the point */
	enum real_kind    kind;
	bool              negative;
};

/* Return the number with these bits, in the format binary64, which is double;
 * binary128, which is long double on RISC-V; or the 80-bit format of x86. */
struct real real_from_binary64(uint64_t bits);
struct real real_from_binary128(uint64_t high, uint64_t low);
struct real real_from_x87(uint16_t high, uint64_t mantissa);
