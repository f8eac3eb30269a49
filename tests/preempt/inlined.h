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
 * What a compiler makes of "for each i: *slot[i] = NULL", slowed down between
 * test and stores.
 */
struct slow_store {
	struct pair ***slots;
	uint32_t       n;
	volatile bool  tested;		/* said when the test is done; */
	volatile bool  go_on;		/* then it waits for this */
	volatile bool  stored;		/* said at the end */
};
void inlined_slow_store(void *slow_store);

/* Until *count has gone up by n, or *give_up. */
void inlined_wait_for(const volatile uint64_t *count, uint64_t n,
    const volatile bool *give_up);

/* n times, swap what follows two of the len objects of ring, picked by seed:
 * the next pointers stay a permutation. */
void inlined_swap(struct pair **ring, uint32_t len, uint32_t n, uint64_t seed);

/* gc_store_inlined where it must not be. */
void inlined_elsewhere(void *slot);
