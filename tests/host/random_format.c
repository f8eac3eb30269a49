/*
 * random_format.c - random formats and values.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "tests/host/random_format.h"

void
format_init(struct format *f)
{
	memset(f, 0, sizeof(*f));
	f->size = TEXT_MAX;
}

static void
add(struct format *f, const char *text)
{
	f->len += snprintf(f->text + f->len, sizeof(f->text) - (size_t)f->len,
	    "%s", text);
}

/* Add the number n, or a star for which n is passed.  Only for a star can n be
 * less than 0; a number loses its sign. */
static void
add_number(struct ktest *t, struct format *f, int n)
{
	char text[16];

	if (f->no_stars || (n >= 0 && rand_below(&t->rand, 4) != 0))
		snprintf(text, sizeof(text), "%d", n < 0 ? -n : n);
	else if (f->star_number != 0)
		snprintf(text, sizeof(text), "*%d$", f->star_number);
	else {
		f->star[f->nstars++] = n;
		snprintf(text, sizeof(text), "*");
	}
	add(f, text);
}

static int
random_precision(struct ktest *t, enum precision precision)
{
	if (precision == PRECISION_ANY && rand_below(&t->rand, 200) == 0)
		return (int)rand_below(&t->rand, 1200);
	if (precision == PRECISION_ANY && rand_below(&t->rand, 50000) == 0)
		return (int)rand_below(&t->rand, FMT_FIELD_MAX);
	return (int)rand_below(&t->rand, 26) - 1;
}

void
format_add(struct ktest *t, struct format *f, int number, const char *flags,
    enum precision precision, const char *size, char conv)
{
	char text[16];

	add(f, "%");
	if (number != 0) {
		snprintf(text, sizeof(text), "%d$", number);
		add(f, text);
	}
	for (; *flags != '\0'; flags++)
		if (rand_below(&t->rand, 4) == 0)
			add(f, (char[]){ *flags, '\0' });
	if (rand_below(&t->rand, 2) == 0) {
		int n = (int)rand_below(&t->rand, 50) - 15;

		/* A 0 would be a flag. */
		add_number(t, f, n != 0 ? n : 1);
	}
	if (precision != PRECISION_NONE && rand_below(&t->rand, 4) != 0) {
		add(f, ".");
		if (rand_below(&t->rand, 8) != 0)
			add_number(t, f, random_precision(t, precision));
	}
	add(f, size);
	add(f, (char[]){ conv, '\0' });
}

void
format_add_text(struct ktest *t, struct format *f)
{
	static const char *const texts[] = { "", "", "|", ", ", "%%", "x = ",
		"\n" };

	add(f, texts[rand_below(&t->rand, ARRAY_LEN(texts))]);
}

uint64_t
random_word(struct ktest *t)
{
	uint64_t n = (uint64_t)rand_u32(&t->rand) << 32 | rand_u32(&t->rand);

	return n >> rand_below(&t->rand, 64);
}

/* Returns a number with few decimal digits, which often lies halfway between
 * two decimals that it could be rounded to. */
static long double
random_decimal(struct ktest *t, int exponent_max)
{
	long double n = (long double)(random_word(t) >> 32);
	int         e = (int)rand_below(&t->rand, 2 * (uint32_t)exponent_max) -
	    exponent_max;

	if (rand_below(&t->rand, 2) == 0)
		n += 0.5L;
	return rand_below(&t->rand, 2) == 0 ? n * powl(10, e) : ldexpl(n, e);
}

double
random_double(struct ktest *t)
{
	static const double special[] = { 0.0, 1.0, 9.5, 99.5, 999.9995, 0.5,
		1e15, 1e16, 1e22, 1e23, 123456.5, 0.0001, 0.00001, DBL_MAX,
		DBL_MIN, DBL_TRUE_MIN, DBL_EPSILON, 1 / 3.0, INFINITY, NAN,
		9007199254740993.0, 5e-324, 2.2250738585072011e-308 };
	uint64_t bits = (uint64_t)rand_u32(&t->rand) << 32 |
	    rand_u32(&t->rand);
	double   d;

	switch (rand_below(&t->rand, 8)) {
	case 0:
		d = special[rand_below(&t->rand, ARRAY_LEN(special))];
		break;
	case 1:
		d = (double)random_decimal(t, 20);
		break;
	case 2:
		d = (double)(int64_t)random_word(t) / 1024;
		break;
	case 3:				/* subnormal, or small */
		bits &= 0x801fffffffffffffUL >> rand_below(&t->rand, 20);
		memcpy(&d, &bits, sizeof(d));
		break;
	default:
		memcpy(&d, &bits, sizeof(d));
		break;
	}
	return rand_below(&t->rand, 2) == 0 ? d : -d;
}

long double
random_long_double(struct ktest *t)
{
	static const long double special[] = { 0.0L, 1.0L, 0.1L, LDBL_MAX,
		LDBL_MIN, LDBL_TRUE_MIN, LDBL_EPSILON, 9.5L, 99.5L, INFINITY,
		NAN, 1e4900L, 1e-4900L, 18446744073709551615.5L };
	long double ld;
	int         e;

	switch (rand_below(&t->rand, 8)) {
	case 0:
		ld = special[rand_below(&t->rand, ARRAY_LEN(special))];
		break;
	case 1:
		ld = random_decimal(t, 30);
		break;
	case 2:
		ld = (long double)random_double(t);
		break;
	default:
		e = (int)rand_below(&t->rand, 1U << (1 +
		    rand_below(&t->rand, 15)));
		ld = ldexpl((long double)random_word(t),
		    rand_below(&t->rand, 2) == 0 ? e / 2 : -e / 2 - 70);
		break;
	}
	return rand_below(&t->rand, 2) == 0 ? ld : -ld;
}

void
expect_same(struct ktest *t, const struct format *f, const struct texts *texts)
{
	int n;

	if (texts->our_len == texts->libc_len &&
	    strcmp(texts->ours, texts->libc) == 0)
		return;
	for (n = 0; texts->ours[n] != '\0' && texts->ours[n] == texts->libc[n];)
		n++;
	ktest_fail(t, __FILE__, __LINE__,
	    "%s (%d, %d) gives, from character %d on, \"%.200s\" (%d), libc "
	    "\"%.200s\" (%d)", f->text, f->star[0], f->star[1], n,
	    texts->ours + n, texts->our_len, texts->libc + n, texts->libc_len);
}
