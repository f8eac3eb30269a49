/*
 * ktest.c - runs the registered tests, by name, and prints TAP.
 *
 * The same file serves the guest and the host; what differs is behind
 * tests/ktest_env.h.  Each test gets a seed made of the run's seed and its own
 * name, so that it sees the same numbers whichever other tests run.
 *
 *	# seed=17
 *	1..2
 *	ok 1 - runq.put_refuses_when_full
 *	# tests/unit/test_x.c:12: n = 3, expected 4 = 4
 *	not ok 2 - x.claim
 */
#include "tests/ktest.h"

#include <stdarg.h>

#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/run_pattern.h"
#include "lib/str.h"
#include "tests/ktest_env.h"

enum {
	KTESTS_MAX = 1024,
	NAME_MAX_BYTES = 160,
	FAILURES_SHOWN = 20,	/* per test; the rest is only counted */
};

#define SLOW_NS (5 * NS_PER_S)

extern struct ktest __ktests_start[], __ktests_end[];

static const char *
full_name(const struct ktest *t, char name[NAME_MAX_BYTES])
{
	fmt_snprintf(name, NAME_MAX_BYTES, "%s.%s", t->suite, t->name);
	return name;
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t
hash_name(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3ULL;
	return h;
}

static bool
comes_before(const struct ktest *a, const struct ktest *b)
{
	int order = strcmp(a->suite, b->suite);

	return order != 0 ? order < 0 : strcmp(a->name, b->name) < 0;
}

/* Put the tests that pattern takes into out, ordered by suite and name.
 * Returns how many there are. */
static uint32_t
select_tests(const struct run_pattern *pattern, struct ktest *out[KTESTS_MAX])
{
	char     name[NAME_MAX_BYTES];
	uint32_t n = 0;

	for (struct ktest *t = __ktests_start; t < __ktests_end; t++) {
		uint32_t i = n;

		if (!run_pattern_takes(pattern, full_name(t, name)))
			continue;
		CHECK(n < KTESTS_MAX);
		for (; i > 0 && comes_before(t, out[i - 1]); i--)
			out[i] = out[i - 1];
		out[i] = t;
		n++;
	}
	return n;
}

void
ktest_fail(struct ktest *t, const char *file, int line, const char *fmt, ...)
{
	char    text[400];
	va_list ap;

	/* relaxed: read after the test has ended, which orders it. */
	if (add_relaxed(&t->failed, 1) >= FAILURES_SHOWN)
		return;
	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	env_print("# %s:%d: %s\n", file, line, text);
}

bool
ktest_failed(struct ktest *t)
{
	/* relaxed: a hint while the test runs, see ktest_fail. */
	return load_relaxed(&t->failed) != 0;
}

void
ktest_skip(struct ktest *t, const char *why)
{
	t->skipped = true;
	t->skip_why = why;
	env_leave(t);
}

static void
run_one(struct ktest *t, uint64_t run_seed, uint32_t number)
{
	char    name[NAME_MAX_BYTES];
	nanos_t start = env_now(), took;

	full_name(t, name);
	t->seed = run_seed ^ hash_name(name);
	rand_seed(&t->rand, t->seed);
	t->skipped = false;
	t->skip_why = "";
	/* relaxed: the test has not started. */
	store_relaxed(&t->failed, 0);

	if (env_nharts() < t->min_harts) {
		env_print("ok %u - %s # SKIP needs %u harts\n", number, name,
		    t->min_harts);
		return;
	}
	env_run(t);
	env_after(t);
	took = env_now() - start;
	if (took > SLOW_NS)
		env_print("# %s took %ld ms\n", name, (long)(took / NS_PER_MS));
	if (ktest_failed(t))
		env_print("not ok %u - %s\n", number, name);
	else if (t->skipped)
		env_print("ok %u - %s # SKIP %s\n", number, name, t->skip_why);
	else
		env_print("ok %u - %s\n", number, name);
}

int
ktest_run_all(const char *text, uint64_t seed)
{
	static struct ktest      *order[KTESTS_MAX];
	static struct run_pattern pattern;
	const char *why = run_pattern_set(&pattern, text);
	uint32_t    n;
	int         failed = 0;

	if (why != NULL) {
		env_print("Bail out! bad pattern: %s\n", why);
		return KTEST_BAD_PATTERN;
	}
	n = select_tests(&pattern, order);
	if (n == 0) {
		env_print("# no test matches %s\n", text);
		return KTEST_NONE;
	}
	env_print("# seed=%lu\n1..%u\n", (unsigned long)seed, n);
	for (uint32_t i = 0; i < n; i++) {
		run_one(order[i], seed, i + 1);
		failed += ktest_failed(order[i]);
	}
	return failed;
}

/* Returns true if no test of t's suite is linked before t. */
static bool
is_first_of_suite(const struct ktest *t)
{
	for (const struct ktest *u = __ktests_start; u < t; u++)
		if (strcmp(u->suite, t->suite) == 0)
			return false;
	return true;
}

const char *
ktest_suite(size_t i)
{
	for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
		if (is_first_of_suite(t) && i-- == 0)
			return t->suite;
	return NULL;
}
