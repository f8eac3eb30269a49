/*
 * test_lib.c - lib/str.c, lib/fmt.c and lib/fdt.c, in the guest and on the
 * host.  lib/mem.c has test_mem.c; the fuzzer is tests/host/fuzz_fdt.c.
 */
#include "lib/fdt.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "tests/ktest.h"
#include "tests/unit/fdt_builder.h"

/* ---- str ---------------------------------------------------------------- */

KTEST(str, numbers_have_suffixes_and_nothing_else)
{
	static const struct {
		const char   *s;
		unsigned long n;
	} good[] = {
		{ "0", 0 }, { "007", 7 }, { "0x1F", 31 }, { "64K", 65536 },
		{ "64KiB", 65536 }, { "100B", 100 }, { "3M", 3145728 },
		{ "1GiB", 1UL << 30 }, { "2T", 2UL << 40 },
		{ "18446744073709551615", ~0UL },
		{ "0xffffffffffffffff", ~0UL },
	};
	static const char *const bad[] = {
		"", " 1", "1 ", "-1", "+1", "0x", "1k", "1Ki", "1KB", "1KiBx",
		"x1", "1.5", "18446744073709551616", "16777216T", "1BB",
		"0x1fffffffffffffffff",
	};
	unsigned long n;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		n = 12345;
		if (!str_to_u64(good[i].s, &n) || n != good[i].n)
			ktest_fail(t, __FILE__, __LINE__, "%s gives %lu",
			    good[i].s, n);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		n = 12345;
		if (str_to_u64(bad[i], &n) || n != 12345)
			ktest_fail(t, __FILE__, __LINE__, "\"%s\" was taken",
			    bad[i]);
	}
}

KTEST(str, starts_compares_only_the_prefix)
{
	EXPECT(t, str_starts("antler", "ant"));
	EXPECT(t, str_starts("antler", ""));
	EXPECT(t, !str_starts("ant", "antler"));
	EXPECT(t, !str_starts("antler", "b"));
}

/* ---- fmt ---------------------------------------------------------------- */

/* Fails t unless the text and the returned length are right. */
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

KTEST(fmt, integers_of_every_size_and_base)
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

KTEST(fmt, width_precision_and_flags_lay_out)
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

/* Through a variable, or the compiler would warn of what is tested. */
KTEST(fmt, unknown_conversions_are_shown)
{
	const char *volatile fmt = "a%yb %l";
	char buf[32];

	fmt_snprintf(buf, sizeof(buf), fmt, 1, 2);
	EXPECT(t, strcmp(buf, "a%!(%y)b %!(%l)") == 0);
}

/* ---- fdt ---------------------------------------------------------------- */

enum { BLOB_MAX = 8192 };

static uint8_t blob[BLOB_MAX];

/* Walk to the node with that path; false if there is none. */
static bool
find(const struct fdt *fdt, struct fdt_walk *w, struct fdt_node *node,
    const char *path)
{
	fdt_walk_start(w, fdt);
	while (fdt_walk_next(w, node))
		if (fdt_walk_is_path(w, path))
			return true;
	return false;
}

KTEST(fdt, finds_nodes_by_path_and_properties_by_name)
{
	size_t          len = fdtb_machine(blob, sizeof(blob), 2);
	struct fdt      fdt;
	struct fdt_walk w;
	struct fdt_node node;
	char            path[64];

	if (!EXPECT(t, fdt_open(&fdt, blob, len)))
		return;
	EXPECT(t, find(&fdt, &w, &node, "/"));
	EXPECT(t, strcmp(fdt_string(&fdt, &node, "model"),
	    "test,machine") == 0);
	EXPECT(t, fdt_walk_parent(&w) == NULL);
	EXPECT(t, find(&fdt, &w, &node, "/cpus/cpu@1:ignored"));
	EXPECT_EQ(t, fdt_u32(&fdt, &node, "reg", 77), 1);
	EXPECT_EQ(t, fdt_u32(&fdt, &node, "nothing", 77), 77);
	EXPECT(t, fdt_string(&fdt, &node, "nothing") == NULL);
	EXPECT(t, fdt_string(&fdt, &node, "reg") == NULL ||
	    strcmp(fdt_string(&fdt, &node, "reg"), "") == 0);
	EXPECT(t, strcmp(fdt_walk_path(&w, path, sizeof(path)),
	    "/cpus/cpu@1") == 0);
	EXPECT(t, strcmp(fdt_walk_path(&w, path, 8), "/cpus/c") == 0);
	EXPECT(t, !find(&fdt, &w, &node, "/cpus/cpu@2"));
	EXPECT(t, !find(&fdt, &w, &node, "/cpus/cpu"));
	EXPECT(t, find(&fdt, &w, &node, "/soc/test@100000"));
	EXPECT(t, fdt_compatible(&fdt, &node, "sifive,test0"));
	EXPECT(t, fdt_compatible(&fdt, &node, "sifive,test1"));
	EXPECT(t, !fdt_compatible(&fdt, &node, "sifive,test"));
}

