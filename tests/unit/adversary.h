/*
 * adversary.h - disturbances that go on beneath a test: goroutines that change
 * the number of Ps and force collections all the time, until they are told to
 * stop.
 */
#pragma once

#include "include/antler.h"
#include "tests/ktest.h"

enum {
	ADVERSARY_RESIZE  = 1 << 0,	/* gomaxprocs: 1 to twice the harts */
	ADVERSARY_COLLECT = 1 << 1,	/* gc_collect, again and again */
	ADVERSARY_ALL     = ADVERSARY_RESIZE | ADVERSARY_COLLECT,
};

/* An adversary must not be moved between its start and its stop. */
struct adversary {
	struct rand      rand;		/* the resizer's */
	ATOMIC(uint32_t) stop;
	ATOMIC(uint64_t) rounds;	/* how many resizes and collections */
	struct waitgroup done;
};

/* Start the goroutines that what names, a set of the constants above.  The
 * resizer draws its numbers from t's seed. */
void adversary_start(struct adversary *a, struct ktest *t, unsigned what);

/* Run fn(t, 0) to fn(t, n - 1), each in a goroutine of its own, beside the
 * adversary that what names, or beside none if what is 0.  Returns when all
 * have ended. */
void adversary_crowd(struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i), unsigned what);

/* Stop a's goroutines and wait until they have ended; then set as many Ps as
 * there are harts. */
void adversary_stop(struct adversary *a);
