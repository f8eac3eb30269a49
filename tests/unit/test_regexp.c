/*
 * test_regexp.c - lib/regexp.c and lib/run_pattern.c, in the guest and on the
 * host.
 */
#include "lib/regexp.h"
#include "lib/run_pattern.h"
#include "lib/str.h"
#include "tests/ktest.h"

struct regexp_case {
	const char *text, *s;
	bool        match;
};

static void
check_cases(struct ktest *t, const struct regexp_case *cases, size_t n)
{
	static struct regexp re;
	const char          *why;

	for (size_t i = 0; i < n; i++) {
		int entry;

		memset(&re, 0, sizeof(re));
		entry = regexp_add(&re, cases[i].text, strlen(cases[i].text),
		    &why);
		if (entry < 0)
			ktest_fail(t, __FILE__, __LINE__, "%s: %s",
			    cases[i].text, why);
		else if (regexp_match(&re, entry, cases[i].s,
			     strlen(cases[i].s)) != cases[i].match)
			ktest_fail(t, __FILE__, __LINE__, "%s and \"%s\"",
			    cases[i].text, cases[i].s);
	}
}

KTEST(regexp, expression_matches_any_part_of_the_text)
{
	static const struct regexp_case cases[] = {
		{ "", "", true }, { "", "abc", true }, { "a", "", false },
		{ "b", "abc", true }, { "bc", "abc", true },
		{ "ac", "abc", false }, { "^b", "abc", false },
		{ "^a", "abc", true }, { "c$", "abc", true },
		{ "b$", "abc", false }, { "^abc$", "abc", true },
		{ "^$", "", true }, { "^$", "a", false }, { "$", "a", true },
		{ "\\Aa\\z", "a", true }, { "\\Aa\\z", "ab", false },
		{ "\\bput", "runq.put", true }, { "\\bput", "output", false },
		{ "\\Bput", "output", true }, { "put\\b", "input x", true },
	};

	check_cases(t, cases, ARRAY_LEN(cases));
}

KTEST(regexp, set_takes_one_character_of_those_that_it_names)
{
	static const struct regexp_case cases[] = {
		{ "^.$", "x", true }, { "^.$", "", false },
		{ "^[abc]$", "b", true }, { "^[abc]$", "d", false },
		{ "^[a-c]$", "b", true }, { "^[a-c]$", "-", false },
		{ "^[^a-c]$", "d", true }, { "^[^a-c]$", "a", false },
		{ "^[-a]$", "-", true }, { "^[a-]$", "-", true },
		{ "^[]]$", "]", true }, { "^[^]]$", "]", false },
		{ "^[\\]]$", "]", true }, { "^[\\d_]+$", "1_2", true },
		{ "^[^\\d]$", "1", false }, { "^\\d+$", "0129", true },
		{ "^\\d$", "x", false }, { "^\\D$", "x", true },
		{ "^\\w+$", "aZ_9", true }, { "^\\w$", ".", false },
		{ "^\\W$", ".", true }, { "^\\s$", "\t", true },
		{ "^\\S$", " ", false }, { "^a\\.b$", "a.b", true },
		{ "^a\\.b$", "axb", false }, { "^\\$\\^\\|$", "$^|", true },
		{ "^\\n$", "\n", true }, { "^.$", "\xff", true },
	};

	check_cases(t, cases, ARRAY_LEN(cases));
}

KTEST(regexp, repetition_applies_to_the_atom_before_it)
{
	static const struct regexp_case cases[] = {
		{ "^ab*c$", "ac", true }, { "^ab*c$", "abbbc", true },
		{ "^ab+c$", "ac", false }, { "^ab+c$", "abbc", true },
		{ "^ab?c$", "abc", true }, { "^ab?c$", "abbc", false },
		{ "^(ab)*c$", "ababc", true }, { "^(ab)+$", "aba", false },
		{ "^a{3}$", "aaa", true }, { "^a{3}$", "aa", false },
		{ "^a{2,}$", "a", false }, { "^a{2,}$", "aaaaa", true },
		{ "^a{1,3}$", "aaa", true }, { "^a{1,3}$", "aaaa", false },
		{ "^(ab|c){2}$", "abc", true }, { "^xa{0}y$", "xy", true },
		{ "^a*?b+?c??$", "aabbc", true }, { "^(a*)*$", "aaa", true },
		{ "^(a|b*)+c$", "abbac", true }, { "^()*$", "", true },
		{ "^a{,2}$", "a{,2}", true }, { "^a{x}$", "a{x}", true },
	};

	check_cases(t, cases, ARRAY_LEN(cases));
}

KTEST(regexp, bar_binds_weaker_than_a_sequence)
{
	static const struct regexp_case cases[] = {
		{ "^a|b$", "ax", true }, { "^a|b$", "xb", true },
		{ "^a|b$", "xax", false }, { "^(a|b)$", "ab", false },
		{ "^(a|b|c|d)$", "c", true }, { "^(a|b|c|d)$", "d", true },
		{ "^(a|b|c|d)$", "e", false }, { "^(|x)y$", "y", true },
		{ "^(x|)y$", "y", true }, { "^(a|(b|c)d|e)+$", "acde", true },
		{ "^(a|(b|c)d|e)+$", "ac", false },
		{ "^(?:ab|cd)e$", "cde", true },
	};

	check_cases(t, cases, ARRAY_LEN(cases));
}

