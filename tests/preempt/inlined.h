/*
 * inlined.h - programs that test for themselves whether the collector marks.
 */
#pragma once

#include "include/antler.h"

struct pair {
	struct pair *next;
	uint64_t     number;
};

/*
 * inlined_slow_store does what a compiler makes of "for each i: *slot[i] =
 * NULL", with a wait between the test and the stores.
 */
struct slow_store {
	struct pair ***slots;
	uint32_t       n;
	volatile bool  tested;		/* set when the test is done */
	volatile bool  go_on;		/* awaited before the stores */
	volatile bool  stored;		/* set at the end */
};
void inlined_slow_store(void *slow_store);

/* Wait, without a call, until *count has gone up by n, or *give_up. */
void inlined_wait_for(const volatile uint64_t *count, uint64_t n,
    const volatile bool *give_up);

/* Do n times: swap the next pointers of two of the len objects of ring, which
 * seed picks.  The next pointers stay a permutation. */
void inlined_swap(struct pair **ring, uint32_t len, uint32_t n, uint64_t seed);

/* Use gc_store_inlined in a function without GC_INLINES_BARRIERS, which is
 * wrong. */
void inlined_elsewhere(void *slot);
