/*
 * gcheirloom.h - rounds of gcshadow.h by whose construction something is lost
 * if one of the rules of marking is broken.
 */
#pragma once

#include "tests/unit/gcmodel.h"

/*
 * One round with a collection that stands still while the makers do what the
 * rules are for; with fault switched on meanwhile, if that is not NULL: then
 * each maker loses an object.  If retire, a P is taken away from the last maker
 * before that, for which there must be two harts; the fault in that costs just
 * this maker an object.  All objects are let go.
 */
struct model_verdict gcheirloom_round(struct ktest *t, uint64_t seed,
    const char *fault, bool retire);
