/*
 * test_explore.c - what a program may tell the explorer, where there is none.
 */
#include "include/antler.h"
#include "lib/str.h"
#include "tests/ktest.h"

KTEST(explore, choose_returns_each_number_below_n)
{
	uint32_t seen = 0;

	for (int i = 0; i < 1000; i++) {
		uint32_t n = explore_choose(5);

		EXPECT(t, n < 5);
		seen |= 1U << n;
	}
	EXPECT_EQ(t, seen, 31);
	EXPECT_EQ(t, explore_choose(1), 0);
}

static void
choose(void *n)
{
	explore_choose((uint32_t)(uintptr_t)n);
}

KTEST(explore, choose_panics_when_there_is_no_such_number)
{
	EXPECT(t, !try_call(choose, (void *)0UL, NULL));
	EXPECT(t, !try_call(choose, (void *)(EXPLORE_CHOICES + 1UL), NULL));
	EXPECT(t, try_call(choose, (void *)(uintptr_t)EXPLORE_CHOICES, NULL));
}

static void
assert_that(void *condition)
{
	explore_assert(condition != NULL);
}

KTEST(explore, assert_panics_when_the_condition_is_false)
{
	struct panic_info why = { .text = "none" };

	EXPECT(t, try_call(assert_that, t, NULL));
	EXPECT(t, !try_call(assert_that, NULL, &why));
	EXPECT(t, strncmp(why.text, "explore_assert failed: condition != NULL",
	    40) == 0);
}
