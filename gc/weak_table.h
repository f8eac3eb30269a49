/*
 * weak_table.h - weak handles by the address that they refer to.
 */
#pragma once

#include "lib/compiler.h"

struct special;

/* All with special_lock held, or with the world stopped: */

/* The record of the weak handle for ptr, or NULL. */
struct special *weak_table_find(uintptr_t ptr);

/* Make sure that there is a bucket to add a record to.  Returns false if there
 * is no memory for the first one. */
bool weak_table_ready(void) MUST_USE;

/* Add sp, whose ptr is not in the table, to a table that is ready; take it out
 * again. */
void weak_table_add(struct special *sp);
void weak_table_remove(struct special *sp);

/* Records in the table, and in the bucket that has most of them.  Tests. */
size_t weak_table_count(void);
size_t weak_table_longest(void);
