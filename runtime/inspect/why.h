/*
 * why.h - who holds an object; see why.c and gc/why.c.
 */
#pragma once

#include "lib/compiler.h"

struct g;

/* Is gp to be left out of the roots that are looked through?  World stopped. */
bool why_hides(const struct g *gp);

/* gc_host.tell_place. */
void why_tell_place(uintptr_t at,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* gc_why, telling out. */
bool why_tell(uintptr_t addr,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));
