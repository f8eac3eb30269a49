/*
 * weak_table.h - find weak handles by the address that they refer to.
 */
#pragma once

#include "lib/compiler.h"

struct special;

/* The functions below are called with special_lock held, or the world
 * stopped. */

/* Find the record of the weak handle for ptr.  Returns NULL if there is
 * none. */
struct special *weak_table_find(uintptr_t ptr);

/* Make sure that there is a bucket to add a record to.  Returns false if there
 * is no memory for the first one. */
bool weak_table_ready(void) MUST_USE;

/* Add sp to a table that is ready and has no record for sp->ptr, or take sp out
 * again. */
void weak_table_add(struct special *sp);
void weak_table_remove(struct special *sp);

/* Return how many records are in the table, or in its longest bucket.  For
 * tests. */
size_t weak_table_count(void);
size_t weak_table_longest(void);
