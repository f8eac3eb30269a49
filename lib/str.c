/*
 * str.c - the string functions that C does not have.  Those that C has are in
 * mem.c, because a host build takes them from its libc.
 */
#include "lib/str.h"

#include "lib/compiler.h"

bool
str_starts(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; s++, prefix++)
		if (*s != *prefix)
			return false;
	return true;
}

/* Returns the value of a digit in bases up to 16, or 16 for any other
 * character. */
static unsigned
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

/* Returns the number of bits that the size suffix s shifts by, or -1 if s is
 * not a size suffix. */
static int
suffix_shift(const char *s)
{
	static const char units[] = "KMGT";

	if (s[0] == '\0' || (s[0] == 'B' && s[1] == '\0'))
		return 0;
	for (int i = 0; units[i] != '\0'; i++)
		if (s[0] == units[i] &&
		    (s[1] == '\0' ||
		     (s[1] == 'i' && s[2] == 'B' && s[3] == '\0')))
			return 10 * (i + 1);
	return -1;
}

bool
str_to_u64(const char *s, unsigned long *out)
{
	unsigned      base = 10;
	unsigned long n = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (digit_value(*s) >= base)
		return false;
	for (; digit_value(*s) < base; s++)
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, digit_value(*s), &n))
			return false;

	int shift = suffix_shift(s);

	if (shift < 0 || n > ~0UL >> shift)
		return false;
	*out = n << shift;
	return true;
}
