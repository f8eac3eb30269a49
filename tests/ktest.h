/*
 * ktest.h - in-guest (and host) tests that register themselves.
 *
 *	KTEST(runq, put_refuses_when_full) { EXPECT(t, !runq_put(...)); }
 *
 * One claim a test; its name is the claim.  A test runs on a goroutine with
 * GOMAXPROCS = the harts online, after a full collection, and must leave no
 * goroutine behind (checked).  The runner prints TAP and the seed.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"
#include "lib/rand.h"

struct ktest {
	const char *suite;
	const char *name;
	void      (*run)(struct ktest *t);
	uint32_t    min_harts;		/* skipped, with a reason, below that */
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

/* Record a failure with file, line and text; the test goes on. */
void ktest_fail(struct ktest *t, const char *file, int line,
    const char *fmt, ...) PRINTF(4, 5);
/* End the test as skipped, with the reason in the TAP line. */
void ktest_skip(struct ktest *t, const char *why);
bool ktest_failed(struct ktest *t);

/* Both are true if the claim holds. */
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

/* Run fn(t, i) for i = 0 .. n - 1 at the same time, one goroutine each on a P
 * of its own, n = the harts online (threads on the host); return when all did.
 */
void ktest_on_every_hart(struct ktest *t,
    void (*fn)(struct ktest *t, uint32_t i));

/*
 * Run every test whose "suite.name" the pattern takes (lib/run_pattern.h) and
 * print TAP.  Returns the number of tests that failed, or one of these, after a
 * line that says so.
 */
enum { KTEST_NONE = -1, KTEST_BAD_PATTERN = -2 };
int  ktest_run_all(const char *pattern, uint64_t seed);

/* The i-th suite there is, in no order, or NULL after the last. */
const char *ktest_suite(size_t i);
