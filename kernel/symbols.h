/*
 * symbols.h - names of addresses.  tools/mksyms writes the table after a first
 * link; the second link carries it in .rodata.
 */
#pragma once

#include "lib/compiler.h"

/* Returns the name of the function that holds pc, and stores the distance of pc
 * from its start in *offset, unless offset is NULL.  Returns NULL if pc is not
 * in the image's text or there is no table.  Any context. */
const char *symbol_name(uintptr_t pc, uintptr_t *offset);

/* Returns the name of the global or static variable that holds addr, as
 * symbol_name does for functions.  If addr is between two variables, returns
 * the variable before it. */
const char *symbol_of_data(uintptr_t addr, uintptr_t *offset);

/* Returns the address of the function called name, or 0.  Slow.  Any
 * context. */
uintptr_t   symbol_addr(const char *name);
