/*
 * live_words.h - the words of a goroutine that it may look at again.
 */
#pragma once

#include "lib/compiler.h"

struct g;

/*
 * Call fn with ranges of gp's live words: words of its stack or stash, its
 * saved registers and its argument.  They are the words that the collector
 * scans, except for those that other strands left in registers (live_words.c).
 * Takes some 10,000 instructions.  The world is stopped, and gp is not dead; on
 * the system stack.
 */
void live_words_each(struct g *gp,
    void (*fn)(void *arg, uintptr_t lo, uintptr_t hi), void *arg);
