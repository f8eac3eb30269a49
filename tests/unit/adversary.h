/*
 * adversary.h - what goes on underneath a test: goroutines that change the
 * number of Ps and force collections all the time, until told to stop.
 */
#pragma once

#include "include/antler.h"
#include "tests/ktest.h"

enum {
	ADVERSARY_RESIZE  = 1 << 0,	/* gomaxprocs, 1 to twice the harts */
	ADVERSARY_COLLECT = 1 << 1,	/* gc_collect */
	ADVERSARY_ALL     = ADVERSARY_RESIZE | ADVERSARY_COLLECT,
};

/* Not moved between start and stop. */
struct adversary {
	struct rand      rand;		/* of the resizer */
	ATOMIC(uint32_t) stop;
	ATOMIC(uint64_t) rounds;	/* resizes and collections done */
	struct waitgroup done;
};

/* Begin, with what (a set of the above) and t's seed. */
void adversary_start(struct adversary *a, struct ktest *t, unsigned what);

/* Run fn(t, 0) to fn(t, n - 1), beside one, unless what is 0. */
void adversary_crowd(struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i), unsigned what);

/* Stop, wait for the end, and set as many Ps as there are harts. */
void adversary_stop(struct adversary *a);
