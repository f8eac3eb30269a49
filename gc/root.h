/*
 * root.h - the roots: registered blocks of globals, and gc_host's.
 */
#pragma once

#include "gc/work.h"

/* How many jobs the roots make at the moment.  World stopped. */
size_t root_jobs(void);

/* Scan job number job, 0 <= job < root_jobs().  World stopped; each job on one
 * hart, different ones on different harts. */
void   root_scan(size_t job, struct gc_work *w);
