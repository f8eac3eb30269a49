/*
 * gcshadow.h - random graphs that many goroutines build and change, against a
 * shadow model outside the heap that knows what must be alive, and what dead.
 */
#pragma once

#include "tests/ktest.h"

/* One round, seed beside the test's own; t fails if model and heap differ. */
void gcshadow_round(struct ktest *t, uint64_t seed);

/* Let the objects of the last round go. */
void gcshadow_forget(void);
