/*
 * live_words.h - the words of a goroutine that it may look at again.
 */
#pragma once

#include "lib/compiler.h"

struct g;

/*
 * Call fn for them, in ranges: of gp's stack or stash, its saved registers and
 * its argument.  They are those that the collector scans, but for what was left
 * in registers by others (live_words.c).  Some 10,000 instructions.  World
 * stopped, gp not dead; on the system stack.
 */
void live_words_each(struct g *gp,
    void (*fn)(void *arg, uintptr_t lo, uintptr_t hi), void *arg);
