/*
 * test_fmt.c - lib/fmt.c against the host's own printf, on random formats: all
 * conversions but those of floating-point numbers, which test_fmt_real.c has,
 * and formats with many conversions.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "lib/fmt.h"
#include "tests/host/random_format.h"
#include "tests/ktest.h"

enum { ROUNDS = PERTURB ? 50000 : 150000, ROUNDS_LONG = ROUNDS / 10 };

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

/* Make libc convert wide characters to UTF-8, as Antler does, until the test
 * sets the locale back.  Skips the test if the host cannot. */
static bool
libc_speaks_utf8(struct ktest *t)
{
	if (setlocale(LC_ALL, "C.UTF-8") != NULL)
		return true;
	ktest_skip(t, "the host has no locale C.UTF-8");
	return false;
}

KTEST(fmt, integers_come_out_as_from_libc)
{
	static const char *const sizes[] = { "", "h", "hh", "l", "ll", "q",
		"j", "z", "t", "L" };
	static const char convs[] = "diuxXo";

	for (int i = 0; i < ROUNDS && !ktest_failed(t); i++) {
		char        conv = convs[rand_below(&t->rand, 6)];
		bool        is_signed = conv == 'd' || conv == 'i';
		const char *size = sizes[rand_below(&t->rand,
		    ARRAY_LEN(sizes))];
		uint64_t    v = random_word(t);
		struct format f;

		format_init(&f);
		format_add(t, &f, 0, is_signed ? "-0+ '" : conv == 'u' ?
		    "-0'" : "-0#", PRECISION_SMALL, size, conv);
		EXPECT_AS_LIBC(t, &f, v);
	}
}

KTEST(fmt, strings_come_out_as_from_libc)
{
	static const char text[] = "the quick brown fox";

	for (int i = 0; i < ROUNDS_LONG && !ktest_failed(t); i++) {
		const char *s = text + rand_below(&t->rand, sizeof(text));
		struct format f;

		format_init(&f);
		format_add(t, &f, 0, "-", PRECISION_SMALL, "", 's');
		f.size = rand_below(&t->rand, 40);
		EXPECT_AS_LIBC(t, &f, s);
	}
}

/* Returns some text of characters that have 1 to 4 bytes. */
static const wchar_t *
random_wide(struct ktest *t)
{
	static const wchar_t text[] = L"a\u00e9\u20ac\U0001f600z\u07ff\u0800"
	    L"\uffff\U00010000\U0010ffffend";

	return text + rand_below(&t->rand, ARRAY_LEN(text));
}

KTEST(fmt, wide_characters_come_out_as_from_libc)
{
	if (!libc_speaks_utf8(t))
		return;
	for (int i = 0; i < ROUNDS_LONG && !ktest_failed(t); i++) {
		const wchar_t *s = random_wide(t);
		struct format f;

		format_init(&f);
		if (rand_below(&t->rand, 2) == 0) {
			bool as_l = rand_below(&t->rand, 2) == 0;

			format_add(t, &f, 0, "-", PRECISION_SMALL,
			    as_l ? "l" : "", as_l ? 's' : 'S');
			EXPECT_AS_LIBC(t, &f, s);
		} else {
			static const char *const sizes[] = { "", "l", "" };
			uint32_t k = rand_below(&t->rand, 3);
			wint_t c = k == 0 ? 1 + (wint_t)rand_below(&t->rand,
			    255) : (wint_t)(*s != 0 ? *s : L'x');

			format_add(t, &f, 0, "-", PRECISION_NONE, sizes[k],
			    k == 2 ? 'C' : 'c');
			EXPECT_AS_LIBC(t, &f, c);
		}
	}
	setlocale(LC_ALL, "C");
}

/* Only Antler writes such text: libc gives up at a word that is no
 * character. */
KTEST(fmt, an_invalid_wide_character_becomes_the_replacement)
{
	static const wchar_t bad[] = { 'a', 0xd800, 0x110000, 'b', 0 };
	char buf[32];

	EXPECT_EQ(t, fmt_snprintf(buf, sizeof(buf), "%ls|%.3ls", bad, bad), 10);
	EXPECT(t, strcmp(buf, "a\xef\xbf\xbd\xef\xbf\xbd" "b|a") == 0);
}

/* ---- many conversions --------------------------------------------------- */

/* One argument of each kind, in this order. */
struct arguments {
	int            i;
	double         d;
	const char    *s;
	long double    ld;
	uint64_t       l;
	const wchar_t *ws;
	int            c;
	void          *p;
	float          f;
};

