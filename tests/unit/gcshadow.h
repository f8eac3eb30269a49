/*
 * gcshadow.h - many goroutines, the makers of gcmodel.h, that build a graph and
 * change it at random.
 */
#pragma once

#include "tests/unit/gcmodel.h"

/* One round, seed beside the test's own; t fails if model and heap differ.
 * model_end lets its objects go. */
void gcshadow_round(struct ktest *t, uint64_t seed);

/* ---- for rounds of another kind ---- */

enum { HELD = 4 };		/* in the hands, on the stack, of each */

/* With what flags makers allocate (enum gc_flags); 0 unless said. */
extern unsigned gcshadow_flags;

/* What maker me draws from, after the round's seed has been set. */
void gcshadow_seed(uint64_t seed);
void gcshadow_rand(struct rand *r, uint32_t me);

/* An object somewhere behind a root of maker me, or NULL. */
struct obj *gcshadow_walk(struct ktest *t, struct rand *r, uint32_t me);

/* One change by maker me; false when there are no numbers left.  held is on its
 * stack. */
bool gcshadow_change(struct ktest *t, struct rand *r, uint32_t me,
    struct obj **held);
