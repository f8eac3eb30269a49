/*
 * test_mem.c - the functions of lib/mem.c: every small size at every alignment,
 * with the bytes around it watched.
 *
 * In the guest these are ours; on the host tests/host/test_str.c includes this
 * file with lib/mem.c under other names.
 */
#include "lib/str.h"
#include "tests/ktest.h"

enum {
	SIZES = 200, ALIGNS = 9, MARGIN = 16,
	AREA = SIZES + ALIGNS + 2 * MARGIN,
};

/* fill() fills these before each call.  A loop over bytes then makes want what
 * to must become. */
struct areas {
	unsigned char from[AREA], to[AREA], want[AREA];
};

/* The tests of a suite run one after the other. */
static struct areas areas;

static void
fill(struct areas *a)
{
	for (unsigned i = 0; i < AREA; i++) {
		a->from[i] = (unsigned char)(i * 7 + 1);
		a->to[i] = a->want[i] = (unsigned char)(i * 13 + 5);
	}
}

static bool
same(const unsigned char *a, const unsigned char *b)
{
	for (unsigned i = 0; i < AREA; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

KTEST(mem, memset_sets_exactly_its_bytes)
{
	struct areas *a = &areas;

	for (unsigned at = 0; at < ALIGNS; at++)
		for (unsigned n = 0; n < SIZES; n++) {
			fill(a);
			EXPECT(t, memset(a->to + MARGIN + at, 0x1a5, n) ==
			    a->to + MARGIN + at);
			for (unsigned i = 0; i < n; i++)
				a->want[MARGIN + at + i] = 0xa5;
			if (!EXPECT(t, same(a->to, a->want)))
				return;
		}
}

KTEST(mem, memcpy_copies_exactly_its_bytes_at_any_two_alignments)
{
	struct areas *a = &areas;

	for (unsigned s = 0; s < ALIGNS; s++)
		for (unsigned d = 0; d < ALIGNS; d++)
			for (unsigned n = 0; n < SIZES; n++) {
				fill(a);
				memcpy(a->to + MARGIN + d, a->from + MARGIN + s,
				    n);
				for (unsigned i = 0; i < n; i++)
					a->want[MARGIN + d + i] =
					    a->from[MARGIN + s + i];
				if (!EXPECT(t, same(a->to, a->want)))
					return;
			}
}

KTEST(mem, memmove_is_right_for_every_overlap)
{
	struct areas *a = &areas;

	for (unsigned s = 0; s < 40; s++)
		for (unsigned d = 0; d < 40; d++)
			for (unsigned n = 0; n < SIZES - 40; n += 1 + n / 40) {
				fill(a);
				for (unsigned i = 0; i < n; i++)
					a->want[d + i] = a->to[s + i];
				memmove(a->to + d, a->to + s, n);
				if (!EXPECT(t, same(a->to, a->want)))
					return;
			}
}

KTEST(mem, memcmp_finds_the_first_difference)
{
	struct areas *a = &areas;

	for (unsigned at = 0; at < ALIGNS; at++)
		for (unsigned n = 1; n < 40; n++)
			for (unsigned diff = 0; diff < n; diff++) {
				unsigned char *p = a->to + MARGIN + at;
				unsigned char *q = a->want + MARGIN;

				fill(a);
				memcpy(p, q, n);
				if (!EXPECT_EQ(t, memcmp(p, q, n), 0))
					return;
				p[diff] = 0x80;
				q[diff] = 0x7f;
				EXPECT(t, memcmp(p, q, n) > 0);
				EXPECT(t, memcmp(q, p, n) < 0);
				EXPECT_EQ(t, memcmp(p, q, diff), 0);
			}
}

KTEST(mem, strings_compare_as_unsigned_and_end_at_0)
{
	EXPECT_EQ(t, strlen(""), 0);
	EXPECT_EQ(t, strlen("antler"), 6);
	EXPECT(t, strcmp("a", "b") < 0 && strcmp("b", "a") > 0);
	EXPECT(t, strcmp("a\xff", "a\x01") > 0);
	EXPECT(t, strcmp("same", "same") == 0);
	EXPECT(t, strcmp("sam", "same") < 0);
	EXPECT(t, strncmp("abcX", "abcY", 3) == 0);
	EXPECT(t, strncmp("abcX", "abcY", 4) < 0);
	EXPECT(t, strncmp("ab", "ab", 9) == 0);
}

KTEST(mem, strchr_and_strstr_find_the_first)
{
	const char *s = "one two two";

	EXPECT(t, strchr(s, 'o') == s);
	EXPECT(t, strchr(s, 't') == s + 4);
	EXPECT(t, strchr(s, '\0') == s + 11);
	EXPECT(t, strchr(s, 'x') == NULL);
	EXPECT(t, strstr(s, "two") == s + 4);
	EXPECT(t, strstr(s, "") == s);
	EXPECT(t, strstr(s, "two t") == s + 4);
	EXPECT(t, strstr(s, "three") == NULL);
}
