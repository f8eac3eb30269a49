/*
 * program_data.h - where the program's variables lie.
 */
#pragma once

#include "lib/compiler.h"

/* Store where range i of the program's data begins and ends; both addresses are
 * multiples of 8.  In an image with tests, the program's data are those of the
 * tests.  Returns false if there are at most i ranges.  Any context. */
bool program_data(unsigned i, uintptr_t *lo, uintptr_t *hi);