KTEST(regexp, match_takes_time_in_proportion_to_the_text)
{
	static const struct regexp_case cases[] = {
		{ "^(a*)*(a*)*(a*)*(a*)*b$",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false },
		{ "(a?){30}a{30}$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
	};

	check_cases(t, cases, ARRAY_LEN(cases));
}

KTEST(regexp, an_unsupported_construct_is_refused_with_a_reason)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "(", "missing closing )" }, { "a(b", "missing closing )" },
		{ ")", "unexpected )" }, { "a)b", "unexpected )" },
		{ "[a", "missing closing ]" }, { "[]", "missing closing ]" },
		{ "[\\", "missing closing ]" }, { "a\\", "trailing backslash" },
		{ "*", "missing argument" }, { "a|+", "missing argument" },
		{ "(?", "(?:" }, { "(?i)a", "(?:" }, { "{2}", "missing arg" },
		{ "a**", "repetition of a" }, { "a+{2}", "repetition of a" },
		{ "[c-a]", "invalid character range" },
		{ "[a-\\d]", "invalid character range" },
		{ "\\y", "invalid escape" }, { "\\pL", "invalid escape" },
		{ "[[:alpha:]]", "[:alpha:]" }, { "a{3,2}", "repeat count" },
		{ "a{1001}", "repeat count" }, { "(a{30}){30}", "too long" },
	};
	static struct regexp re;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = "";

		memset(&re, 0, sizeof(re));
		if (regexp_add(&re, cases[i].text, strlen(cases[i].text),
			&why) >= 0 || strstr(why, cases[i].why) == NULL)
			ktest_fail(t, __FILE__, __LINE__, "%s: %s",
			    cases[i].text, why);
	}
}

KTEST(regexp, program_that_is_full_refuses_what_does_not_fit)
{
	static char text[REGEXP_CODE + 1];
	static struct regexp re;
	const char *why = "";
	int         first;

	memset(text, 'a', REGEXP_CODE);
	memset(&re, 0, sizeof(re));
	first = regexp_add(&re, text, 100, &why);
	EXPECT(t, first >= 0);
	EXPECT_EQ(t, regexp_add(&re, text, REGEXP_CODE - 100, &why), -1);
	EXPECT(t, strstr(why, "too long") != NULL);
	EXPECT(t, regexp_match(&re, first, text, 100));
	EXPECT(t, !regexp_match(&re, first, text, 99));
}

KTEST(run_pattern, slash_parts_expressions_and_names)
{
	static const struct {
		const char *text, *name;
		bool        takes;
	} cases[] = {
		{ "", "runq.put", true }, { "runq", "runq.put", true },
		{ "runq.*", "runq.put", true }, { "^put", "runq.put", false },
		{ "runq|globq", "globq.put", true },
		{ "runq|globq", "timers.put", false },
		{ "^runq\\.put$", "runq.put", true },
		{ "a/b", "a/b", true }, { "a/b", "xa/bx/c", true },
		{ "a/b", "a/c", false }, { "a/b", "b/a", false },
		{ "a/b", "a", true }, { "a", "a/b", true },
		{ "/b", "x/b", true }, { "/b", "b/x", false },
		{ "a/b|c", "c/x", true }, { "a/b|c", "a/c", false },
		{ "c|a/b", "a/bb", true }, { "x|y|z/1", "z/2", false },
		{ "(a/b|c)", "c", true }, { "[/|]", "a", false },
		{ "a\\/b", "a", false }, { "a|", "x", true },
	};
	static struct run_pattern p;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = run_pattern_set(&p, cases[i].text);

		if (why != NULL ||
		    run_pattern_takes(&p, cases[i].name) != cases[i].takes)
			ktest_fail(t, __FILE__, __LINE__, "%s and %s: %s",
			    cases[i].text, cases[i].name,
			    why != NULL ? why : "");
	}
}

KTEST(run_pattern, error_in_any_part_is_told)
{
	static struct run_pattern p;
	char   many[2 * RUN_PATTERN_PARTS + 1];
	size_t n = 0;

	EXPECT(t, run_pattern_set(&p, "a/(/b") != NULL);
	EXPECT(t, run_pattern_set(&p, "a|b|*") != NULL);
	EXPECT(t, run_pattern_set(&p, "a/b)|c") != NULL);
	while (n < sizeof(many) - 1) {
		many[n++] = 'a';
		many[n++] = '|';
	}
	many[n] = '\0';
	EXPECT(t, run_pattern_set(&p, many) != NULL);
	many[n - 1] = '\0';
	EXPECT(t, run_pattern_set(&p, many) == NULL);
}