KTEST(fdt, addresses_are_translated_through_buses)
{
	size_t          len = fdtb_machine(blob, sizeof(blob), 1);
	struct fdt      fdt;
	struct fdt_walk w;
	struct fdt_node node;
	uint64_t        base, size;

	if (!EXPECT(t, fdt_open(&fdt, blob, len)))
		return;
	EXPECT(t, find(&fdt, &w, &node, "/soc/bus@10000000/serial@1000"));
	EXPECT(t, fdt_walk_reg(&w, 0, &base, &size));
	EXPECT_EQ(t, base, 0x10001000);
	EXPECT_EQ(t, size, 0x100);
	EXPECT(t, !fdt_walk_reg(&w, 1, &base, &size));
	EXPECT_EQ(t, fdt_walk_interrupt_parent(&w), 5);
	EXPECT(t, find(&fdt, &w, &node, "/memory@80000000"));
	EXPECT(t, fdt_walk_reg(&w, 0, &base, &size));
	EXPECT_EQ(t, base, 0x80000000);
	EXPECT_EQ(t, size, 0x10000000);
	/* A hart's number is no address of the bus above. */
	EXPECT(t, find(&fdt, &w, &node, "/cpus/cpu@0"));
	EXPECT(t, !fdt_walk_reg(&w, 0, &base, &size));
	EXPECT(t, fdt_walk_address(&w, &base) && base == 0);
}

KTEST(fdt, an_address_range_that_wraps_is_no_range)
{
	static const uint32_t wraps[] = { ~0u, ~0u - 0xfff, 0, 0x2000 };
	static const uint32_t fits[] = { ~0u, ~0u - 0xfff, 0, 0xfff };
	struct fdt_builder    b;
	struct fdt            fdt;
	struct fdt_walk       w;
	struct fdt_node       node;
	uint64_t              base, size;

	fdtb_start(&b, blob, sizeof(blob));
	fdtb_begin(&b, "");
	fdtb_u32(&b, "#size-cells", 2);
	fdtb_begin(&b, "wraps");
	fdtb_cells(&b, "reg", wraps, 4);
	fdtb_end(&b);
	fdtb_begin(&b, "fits");
	fdtb_cells(&b, "reg", fits, 4);
	fdtb_end(&b);
	fdtb_end(&b);
	if (!EXPECT(t, fdt_open(&fdt, blob, fdtb_finish(&b))))
		return;
	EXPECT(t, find(&fdt, &w, &node, "/wraps"));
	EXPECT(t, !fdt_walk_reg(&w, 0, &base, &size));
	EXPECT(t, find(&fdt, &w, &node, "/fits"));
	EXPECT(t, fdt_walk_reg(&w, 0, &base, &size));
	EXPECT_EQ(t, base + size, -1);
}

KTEST(fdt, lists_memory_reservations)
{
	size_t     len = fdtb_machine(blob, sizeof(blob), 1);
	struct fdt fdt;
	uint64_t   base, size;

	if (!EXPECT(t, fdt_open(&fdt, blob, len)))
		return;
	if (EXPECT_EQ(t, fdt.nreserves, 1)) {
		fdt_reserve(&fdt, 0, &base, &size);
		EXPECT_EQ(t, base, 0x88000000);
		EXPECT_EQ(t, size, 0x1000);
	}
}

/* Open blob, and expect an error that contains text. */
static void
expect_refused(struct ktest *t, size_t len, const char *text)
{
	struct fdt fdt;

	if (fdt_open(&fdt, blob, len))
		ktest_fail(t, __FILE__, __LINE__, "opened, expected: %s", text);
	else if (strstr(fdt.error, text) == NULL)
		ktest_fail(t, __FILE__, __LINE__, "\"%s\", expected: %s",
		    fdt.error, text);
}

