/*
 * leaks.h - goroutines that nobody can wake any more; see leaks.c.
 */
#pragma once

#include "lib/compiler.h"

struct g;
struct gc_work;

/* Is the marking under way one of leaks.c?  Then gp has been dealt with: it has
 * been scanned, or is to be left out.  World stopped. */
bool leaks_scan(struct g *gp, struct gc_work *work);
