/*
 * symbols.h - names of addresses.  tools/mksyms writes the table after a first
 * link; the second link carries it in .rodata.
 */
#pragma once

#include "lib/compiler.h"

/* The function that holds pc and the distance from its start; NULL if none. */
const char *symbol_name(uintptr_t pc, uintptr_t *offset);

/* The same of the variable that holds addr. */
const char *symbol_of_data(uintptr_t addr, uintptr_t *offset);

/* The address of a function by name, or 0. */
uintptr_t   symbol_addr(const char *name);
