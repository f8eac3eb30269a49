/*
 * stashed.h - what the tests of stashed stacks share: goroutines that park, and
 * lists that they keep alive.
 */
#pragma once

#include "runtime/sched/g.h"
#include "tests/unit/crowd.h"

enum { STASHED_MAX = 2000, LIST_LEN = 8 };

struct cell {
	struct cell *next;
	uint64_t     number;
	uint64_t     more[6];
};
GC_TYPE(cell, next);

/* Make a list of LIST_LEN cells with that number.  Returns its head. */
struct cell *new_list(uint64_t number);

/* Return the goroutine that arrived as number i.  It is remembered only hidden
 * (hidden.h), because the goroutines of test_leaks.c may use its struct g
 * again: a pointer to it would mean that somebody could make them ready. */
struct g *parked_g(uint32_t i);

/* Return whether gp is stashed, or how many of the first n goroutines are.  The
 * answers are snapshots. */
bool     is_stashed(struct g *gp);
uint32_t count_stashed(uint32_t n);

/* Say that the running goroutine is number i and is about to park. */
void about_to_park(uint32_t i);

/* Wait until n goroutines have arrived and are parked. */
void wait_parked(struct ktest *t, uint32_t n);

/* Start a crowd of n goroutines that run fn, and wait until they are parked. */
void start_parked(struct crowd *crowd, struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i));

/* Collect until all of the n parked goroutines are stashed.  The second
 * collection that finds a goroutine parked stashes it. */
void stash_them(struct ktest *t, uint32_t n);

/* End the park() of each of the first n goroutines. */
void ready_all(uint32_t n);
