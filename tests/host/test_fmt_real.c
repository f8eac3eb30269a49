/*
 * test_fmt_real.c - floating-point numbers against the host's own printf, bit
 * for bit.
 *
 * The host's long double has the 80 bits of x86; Antler's has 128.  Numbers of
 * 128 bits are compared with strfromf128, which knows a precision but neither
 * flags nor a width.  What these add is laid out by the code that the other
 * formats share.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/decimal.h"
#include "lib/fmt_out.h"
#include "tests/host/random_format.h"

enum {
	DOUBLES = PERTURB ? 100000 : 300000,
	LONG_DOUBLES = PERTURB ? 10000 : 30000,
	QUADS = PERTURB ? 10000 : 30000,
	TRIPS = PERTURB ? 50000 : 100000,
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static const char convs[] = "fFeEgGaA";

/*
 * Returns the flags to try with conv: # with all but g, for which glibc (2.36)
 * leaves out a digit where rounding carries to a power of ten: "%#.2g" of 99.5
 * is 1.0e+02.
 */
static const char *
flags_of(char conv)
{
	return conv == 'g' || conv == 'G' ? "-0+ '" : "-0+ #'";
}

KTEST(fmt, doubles_come_out_as_from_libc)
{
	for (int i = 0; i < DOUBLES && !ktest_failed(t); i++) {
		char   conv = convs[rand_below(&t->rand, 8)];
		double d = random_double(t);
		struct format f;

		format_init(&f);
		format_add(t, &f, 0, flags_of(conv), PRECISION_ANY,
		    rand_below(&t->rand, 2) == 0 ? "l" : "", conv);
		EXPECT_AS_LIBC(t, &f, d);
	}
}

KTEST(fmt, long_doubles_of_the_host_come_out_as_from_libc)
{
	for (int i = 0; i < LONG_DOUBLES && !ktest_failed(t); i++) {
		char        conv = convs[rand_below(&t->rand, 8)];
		long double ld = random_long_double(t);
		struct format f;

		format_init(&f);
		format_add(t, &f, 0, flags_of(conv), PRECISION_ANY, "L", conv);
		EXPECT_AS_LIBC(t, &f, ld);
	}
}

/* C defines %g by %e and %f. */
KTEST(fmt, a_general_number_with_all_its_zeros_is_as_c_defines_it)
{
	for (int i = 0; i < TRIPS && !ktest_failed(t); i++) {
		int    p = 1 + (int)rand_below(&t->rand, 20), x;
		double d = random_double(t);
		char   text[400], want[400];

		if (d != d || d - d != 0)
			continue;
		snprintf(text, sizeof(text), "%.*e", p - 1, d);
		x = atoi(strchr(text, 'e') + 1);
		if (x < -4 || x >= p)
			snprintf(want, sizeof(want), "%#.*e", p - 1, d);
		else
			snprintf(want, sizeof(want), "%#.*f", p - 1 - x, d);
		fmt_snprintf(text, sizeof(text), "%#.*g", p, d);
		if (strcmp(text, want) != 0)
			ktest_fail(t, __FILE__, __LINE__,
			    "%%#.%dg gives %s, by C's definition %s", p, text,
			    want);
	}
}

/* ---- 128 bits ----------------------------------------------------------- */

/* glibc 2.26 and later have this; their header does not tell every compiler. */
int strfromf128(char *buf, size_t size, const char *fmt, __float128 n);

struct text_sink {
	struct fmt_sink sink;
	char           *text;
	size_t          len;
};

static void
text_write(struct fmt_sink *sink, const char *text, size_t len)
{
	struct text_sink *to = CONTAINER_OF(sink, struct text_sink, sink);

	memcpy(to->text + to->len, text, len);
	to->len += len;
	to->text[to->len] = '\0';
}

static void
expect_quad_as_libc(struct ktest *t, const uint64_t bits[2], int precision,
    char conv)
{
	static struct texts texts;
	uint64_t            room[DECIMAL_ROOM_128];
	struct text_sink    sink = { { text_write }, texts.ours, 0 };
	struct fmt_out      out = { .sink = &sink.sink };
	struct fmt_spec     spec = { .precision = precision, .conv = conv };
	struct real         r = real_from_binary128(bits[1], bits[0]);
	struct format       f;
	__float128          n;

	format_init(&f);
	if (precision >= 0)
		f.len = snprintf(f.text, sizeof(f.text), "%%.%d", precision);
	else
		f.len = snprintf(f.text, sizeof(f.text), "%%");
	f.text[f.len] = conv;
	memcpy(&n, bits, sizeof(n));
	fmt_put_real(&out, &spec, &r, room);
	texts.our_len = (int)out.len;
	EXPECT_EQ(t, sink.len, out.len);
	texts.libc_len = strfromf128(texts.libc, TEXT_MAX, f.text, n);
	expect_same(t, &f, &texts);
}

KTEST(fmt, quads_come_out_as_from_libc)
{
	for (int i = 0; i < QUADS && !ktest_failed(t); i++) {
		uint64_t bits[2] = { random_word(t), random_word(t) };
		uint64_t exponent = rand_below(&t->rand, 0x8000);

		/* Most numbers have a usual magnitude. */
		if (rand_below(&t->rand, 4) != 0)
			exponent = 16383 - 150 + exponent % 300;
		bits[1] = (bits[1] & 0x8000ffffffffffffUL) | exponent << 48;
		expect_quad_as_libc(t, bits, (int)rand_below(&t->rand, 60) - 1,
		    convs[rand_below(&t->rand, 8)]);
	}
}

/* The largest and the smallest numbers, with all digits that they have. */
KTEST(fmt, quads_at_the_ends_have_all_their_digits)
{
	static const uint64_t ends[][2] = {
		{ 0, 0 },				/* 0 */
		{ 0, 0x8000000000000000 },		/* -0 */
		{ 1, 0 },				/* 2^-16494 */
		{ ~0UL, 0x0000ffffffffffff },		/* subnormal */
		{ 0, 0x0001000000000000 },		/* normal */
		{ ~0UL, 0x7ffeffffffffffff },		/* the largest */
		{ ~0UL, 0x3ffeffffffffffff },		/* 1 - 2^-113 */
		{ 0, 0x3fff000000000000 },		/* 1 */
		{ 0, 0x7fff000000000000 },		/* infinity */
		{ 0, 0x7fff800000000000 },		/* no number */
	};
	static const int precisions[] = { -1, 0, 1, 17, 33, 34, 35, 36, 112,
		4931, 4932, 4933, 4966, 16381, 16493, 16494, 16495,
		FMT_FIELD_MAX };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		for (size_t j = 0; j < ARRAY_LEN(precisions); j++)
			for (size_t k = 0; k < 8; k++)
				expect_quad_as_libc(t, ends[i], precisions[j],
				    convs[k]);
}

/* ---- and back ----------------------------------------------------------- */

KTEST(fmt, seventeen_digits_are_enough_to_read_a_double_back)
{
	static const char *const fmts[] = { "%.17g", "%.16e", "%a", "%.1100f" };

	for (int i = 0; i < TRIPS && !ktest_failed(t); i++) {
		double d = random_double(t), back;
		uint32_t k = rand_below(&t->rand, 200);
		char text[1500];

		fmt_snprintf(text, sizeof(text), fmts[k < 4 ? k : k % 3], d);
		back = strtod(text, NULL);
		if (d != d)
			EXPECT(t, back != back);
		else
			EXPECT(t, memcmp(&back, &d, sizeof(d)) == 0);
	}
}
