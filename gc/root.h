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
