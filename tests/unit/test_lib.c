/*
 * test_lib.c - lib/str.c and lib/fdt.c, in the guest and on the host.
 * lib/mem.c is tested in test_mem.c, and lib/fmt.c in test_fmt.c.  The fuzzer
 * of lib/fdt.c is tests/host/fuzz_fdt.c.
 */
#include "lib/fdt.h"
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

KTEST(str, str_starts_compares_only_the_prefix)
{
	EXPECT(t, str_starts("antler", "ant"));
	EXPECT(t, str_starts("antler", ""));
	EXPECT(t, !str_starts("ant", "antler"));
	EXPECT(t, !str_starts("antler", "b"));
}

/* ---- fdt ---------------------------------------------------------------- */

enum { BLOB_MAX = 8192 };

static uint8_t blob[BLOB_MAX];

/* Walk to the node with that path.  Returns false if there is none. */
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

KTEST(fdt, the_reader_finds_nodes_by_path_and_properties_by_name)
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
	/* The reg of a cpu is a hart's number, not an address on a bus. */
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

KTEST(fdt, the_reader_lists_memory_reservations)
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

/* Build a tree that is malformed by what add puts into its node /soc, and
 * expect an error that contains text. */
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
		/* So is a tree whose header also gives the shorter length. */
		if (cut >= 40) {
			fdtb_poke(blob, 4, (uint32_t)cut);
			EXPECT(t, !fdt_open(&fdt, blob, cut));
			fdtb_poke(blob, 4, (uint32_t)len);
		}
	}
	EXPECT(t, fdt_open(&fdt, blob, len));
}
