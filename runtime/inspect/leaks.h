/*
 * leaks.h - goroutines that nobody can wake any more; see leaks.c.
 */
#pragma once

#include "lib/compiler.h"

struct g;
struct gc_work;

/* Returns whether the marking under way is one of leaks.c; then gp has been
 * dealt with: scanned, or left out as a suspect.  World stopped. */
bool leaks_scan(struct g *gp, struct gc_work *work);
