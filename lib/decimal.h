/*
 * decimal.h - the exact decimal digits of a number, one after the other.
 *
 * Any finite binary number has finitely many decimal digits, but a long double
 * may have 16,494 of them behind its point.  They are never all in memory: the
 * digits are produced one by one, from the first that is not 0, and only the
 * number itself is kept, as a large integer or a large binary fraction, in
 * memory that the caller provides (room).  So no allocation is needed, and only
 * a bounded amount of stack, which is small for a double.
 *
 *	uint64_t room[DECIMAL_ROOM_64];
 *	struct decimal d;
 *
 *	decimal_init(&d, &real, room);	// real is finite
 *	while (!decimal_has_ended(&d))
 *		put('0' + decimal_next(&d));
 *
 * The first digit has the value 10^d.exponent.  The number zero has only digits
 * 0, and the exponent 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/real.h"

/*
 * The size of room for any number of a format, in words of 64 bits.  room holds
 * either an integer, in limbs below 10^9 of 4 bytes each, or a fraction, in
 * limbs of 64 bits:
 *
 *	binary64	2^1024 has 309 digits, 35 limbs; the last bit is 2^-1074
 *	binary128	2^16384 has 4,933 digits, 549 limbs; 2^-16494
 *	x87		2^16384, and the last bit is 2^-16445
 */
enum { DECIMAL_ROOM_64 = 18, DECIMAL_ROOM_128 = 275 };

enum { DECIMAL_BLOCK = 18 };		/* digits of a block of the fraction */

struct decimal {
	const struct real *real;
	int       exponent;		/* of the first digit, as above */
	uint32_t *limb;			/* whole part, lowest first */
	int       nlimbs;
	int       next_limb;		/* limbs below it are still to come */
	uint32_t  small[4];		/* limb[] of a number with both parts */
	uint64_t *fraction;		/* binary digits, highest first */
	int       top, end;		/* limbs outside [top, end) are zero */
	int       at, len;		/* digits of block still to come */
	uint8_t   block[DECIMAL_BLOCK];
};

/* Start with the digits of real, which must be finite.  Neither *real nor room
 * may change while d is in use. */
void decimal_init(struct decimal *d, const struct real *real, uint64_t *room);

/* Start with the first digit again. */
void decimal_rewind(struct decimal *d);

/* Returns the next digit, 0 to 9. */
unsigned decimal_next(struct decimal *d);

/* Are all digits that are still to come 0? */
bool decimal_has_ended(const struct decimal *d);
