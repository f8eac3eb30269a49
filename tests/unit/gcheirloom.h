/*
 * gcheirloom.h - rounds of gcshadow.h that are sure to lose an object if one of
 * the rules of marking is broken.
 */
#pragma once

#include "tests/unit/gcmodel.h"

/*
 * Run one round with a collection that stands still while the makers do what
 * the rules are for.  If fault is not NULL it is switched on meanwhile; then
 * each maker loses an object.  If retire is set, the P of the last maker is
 * taken away before marking goes on, which takes two harts; the fault in
 * retiring a P costs only this maker an object.  Returns the verdict of the
 * model, after all objects have been let go.
 */
struct model_verdict gcheirloom_round(struct ktest *t, uint64_t seed,
    const char *fault, bool retire);
