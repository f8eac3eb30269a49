/*
 * stashed.h - what the tests of stashed stacks share: goroutines that park, and
 * lists to keep alive.
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

/* A list of LIST_LEN cells with that number. */
struct cell *new_list(uint64_t number);

/* Who has arrived as number i.  Nothing remembers it as a pointer: for
 * test_leaks.c, whose goroutines may use the record again, that would be
 * somebody who can make it ready. */
struct g *parked_g(uint32_t i);

/* Is gp stashed, and how many of the first n parked are?  Snapshots. */
bool     is_stashed(struct g *gp);
uint32_t count_stashed(uint32_t n);

/* The running goroutine is number i and about to park. */
void about_to_park(uint32_t i);

/* Wait until n have arrived, and are parked. */
void wait_parked(struct ktest *t, uint32_t n);

/* Start n and wait for them. */
void start_parked(struct crowd *crowd, struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i));

/* Collect until the n that are parked are stashed: at the second collection
 * that finds them so. */
void stash_them(struct ktest *t, uint32_t n);

/* End the park() of the first n. */
void ready_all(uint32_t n);
