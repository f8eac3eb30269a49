/*
 * test_fmt.c - lib/fmt.c against the host's own printf, on random formats.
 */
#include <stdio.h>
#include <string.h>

#include "lib/fmt.h"
#include "tests/ktest.h"

enum { ROUNDS = 20000 };

/* Some of the flags, a width and a precision, each perhaps. */
static int
random_spec(struct ktest *t, char *out, const char *flags)
{
	int n = 0;

	out[n++] = '%';
	for (; *flags != '\0'; flags++)
		if (rand_below(&t->rand, 4) == 0)
			out[n++] = *flags;
	if (rand_below(&t->rand, 2) == 0)
		n += sprintf(out + n, "%u", 1 + rand_below(&t->rand, 30));
	if (rand_below(&t->rand, 2) == 0)
		n += sprintf(out + n, ".%u", rand_below(&t->rand, 25));
	return n;
}

/* Numbers of every magnitude, and the bits of any double. */
static uint64_t
random_bits(struct ktest *t)
{
	uint64_t n = (uint64_t)rand_u32(&t->rand) << 32 | rand_u32(&t->rand);

	return n >> rand_below(&t->rand, 64);
}

static void
expect_same(struct ktest *t, const char *fmt, const char *ours, int our_len,
    const char *theirs, int their_len)
{
	if (strcmp(ours, theirs) != 0 || our_len != their_len)
		ktest_fail(t, __FILE__, __LINE__,
		    "%s gives \"%s\" (%d), libc \"%s\" (%d)", fmt, ours,
		    our_len, theirs, their_len);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

KTEST(fmt, integers_come_out_as_from_libc)
{
	static const char convs[] = "diuxXo";
	char              fmt[64], ours[128], theirs[128];

	for (int i = 0; i < ROUNDS && !ktest_failed(t); i++) {
		char     conv = convs[rand_below(&t->rand, 6)];
		bool     is_signed = conv == 'd' || conv == 'i';
		int      n = random_spec(t, fmt, is_signed ? "-0+ " : "-0#");
		uint64_t v = random_bits(t);
		int      our_len, their_len;

		sprintf(fmt + n, "l%c", conv);
		our_len = fmt_snprintf(ours, sizeof(ours), fmt, v);
		their_len = snprintf(theirs, sizeof(theirs), fmt, v);
		expect_same(t, fmt, ours, our_len, theirs, their_len);
	}
}

KTEST(fmt, doubles_come_out_as_from_libc)
{
	char fmt[64], ours[600], theirs[600];

	for (int i = 0; i < ROUNDS && !ktest_failed(t); i++) {
		int      n = random_spec(t, fmt, "-0+ #");
		uint64_t bits = random_bits(t);
		double   d;
		int      our_len, their_len;

		if (rand_below(&t->rand, 2) == 0)	/* a usual magnitude */
			d = (double)(int64_t)bits / 1024;
		else
			memcpy(&d, &bits, sizeof(d));
		if (d != d)
			continue;	/* libc shows the sign of a NaN */
		sprintf(fmt + n, "f");
		our_len = fmt_snprintf(ours, sizeof(ours), fmt, d);
		their_len = snprintf(theirs, sizeof(theirs), fmt, d);
		expect_same(t, fmt, ours, our_len, theirs, their_len);
	}
}

KTEST(fmt, strings_come_out_as_from_libc)
{
	static const char text[] = "the quick brown fox";
	char              fmt[64], ours[128], theirs[128];

	for (int i = 0; i < ROUNDS && !ktest_failed(t); i++) {
		int         n = random_spec(t, fmt, "-");
		const char *s = text + rand_below(&t->rand, sizeof(text));
		size_t      size = rand_below(&t->rand, 40);
		int         our_len, their_len;

		sprintf(fmt + n, "s|%%c");
		memset(ours, 0, sizeof(ours));
		memset(theirs, 0, sizeof(theirs));
		our_len = fmt_snprintf(ours, size, fmt, s, 'x');
		their_len = snprintf(theirs, size, fmt, s, 'x');
		expect_same(t, fmt, ours, our_len, theirs, their_len);
	}
}

#pragma GCC diagnostic pop
