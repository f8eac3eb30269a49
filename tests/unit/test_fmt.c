/*
 * test_fmt.c - lib/fmt.c and what it is built on.  Runs in the guest and on the
 * host, where tests/host/test_fmt.c and test_fmt_real.c also compare it with
 * the functions of libc.
 */
#include <stddef.h>
#include <stdint.h>

#include "lib/fmt.h"
#include "lib/str.h"
#include "tests/ktest.h"

typedef __WINT_TYPE__ wint_t;

/* Let t fail unless fmt gives the text want, and returns its length. */
static void PRINTF(3, 4)
expect_text(struct ktest *t, const char *want, const char *fmt, ...)
{
	char    buf[512];
	va_list ap;
	int     len;

	va_start(ap, fmt);
	len = fmt_vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (strcmp(buf, want) != 0 || len != (int)strlen(want))
		ktest_fail(t, __FILE__, __LINE__,
		    "%s gives \"%s\" (%d), expected \"%s\"", fmt, buf, len,
		    want);
}

KTEST(fmt, integers_of_every_size_and_base_are_printed)
{
	expect_text(t, "0 -1 2147483647", "%d %d %i", 0, -1, 2147483647);
	expect_text(t, "-9223372036854775808", "%ld", INT64_MIN);
	expect_text(t, "18446744073709551615", "%lu", ~0UL);
	expect_text(t, "ff FF 377", "%x %X %o", 255, 255, 255);
	expect_text(t, "0xff 0XFF 0377 0", "%#x %#X %#o %#x", 255, 255, 255, 0);
	expect_text(t, "-1 255", "%hhd %hhu", (signed char)-1,
	    (unsigned char)255);
	expect_text(t, "-32768 65535", "%hd %hu", (short)-32768,
	    (unsigned short)65535);
	expect_text(t, "5 6 7", "%zu %td %llu", (size_t)5, (ptrdiff_t)6, 7ULL);
	expect_text(t, "0x0 0xdeadbeef", "%p %p", (void *)0,
	    (void *)0xdeadbeefUL);
}

KTEST(fmt, width_precision_and_flags_are_obeyed)
{
	expect_text(t, "[   42][42   ][00042]", "[%5d][%-5d][%05d]", 42, 42,
	    42);
	expect_text(t, "[-0042][  -42]", "[%05d][%5d]", -42, -42);
	expect_text(t, "+42 42", "%+d% d", 42, 42);
	expect_text(t, "[  007][]", "[%5.3d][%.0d]", 7, 0);
	expect_text(t, "[  0x1f][0x001f]", "[%#6x][%#06x]", 31, 31);
	expect_text(t, "[   ab][ab   ][ab]", "[%5s][%-5s][%1s]", "ab", "ab",
	    "ab");
	expect_text(t, "[abc][  ab]", "[%.3s][%4.2s]", "abcdef", "abcdef");
	expect_text(t, "[    x][x    ]", "[%*c][%*c]", 5, 'x', -5, 'x');
	expect_text(t, "[1.50]", "[%.*f]", 2, 1.5);
	expect_text(t, "100%", "%d%%", 100);
}

KTEST(fmt, strings_need_no_end_within_the_precision)
{
	char raw[3] = { 'a', 'b', 'c' };
	const char *volatile nothing = NULL;

	expect_text(t, "abc", "%.3s", raw);
	expect_text(t, "(null)", "%s", nothing);
}

