/*
 * program_data.h - where the program's variables lie.
 */
#pragma once

#include "lib/compiler.h"

/* Store where range i of the program's data begins and ends, both multiples of
 * 8; in an image with tests, of the tests' data.  Returns false if there are at
 * most i ranges.  Any context. */
bool program_data(unsigned i, uintptr_t *lo, uintptr_t *hi);
