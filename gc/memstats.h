/*
 * memstats.h - what collections leave for mem_read_stats.
 */
#pragma once

#include "gc/trace.h"

/* A collection has ended, as trace says.  By who ends it. */
void memstats_note(const struct cycle_trace *trace);

/* Somebody calls gc_collect. */
void memstats_note_forced(void);

/* Look how large the heap is.  World stopped. */
void memstats_note_size_stw(void);
