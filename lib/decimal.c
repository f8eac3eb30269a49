/*
 * decimal.c - the exact decimal digits of a number.
 *
 * The whole part is computed once, in limbs of nine decimal digits, by shifting
 * the mantissa in; a limb * 2^34 and a carry fit in 64 bits.  The fraction
 * stays binary: each multiplication by 10^18 moves its next 18 decimal digits
 * out at the top.  Such a step also makes 18 bits at the low end zero, since
 * 10^18 = 2^18 * 5^18, and moves its highest 1 bit up by 60 places.  Limbs
 * that are zero at either end are left out of the multiplication, so that it
 * costs little to produce the many zeros behind the point of a small number and
 * the many zeros in the middle of a number.
 *
 * Producing the digits uses up the fraction, but rounding has to look at the
 * digits twice.  So decimal_rewind makes the fraction again, from three words
 * of the mantissa.
 *
 * Rejected: one array of decimal limbs for the whole number, as in most C
 * libraries.  For a long double of 128 bits that is 7 KiB of stack, and the
 * stacks of goroutines and harts are small here.  Also rejected: powers of ten
 * from a table, with fewer bits than exact ones (Ryu, Grisu).  They are fast at
 * finding the shortest digits, which printf does not need, and not exact for
 * all digits.
 */
#include "lib/decimal.h"

#include "lib/compiler.h"

#define TEN_9  1000000000U
#define TEN_18 1000000000000000000UL

enum { LIMB_DIGITS = 9, SHIFT_MAX = 34, CHUNK = 30 };

/* Multiply the whole part by 2^shift, shift <= SHIFT_MAX, and add low, which is
 * less than 2^shift. */
static void
whole_shift_in(struct decimal *d, unsigned shift, uint64_t low)
{
	uint64_t carry = low;

	for (int i = 0; i < d->nlimbs; i++) {
		carry += (uint64_t)d->limb[i] << shift;
		d->limb[i] = (uint32_t)(carry % TEN_9);
		carry /= TEN_9;
	}
	for (; carry != 0; carry /= TEN_9)
		d->limb[d->nlimbs++] = (uint32_t)(carry % TEN_9);
}

/* Set the whole part to n * 2^shift. */
static void
whole_set(struct decimal *d, unsigned __int128 n, int shift)
{
	d->nlimbs = 0;
	for (int at = 4 * CHUNK; at >= 0; at -= CHUNK)
		whole_shift_in(d, CHUNK,
		    (uint64_t)(n >> at) & ((1UL << CHUNK) - 1));
	for (; shift > 0; shift -= SHIFT_MAX)
		whole_shift_in(d, (unsigned)MIN(shift, (int)SHIFT_MAX), 0);
}

/* Leave out the limbs that are zero at either end of the fraction. */
static void
fraction_trim(struct decimal *d)
{
	while (d->end > d->top && d->fraction[d->end - 1] == 0)
		d->end--;
	while (d->end > d->top && d->fraction[d->top] == 0)
		d->top++;
}

/* Set the fraction to the part of the number behind its point. */
static void
fraction_set(struct decimal *d)
{
	unsigned __int128 n = d->real->mantissa;
	int               nbits = -d->real->exponent, pad;
	uint64_t          low, high;

	d->top = d->end = 0;
	if (nbits <= 0)
		return;
	if (nbits < 128)
		n &= ((unsigned __int128)1 << nbits) - 1;
	/* The fraction is n / 2^nbits; pad bits of zeros fill the last limb. */
	d->end = (nbits + 63) / 64;
	d->top = MAX(d->end - 3, 0);
	pad = d->end * 64 - nbits;
	low = (uint64_t)n;
	high = (uint64_t)(n >> 64);
	d->fraction[d->end - 1] = low << pad;
	if (d->end > 1)
		d->fraction[d->end - 2] = pad == 0 ? high :
		    high << pad | low >> (64 - pad);
	if (d->end > 2)
		d->fraction[d->end - 3] = pad == 0 ? 0 : high >> (64 - pad);
	fraction_trim(d);
}

/* Returns the next 18 digits of the fraction. */
static uint64_t
fraction_next(struct decimal *d)
{
	uint64_t carry = 0;

	for (int i = d->end - 1; i >= d->top; i--) {
		unsigned __int128 product = (unsigned __int128)d->fraction[i] *
		    TEN_18 + carry;

		d->fraction[i] = (uint64_t)product;
		carry = (uint64_t)(product >> 64);
	}
	if (d->top > 0 && carry != 0) {
		d->fraction[--d->top] = carry;
		carry = 0;
	}
	fraction_trim(d);
	return carry;
}

/* Take the next block: a limb of the whole part, or a step of the fraction.
 * Returns its value and stores its number of digits in *ndigits. */
static uint64_t
next_block(struct decimal *d, int *ndigits)
{
	if (d->next_limb > 0) {
		*ndigits = LIMB_DIGITS;
		return d->limb[--d->next_limb];
	}
	*ndigits = DECIMAL_BLOCK;
	return fraction_next(d);
}

/* Make the digits of value the next digits to be taken. */
static void
set_block(struct decimal *d, uint64_t value, int ndigits)
{
	d->at = 0;
	d->len = ndigits;
	for (int i = ndigits - 1; i >= 0; i--, value /= 10)
		d->block[i] = (uint8_t)(value % 10);
}

void
decimal_rewind(struct decimal *d)
{
	uint64_t value;
	int      ndigits;

	d->at = d->len = d->exponent = 0;
	d->next_limb = d->nlimbs;
	if (d->real->mantissa == 0)
		return;
	fraction_set(d);
	/* Go to the first digit that is not 0. */
	d->exponent = d->nlimbs * LIMB_DIGITS;
	while ((value = next_block(d, &ndigits)) == 0)
		d->exponent -= ndigits;
	set_block(d, value, ndigits);
	for (; d->block[d->at] == 0; d->at++)
		d->exponent--;
	d->exponent--;
}

void
decimal_init(struct decimal *d, const struct real *real, uint64_t *room)
{
	d->real = real;
	d->limb = real->exponent >= 0 ? (uint32_t *)room : d->small;
	d->fraction = room;
	d->nlimbs = d->top = d->end = 0;
	if (real->exponent >= 0)
		whole_set(d, real->mantissa, real->exponent);
	else if (real->exponent > -128)
		whole_set(d, real->mantissa >> -real->exponent, 0);
	decimal_rewind(d);
}

unsigned
decimal_next(struct decimal *d)
{
	if (d->at == d->len) {
		int      ndigits;
		uint64_t value = next_block(d, &ndigits);

		set_block(d, value, ndigits);
	}
	return d->block[d->at++];
}

bool
decimal_has_ended(const struct decimal *d)
{
	for (int i = d->at; i < d->len; i++)
		if (d->block[i] != 0)
			return false;
	if (d->top != d->end)
		return false;
	for (int i = 0; i < d->next_limb; i++)
		if (d->limb[i] != 0)
			return false;
	return true;
}
