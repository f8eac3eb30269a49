/*
 * ktest.h - in-guest (and host) tests that register themselves.
 *
 *	KTEST(runq, put_refuses_when_full) { EXPECT(t, !runq_put(...)); }
 *
 * A test makes one claim, and its name is the claim.  It runs on a goroutine
 * with GOMAXPROCS = the harts online, after a full collection, and must leave
 * no goroutine behind (checked).  The runner prints TAP and the seed.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"
#include "lib/rand.h"

struct ktest {
	const char *suite;
	const char *name;
	void      (*run)(struct ktest *t);
	uint32_t    min_harts;		/* with fewer harts t is skipped */
	struct rand rand;		/* from the run's seed and the name */
	uint64_t    seed;
	ATOMIC(uint32_t) failed;	/* any hart */
	bool        skipped;
	const char *skip_why;
};

#define KTEST(suite_, name_) KTEST_ON(suite_, name_, 1)
#define KTEST_ON(suite_, name_, harts_)                                      \
	static void ktest_##suite_##_##name_(struct ktest *t);               \
	static struct ktest ktest_reg_##suite_##_##name_ SECTION(".ktests")  \
	    ALIGNED(8) = { .suite = #suite_, .name = #name_,                 \
		.run = ktest_##suite_##_##name_, .min_harts = (harts_) };    \
	static void ktest_##suite_##_##name_(struct ktest *t)

/* Record a failure with file, line and text, and print the first failures of a
 * test; the test goes on.  Any hart. */
void ktest_fail(struct ktest *t, const char *file, int line,
    const char *fmt, ...) PRINTF(4, 5);
/* End the test as skipped, with the reason in the TAP line.  Only from the
 * goroutine or thread that the test was started on. */
void ktest_skip(struct ktest *t, const char *why);

/* Returns true if t has failed so far; loops use it to give up.  Any hart. */
bool ktest_failed(struct ktest *t);

/* Check a claim, and record a failure if it does not hold.  Both are true if
 * the claim holds. */
#define EXPECT(t, e)                                                         \
	({                                                                   \
		bool holds_ = (e);                                           \
		if (!holds_)                                                 \
			ktest_fail(t, __FILE__, __LINE__, "%s", #e);         \
		holds_;                                                      \
	})
#define EXPECT_EQ(t, a, b)                                                   \
	({                                                                   \
		long long a_ = (long long)(a), b_ = (long long)(b);          \
		if (a_ != b_)                                                \
			ktest_fail(t, __FILE__, __LINE__,                    \
			    "%s = %lld, expected %s = %lld", #a, a_, #b, b_); \
		a_ == b_;                                                    \
	})

/* Run fn(t, i) for i = 0 .. n - 1 at the same time, each on a goroutine with a
 * P of its own (in the guest) or a thread (on the host).  n is the number of
 * harts online, or of Ps if there are fewer.  Returns when all calls have
 * returned. */
void ktest_on_every_hart(struct ktest *t,
    void (*fn)(struct ktest *t, uint32_t i));

/*
 * Run every test whose "suite.name" the pattern takes (lib/run_pattern.h) and
 * print TAP.  One caller at a time.  Returns the number of tests that failed,
 * or one of these constants, after a line that says so.
 */
enum { KTEST_NONE = -1, KTEST_BAD_PATTERN = -2 };
int  ktest_run_all(const char *pattern, uint64_t seed);

/* Returns the name of the i-th suite, in no particular order, or NULL after the
 * last. */
const char *ktest_suite(size_t i);