KTEST(fdt, bad_headers_are_refused_by_name)
{
	size_t len = fdtb_machine(blob, sizeof(blob), 1);

	expect_refused(t, 39, "shorter than a header");
	expect_refused(t, len - 1, "total size");
	fdtb_poke(blob, 0, 0xd00dfeee);
	expect_refused(t, len, "bad magic");
	len = fdtb_machine(blob, sizeof(blob), 1);
	fdtb_poke(blob, 20, 16);
	expect_refused(t, len, "version 17");
	len = fdtb_machine(blob, sizeof(blob), 1);
	fdtb_poke(blob, 36, 0xfffffff0);
	expect_refused(t, len, "structure block is outside");
	len = fdtb_machine(blob, sizeof(blob), 1);
	fdtb_poke(blob, 12, (uint32_t)len + 1);
	expect_refused(t, len, "strings block is outside");
	len = fdtb_machine(blob, sizeof(blob), 1);
	fdtb_poke(blob, 16, (uint32_t)len - 8);
	expect_refused(t, len, "reservations do not end");
}

/* One tree for each way to be malformed; add builds what is inside the root. */
static void
expect_bad_tree(struct ktest *t, void (*add)(struct fdt_builder *b),
    const char *text)
{
	struct fdt_builder b;

	fdtb_start(&b, blob, sizeof(blob));
	fdtb_begin(&b, "");
	fdtb_begin(&b, "soc");
	add(&b);
	expect_refused(t, fdtb_finish(&b), text);
}

static void
add_nothing(struct fdt_builder *b)
{
	(void)b;
}

static void
add_token_5(struct fdt_builder *b)
{
	fdtb_token(b, 5);
}

static void
add_too_many_ends(struct fdt_builder *b)
{
	for (int i = 0; i < 3; i++)
		fdtb_end(b);
}

static void
add_prop_after_child(struct fdt_builder *b)
{
	fdtb_begin(b, "child");
	fdtb_end(b);
	fdtb_u32(b, "late", 1);
}

static void
add_long_value(struct fdt_builder *b)
{
	fdtb_token(b, 3);
	fdtb_token(b, 0x7ffffff0);
	fdtb_token(b, 0);
}

static void
add_bad_name(struct fdt_builder *b)
{
	fdtb_token(b, 3);
	fdtb_token(b, 0);
	fdtb_token(b, 0x1000000);
}

static void
add_depth(struct fdt_builder *b)
{
	for (int i = 0; i < FDT_DEPTH_MAX; i++)
		fdtb_begin(b, "deeper");
}

static void
add_second_root(struct fdt_builder *b)
{
	fdtb_end(b);
	fdtb_end(b);
	fdtb_begin(b, "");
}

KTEST(fdt, bad_structure_is_refused_and_the_node_named)
{
	expect_bad_tree(t, add_nothing, "FDT_END before the root ended "
	    "(node /soc");
	expect_bad_tree(t, add_token_5, "unknown token (node /soc");
	expect_bad_tree(t, add_too_many_ends, "did not begin");
	expect_bad_tree(t, add_prop_after_child, "behind a child (node /soc");
	expect_bad_tree(t, add_long_value, "value of a property runs past");
	expect_bad_tree(t, add_bad_name, "outside the strings");
	expect_bad_tree(t, add_depth, "nested too deep (node /soc/deeper/");
	expect_bad_tree(t, add_second_root, "second root");
}

KTEST(fdt, a_tree_cut_short_anywhere_is_refused)
{
	size_t     len = fdtb_machine(blob, sizeof(blob), 2);
	struct fdt fdt;

	for (size_t cut = 0; cut < len; cut++) {
		EXPECT(t, !fdt_open(&fdt, blob, cut));
		/* The same when the header says so, too. */
		if (cut >= 40) {
			fdtb_poke(blob, 4, (uint32_t)cut);
			EXPECT(t, !fdt_open(&fdt, blob, cut));
			fdtb_poke(blob, 4, (uint32_t)len);
		}
	}
	EXPECT(t, fdt_open(&fdt, blob, len));
}
