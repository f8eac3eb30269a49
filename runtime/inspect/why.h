/*
 * why.h - who holds an object; see why.c and gc/why.c.
 */
#pragma once

#include "lib/compiler.h"

struct g;

/* Returns whether gp is to be left out of the roots.  World stopped. */
bool why_hides(const struct g *gp);

/* Tell what place at is, the address of a root; gc_host.tell_place. */
void why_tell_place(uintptr_t at,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* Tell out who holds the object at addr.  Returns true if somebody else than
 * the caller does.  Any goroutine, and any addr, an address or not. */
bool why_tell(uintptr_t addr,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));
