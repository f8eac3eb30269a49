/*
 * unrest.h - what goes on underneath a test that should not care: GOMAXPROCS
 * changes at random, collections, timers.
 */
#pragma once

#include "tests/unit/crowd.h"

struct unrest {
	ATOMIC(uint32_t) ending;
	struct waitgroup done;
};

/* Begin; end and wait until it has ended.  u is not moved meanwhile. */
void unrest_begin(struct unrest *u);
void unrest_end(struct unrest *u);
