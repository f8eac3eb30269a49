/*
 * leaks.h - goroutines that nobody can wake any more; see leaks.c.
 */
#pragma once

#include "lib/compiler.h"

struct g;

/* Is gp to be left out of the roots of the marking that is under way?  World
 * stopped. */
bool leaks_hides(const struct g *gp);
