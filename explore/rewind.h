/*
 * rewind.h - putting the machine back to an earlier state.
 *
 * The world is everything that a schedule may change: the data of the image,
 * the RAM below ram_world_end, and the registers of the virtual harts, which
 * lie on their stacks in that RAM.  Copies of the world lie above it.  There
 * are two copies: one of the machine as it was booted, and one taken after the
 * workload has been set up.  A schedule begins from the second copy, and only
 * the pages that were written since are copied back.
 */
#pragma once

#include "lib/compiler.h"

enum rewind_copy { REWIND_BOOTED, REWIND_SET_UP, REWIND_COPIES };

/* Find room for the copies.  Returns false if this machine has too little
 * memory. */
bool rewind_init(void);

/* Keep the world as it is as copy.  This function and the two below run on the
 * explorer's own stack. */
void rewind_keep(enum rewind_copy copy);

/*
 * Put the world back to the state in which rewind_keep last kept copy.
 * rewind_back copies the pages that were written since rewind_keep or since its
 * last call, and returns their number; copy must be the one that was kept last.
 * rewind_all copies all pages.
 */
size_t rewind_back(enum rewind_copy copy);
void   rewind_all(enum rewind_copy copy);

/* Take n bytes, a multiple of 16, of the explorer's own memory, for good.
 * Returns them, zeroed.  Panics if there is no room. */
void *explorers_memory(size_t n);
