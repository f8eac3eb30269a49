/*
 * gcshadow.h - many goroutines, the makers of gcmodel.h, that build a graph and
 * change it at random.
 */
#pragma once

#include "tests/unit/gcmodel.h"

/* Run one round.  seed goes into its random numbers; t fails if the heap and
 * the model differ.  The caller lets the objects go (model_end). */
void gcshadow_round(struct ktest *t, uint64_t seed);

/* ---- for rounds of another kind ---- */

enum { HELD = 4 };		/* objects that each maker keeps on its stack */

/* The flags with which makers allocate (enum gc_flags); 0 to begin with. */
extern unsigned gcshadow_flags;

/* Set the seed of a round, and seed r with it for maker me. */
void gcshadow_seed(uint64_t seed);
void gcshadow_rand(struct rand *r, uint32_t me);

/* Walk from a random root of maker me, checking the objects against the shadow.
 * Returns an object on the way, or NULL. */
struct obj *gcshadow_walk(struct ktest *t, struct rand *r, uint32_t me);

/* Do one random change as maker me; held lies on its stack.  Returns false when
 * there are no numbers left. */
bool gcshadow_change(struct ktest *t, struct rand *r, uint32_t me,
    struct obj **held);