KTEST(fmt, doubles_are_exact_and_round_half_to_even)
{
	expect_text(t, "0.000000 -0.000000", "%f %f", 0.0, -0.0);
	expect_text(t, "0.100000 3.141593", "%f %f", 0.1, 3.14159265);
	expect_text(t, "0 2 2 4", "%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5);
	expect_text(t, "10.0 9.9", "%.1f %.1f", 9.96, 9.94);
	expect_text(t, "99.99 100.00", "%.2f %.2f", 99.994, 99.996);
	expect_text(t, "1.", "%#.0f", 1.0);
	expect_text(t, "10000000000000000000000", "%.0f", 1e22);
	expect_text(t, "0.1000000000000000055511151231257827", "%.34f", 0.1);
	expect_text(t, "2251799813685249.5", "%.1f", 2251799813685249.5);
	expect_text(t, "0.000000", "%f", 5e-324);
	expect_text(t, "inf -inf", "%f %f", __builtin_inf(), -__builtin_inf());
	expect_text(t, "nan", "%f", __builtin_nan(""));
	expect_text(t, "[   1.50][+1.5][1.500  ][-0001.5]",
	    "[%7.2f][%+.1f][%-7.3f][%07.1f]", 1.5, 1.5, 1.5, -1.5);
	expect_text(t, "179769313486231570814527423731704356798070567525844996"
	    "598917476803157260780028538760589558632766878171540458953514382464"
	    "234321326889464182768467546703537516986049910576551282076245490090"
	    "389328944075868508455133942304583236903222948165808559332123348274"
	    "797826204144723168738177180919299881250404026184124858368",
	    "%.0f", 1.7976931348623157e308);
}

KTEST(fmt, snprintf_cuts_and_says_how_long_it_would_be)
{
	char buf[8] = "xxxxxxx";

	EXPECT_EQ(t, fmt_snprintf(buf, 4, "%d", 123456), 6);
	EXPECT(t, strcmp(buf, "123") == 0 && buf[4] == 'x');
	EXPECT_EQ(t, fmt_snprintf(buf, 1, "abc"), 3);
	EXPECT(t, buf[0] == '\0');
	EXPECT_EQ(t, fmt_snprintf(NULL, 0, "%s", "hello"), 5);
	EXPECT_EQ(t, fmt_snprintf(buf, 8, "%s", "1234567"), 7);
	EXPECT(t, strcmp(buf, "1234567") == 0);
}

/* The format is in a variable: otherwise the compiler would warn about the very
 * thing that is tested. */
KTEST(fmt, unknown_conversions_are_shown)
{
	const char *volatile fmt = "a%yb %l";
	char buf[32];

	fmt_snprintf(buf, sizeof(buf), fmt, 1, 2);
	EXPECT(t, strcmp(buf, "a%!(%y)b %!(%l)") == 0);
}

/* ---- what the compiler's check lets pass -------------------------------- */

KTEST(fmt, regress_every_conversion_consumes_its_argument)
{
	int n = -1;

	expect_text(t, "1.500000e+00 42", "%e %d", 1.5, 42);
	expect_text(t, "2.5 text", "%g %s", 2.5, "text");
	expect_text(t, "0x1.8p+0 text", "%a %s", 1.5, "text");
	expect_text(t, "1.500000 text", "%Lf %s", 1.5L, "text");
	expect_text(t, "1.5 -1 1.5", "%Lg %d %Lg", 1.5L, -1, 1.5L);
	expect_text(t, "12 34", "12%n 34", &n);
	EXPECT_EQ(t, n, 2);
	expect_text(t, "Success 7", "%m %d", 7);
}

KTEST(fmt, sizes_and_flags_of_gnu_and_posix_are_obeyed)
{
	expect_text(t, "-1 -2 3 4 5 6", "%Ld %qd %jd %td %zx %llo", -1LL, -2LL,
	    (intmax_t)3, (ptrdiff_t)4, (size_t)5, 6ULL);
	expect_text(t, "1234567 1234567.0", "%\'d %\'.1f", 1234567,
	    1234567.0);
	expect_text(t, "  +7|7    |% ", "%+4d|%-5d|%% ", 7, 7);
}

/* The format is in a variable because clang's check does not know these
 * conversions. */
KTEST(fmt, binary_numbers_and_other_digits_of_gnu_are_printed)
{
	const char *volatile fmt = "%b %#B %#.8b %lb %hhb %#b %Id %Zu";

	expect_text(t, "101 0B101 0b00000101 11111111111111111111111111111111"
	    "11111111111111111111111111111111 11111111 0 9 8", fmt, 5, 5, 5,
	    ~0UL, 255, 0, 9, (size_t)8);
}

KTEST(fmt, arguments_are_taken_by_number)
{
	char buf[64];

	expect_text(t, "b a b", "%2$s %1$s %2$s", "a", "b");
	expect_text(t, "[   1.50] 7 1", "[%1$*2$.*4$f] %2$d %3$s", 1.5, 7, "1",
	    2);
	expect_text(t, "1 2.500000 x 3.500000 4", "%5$ld %3$Lf %4$c %2$f %1$u",
	    4U, 3.5, 2.5L, 'x', 1L);
	EXPECT_EQ(t, fmt_snprintf(buf, sizeof(buf), "%2$-4d|%1$04d", 1, 2), 9);
}

KTEST(fmt, wide_characters_become_utf8)
{
	static const wchar_t text[] = { 'a', 0xe9, 0x20ac, 0x1f600, 0 };

	expect_text(t, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "%ls",
	    text);
	expect_text(t, "[a\xc3\xa9  ][a ]", "[%-5.4ls][%-2.2ls]", text, text);
	expect_text(t, "\xe2\x82\xac x a", "%lc %C %.1ls", (wint_t)0x20ac,
	    (wint_t)'x', text);
	expect_text(t, "[    a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80]", "[%14S]",
	    text);
}

KTEST(fmt, n_stores_as_many_bytes_as_its_size_says)
{
	struct {
		signed char c, behind_c;
		short       s, behind_s;
		int         i, behind_i;
		long        l;
	} n = { 1, 2, 3, 4, 5, 6, 7 };

	expect_text(t, "1234", "1%hhn2%hn3%n4%ln", &n.c, &n.s, &n.i, &n.l);
	EXPECT(t, n.c == 1 && n.s == 2 && n.i == 3 && n.l == 4);
	EXPECT(t, n.behind_c == 2 && n.behind_s == 4 && n.behind_i == 6);
}

/* ---- floating point ----------------------------------------------------- */

KTEST(fmt, scientific_numbers_round_half_to_even_and_carry)
{
	expect_text(t, "0.000000e+00 -0e+00", "%e %.0e", 0.0, -0.0);
	expect_text(t, "2e+00 2e+00 4e+00 1e+01", "%.0e %.0e %.0e %.0e", 1.5,
	    2.5, 3.5, 9.5);
	expect_text(t, "9.9999e+00 1.000E+01", "%.4e %.3E", 9.9999, 9.9999);
	expect_text(t, "4.940656e-324 1.797693e+308", "%e %e", 5e-324,
	    1.7976931348623157e308);
	expect_text(t, "[ 1.e+00][-000001e-10][1.5e+00 ]",
	    "[% #.0e][%011.0e][%-8.1e]", 1.0, -1e-10, 1.5);
	expect_text(t, "INF nan -inf", "%E %e %e", __builtin_inf(),
	    __builtin_nan(""), -__builtin_inf());
	expect_text(t, "[  inf][inf  ][ INF]", "[%05g][%-5a][% G]",
	    __builtin_inf(), __builtin_inf(), __builtin_inf());
}

KTEST(fmt, general_numbers_are_fixed_or_scientific)
{
	expect_text(t, "0 100000 1e+06 0.0001 1e-05", "%g %g %g %g %g", 0.0,
	    1e5, 1e6, 1e-4, 1e-5);
	expect_text(t, "1e+02 1.0e+02 99.5", "%.0g %#.2g %.3g", 99.5, 99.5,
	    99.5);
	expect_text(t, "0.00000 1.50000 3.14159E-08", "%#g %#g %G", 0.0, 1.5,
	    3.14159e-8);
	expect_text(t, "0.10000000000000001 4.94066e-324", "%.17g %g", 0.1,
	    5e-324);
}

KTEST(fmt, hexadecimal_numbers_are_as_stored)
{
	expect_text(t, "0x0p+0 -0x1p+0 0x1.8p+1", "%a %a %a", 0.0, -1.0, 3.0);
	expect_text(t, "0x0.0000000000001p-1022 0x1.fffffffffffffp+1023",
	    "%a %a", 5e-324, 1.7976931348623157e308);
	expect_text(t, "0x2p+0 0x1.0p+0 0X1.AP-4 0x1.800p+0",
	    "%.0a %.1a %.1A %.3a", 1.5, 1.03125, 0.1, 1.5);
	expect_text(t, "[0x0001p+0][ 0x1p+0][0x1.p+0 ]",
	    "[%09a][%7a][%-#8a]", 1.0, 1.0, 1.0);
}

KTEST(fmt, all_digits_of_a_double_are_exact)
{
	expect_text(t, "0.1000000000000000055511151231257827021181583404541015"
	    "6250000000000", "%.65f", 0.1);
	expect_text(t, "4.9406564584124654417656879286822137236505980261432476"
	    "442558568250067550727020875e-324", "%.79e", 5e-324);
	expect_text(t, "1.0000000000000000000000000000000000000e+22", "%.37e",
	    1e22);
}

static char big[FMT_FIELD_MAX + 100];

/* Return whether big holds len characters, which begin with head and end with
 * tail. */
static bool
is_around(int len, const char *head, const char *tail)
{
	return (int)strlen(big) == len &&
	    strncmp(big, head, strlen(head)) == 0 &&
	    strcmp(big + len - strlen(tail), tail) == 0;
}

#if __LDBL_MANT_DIG__ == 113
KTEST(fmt, all_digits_of_a_long_double_are_exact)
{
	expect_text(t, "0.1000000000000000000000000000000000048148248609680896"
	    "32639944856462318296345254120538470488099846988916397094726562500"
	    "0", "%.118Lf", 0.1L);
	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%.0Lf", 1e4900L), 4900);
	EXPECT(t, is_around(4900, "9999999999999999999999999999999999769238",
	    "597036989060904341449555836928"));
	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%Lf",
	    1.18973149535723176508575932662800702e4932L), 4940);
	EXPECT(t, is_around(4940, "1189731495357231765085759326628007016196",
	    "72381760403137363968.000000"));
	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%.16494Lf",
	    6.475175119438025110924438958227647e-4966L), 16496);
	EXPECT(t, is_around(16496, "0.0000000000", "41301822662353515625"));
	expect_text(t, "6.475175119438025110924438958227646552e-4966", "%.36Le",
	    6.475175119438025110924438958227647e-4966L);
	expect_text(t, "0x1.999999999999999999999999999ap-4", "%La", 0.1L);
	expect_text(t, "1e+4900 3.33333e-4933", "%Lg %Lg", 1e4900L,
	    1e-4932L / 3);
}
#endif

KTEST(fmt, fields_of_any_size_come_out_whole)
{
	volatile int most = INT32_MAX, least = INT32_MIN;

	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%.1000f", 1 / 1024.0),
	    1002);
	EXPECT(t, is_around(1002, "0.00097656250000000000", "00000"));
	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%*d", FMT_FIELD_MAX, 7),
	    FMT_FIELD_MAX);
	EXPECT(t, is_around(FMT_FIELD_MAX, "      ", "   7"));
	/* A width or precision beyond FMT_FIELD_MAX counts as FMT_FIELD_MAX. */
	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%.*e", most, 1.0),
	    FMT_FIELD_MAX + 6);
	EXPECT_EQ(t, fmt_snprintf(big, sizeof(big), "%*.*s", least, least,
	    "x"), FMT_FIELD_MAX);
	EXPECT(t, is_around(FMT_FIELD_MAX, "x ", "  "));
}
