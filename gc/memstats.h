/*
 * memstats.h - what collections record for mem_read_stats.
 */
#pragma once

#include "gc/trace.h"

/* Record the end of the collection that trace describes.  To be called by the
 * goroutine that ends the collection. */
void memstats_note(const struct cycle_trace *trace);

/* Count a call of gc_collect. */
void memstats_note_forced(void);

/* Note the present size of the heap.  World stopped. */
void memstats_note_size_stw(void);