enum { NARGUMENTS = 9 };

/* Add a conversion of the n-th member of struct arguments, by its number if
 * number is not 0. */
static void
add_nth(struct ktest *t, struct format *f, uint32_t n, int number)
{
	static const char ints[] = "diuxXo", reals[] = "fFeEgGaA";

	switch (n) {
	case 0:
		format_add(t, f, number, "-0", PRECISION_SMALL,
		    rand_below(&t->rand, 2) == 0 ? "h" : "",
		    ints[rand_below(&t->rand, 6)]);
		return;
	case 1:
	case 8:
		format_add(t, f, number, "-0+ ", PRECISION_SMALL, "",
		    reals[rand_below(&t->rand, 8)]);
		return;
	case 2:
		format_add(t, f, number, "-", PRECISION_SMALL, "", 's');
		return;
	case 3:
		format_add(t, f, number, "-0+ ", PRECISION_SMALL, "L",
		    reals[rand_below(&t->rand, 8)]);
		return;
	case 4:
		format_add(t, f, number, "-0", PRECISION_SMALL, "l",
		    ints[rand_below(&t->rand, 6)]);
		return;
	case 5:
		format_add(t, f, number, "-", PRECISION_SMALL, "l", 's');
		return;
	case 6:
		format_add(t, f, number, "-", PRECISION_NONE, "", 'c');
		return;
	default:
		format_add(t, f, number, "-", PRECISION_NONE, "", 'p');
		return;
	}
}

static void
random_arguments(struct ktest *t, struct arguments *a)
{
	static const char text[] = "jumps over the lazy dog";

	*a = (struct arguments){
		.i = (int)random_word(t),
		.d = random_double(t),
		.s = text + rand_below(&t->rand, sizeof(text)),
		.ld = random_long_double(t),
		.l = random_word(t),
		.ws = random_wide(t),
		.c = 'a' + (int)rand_below(&t->rand, 26),
		.p = (void *)(random_word(t) | 1),
		.f = (float)random_double(t),
	};
}

static void
expect_all(struct ktest *t, struct format *f, const struct arguments *a)
{
	/* Stars, if there are any, have the numbers of arguments, so no values
	 * are passed for them. */
	f->nstars = 0;
	EXPECT_AS_LIBC(t, f, a->i, a->d, a->s, a->ld, a->l, a->ws, a->c, a->p,
	    (double)a->f);
}

KTEST(fmt, many_arguments_in_turn_come_out_as_from_libc)
{
	if (!libc_speaks_utf8(t))
		return;
	for (int i = 0; i < ROUNDS_LONG && !ktest_failed(t); i++) {
		struct arguments a;
		struct format f;

		random_arguments(t, &a);
		format_init(&f);
		f.no_stars = true;
		for (uint32_t n = 0; n < NARGUMENTS; n++) {
			format_add_text(t, &f);
			add_nth(t, &f, n, 0);
		}
		format_add_text(t, &f);
		expect_all(t, &f, &a);
	}
	setlocale(LC_ALL, "C");
}

/* libc has to know the type of each argument, so the format names all of them,
 * and some twice. */
KTEST(fmt, arguments_by_number_come_out_as_from_libc)
{
	if (!libc_speaks_utf8(t))
		return;
	for (int i = 0; i < ROUNDS_LONG / 2 && !ktest_failed(t); i++) {
		uint32_t order[NARGUMENTS];
		struct arguments a;
		struct format f;

		random_arguments(t, &a);
		/* a.i is a width, too.  glibc (2.36) does not pad a number to a
		 * width below 0 if there is a flag 0. */
		a.i = (int)((unsigned)a.i % 100);
		format_init(&f);
		f.star_number = 1;
		for (uint32_t n = 0; n < NARGUMENTS; n++) {
			uint32_t k = rand_below(&t->rand, n + 1);

			order[n] = order[k];
			order[k] = n;
		}
		for (uint32_t n = 0; n < NARGUMENTS; n++) {
			uint32_t again = rand_below(&t->rand, NARGUMENTS);

			add_nth(t, &f, order[n], (int)order[n] + 1);
			format_add_text(t, &f);
			if (rand_below(&t->rand, 3) == 0)
				add_nth(t, &f, again, (int)again + 1);
		}
		expect_all(t, &f, &a);
	}
	setlocale(LC_ALL, "C");
}
