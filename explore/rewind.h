/*
 * rewind.h - putting the machine back to where it was.
 *
 * The world is what a schedule may change: the image's data and the RAM below
 * ram_world_end, the registers of the virtual harts included, since they lie on
 * their stacks.  Copies of it lie above.  There are two, one of the machine as
 * it was booted, and one after the workload has been set up; a schedule begins
 * from the second, and only pages that were written since are copied back.
 */
#pragma once

#include "lib/compiler.h"

enum rewind_copy { REWIND_BOOTED, REWIND_SET_UP, REWIND_COPIES };

/* Find room for the copies.  Returns false if this machine has too little
 * memory. */
bool rewind_init(void);

/* Keep the world as it is.  On the explorer's own stack, as all below. */
void rewind_keep(enum rewind_copy copy);

/* Put the world back to where it was kept last as copy.  rewind_back copies
 * the pages that were written since rewind_keep or the last call, and returns
 * how many those were; it is for the copy that was kept last.  rewind_all
 * copies all of them. */
size_t rewind_back(enum rewind_copy copy);
void   rewind_all(enum rewind_copy copy);

/* Take n bytes, a multiple of 16, of the explorer's own memory, zeroed, for
 * good.  Panics if there is no room. */
void *explorers_memory(size_t n);
