/*
 * root.h - the roots: registered blocks of globals, and gc_host's.
 */
#pragma once

#include "gc/work.h"

/* Returns the number of jobs that the roots make.  Called when marking begins.
 * World stopped. */
size_t root_jobs(void);

/* Scan job number job, 0 <= job < the number that root_jobs returned.  Each job
 * is done once, on one hart; different jobs may be done on different harts at
 * once. */
void   root_scan(size_t job, struct gc_work *w);

/* Call fn with the address of each word of the registered blocks that is a
 * pointer.  World stopped. */
void   root_each_word(void (*fn)(uintptr_t at));

/* Returns whether the word at at is a pointer of a registered block.  World
 * stopped. */
bool   root_has(uintptr_t at);
