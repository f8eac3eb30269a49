/*
 * decimal.h - the exact decimal digits of a number, one after the other.
 *
 * Any finite binary number has finitely many decimal digits, but a long double
 * may have 16,494 behind its point.  They are never all in memory: the digits
 * come out from the first that is not 0 on, and all that is kept is the number
 * itself, as a large integer or a large binary fraction, in room that the
 * caller provides.  So it needs no allocation, and a bounded piece of the stack
 * that is small for a double.
 *
 *	uint64_t room[DECIMAL_ROOM_64];
 *	struct decimal d;
 *
 *	decimal_init(&d, &real, room);	// real is finite
 *	while (!decimal_has_ended(&d))
 *		put('0' + decimal_next(&d));
 *
 * The first digit counts 10^d.exponent.  Zero has no digits but 0, and the
 * exponent 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/real.h"

/*
 * Room for any number of a format, in words of 64 bits.  It holds either an
 * integer of whole limbs below 10^9, of 4 bytes each, or a fraction of 64 bits
 * a limb:
 *
 *	binary64	2^1024 has 309 digits, 35 limbs; the last bit is 2^-1074
 *	binary128	2^16384 has 4,933 digits, 549 limbs; 2^-16494
 *	x87		the same, and 2^-16445
 */
enum { DECIMAL_ROOM_64 = 18, DECIMAL_ROOM_128 = 275 };

enum { DECIMAL_BLOCK = 18 };		/* digits of a block of the fraction */

struct decimal {
	const struct real *real;
	int       exponent;		/* see above */
	uint32_t *limb;			/* whole part, lowest first */
	int       nlimbs;
	int       next_limb;		/* those below it are still to come */
	uint32_t  small[4];		/* limb[] of a number that has both */
	uint64_t *fraction;		/* binary digits, highest first; all */
	int       top, end;		/* limbs but top .. end - 1 are zero */
	int       at, len;		/* digits of block that are to come */
	uint8_t   block[DECIMAL_BLOCK];
};

/* Begin with the digits of real, which is finite and, like room, not changed
 * while d is in use. */
void decimal_init(struct decimal *d, const struct real *real, uint64_t *room);

/* Begin again. */
void decimal_rewind(struct decimal *d);

/* Returns the next digit, 0 to 9. */
unsigned decimal_next(struct decimal *d);

/* Are all digits to come 0? */
bool decimal_has_ended(const struct decimal *d);
