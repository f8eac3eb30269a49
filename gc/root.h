/*
 * root.h - the roots: registered blocks of globals, and gc_host's.
 */
#pragma once

#include "gc/work.h"

/* Marking begins: how many jobs the roots make.  World stopped. */
size_t root_jobs(void);

/* Scan job number job, 0 <= job < what root_jobs said; each job on one hart,
 * different ones on different harts. */
void   root_scan(size_t job, struct gc_work *w);

/* Call fn with the address of each word of the registered blocks that is a
 * pointer.  World stopped. */
void   root_each_word(void (*fn)(uintptr_t at));

/* Returns whether the word at at is a pointer of a registered block.  World
 * stopped. */
bool   root_has(uintptr_t at);
