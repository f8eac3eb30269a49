/*
 * pacer.h - when to collect: GOGC and the memory limit.
 *
 * After a collection that left live bytes alive the goal is
 *
 *	goal = live + max(live, 4 MiB) * GOGC / 100
 *
 * and the next collection starts when that much is taken (this stage stops the
 * world, so the trigger is the goal).  It is looked at when a run or a span is
 * fetched, never by an allocation from a run.  (Go says max(live * (1 + GOGC /
 * 100), 4 MiB * GOGC / 100).  With 3 MiB alive that collects at every MiB, and
 * marking is most of what a small program does.)
 *
 * The memory limit is about pages: spans and the collector's own tables.  A
 * span that would pass it is refused at first; the allocator then sweeps, then
 * collects, and only then goes beyond: like Go's, the limit is soft, the hard
 * one is RAM.  To keep that from becoming one collection per span when nearly
 * everything is alive, such a collection must have been preceded by some
 * allocation (pacer_worthwhile).
 */
#pragma once

#include "gc/span.h"

/* Set goal and limit from gc_params and the RAM there is.  gc_init, once. */
void pacer_init(void);

/* Is it time to collect?  Counts a slow allocation for gc_params.every. */
bool pacer_due(void);

/* Has enough been allocated since the last collection that another may free
 * a part of the heap worth its while? */
bool pacer_worthwhile(void);

/* span_new, of npages pages for a bin of large objects, unless it would pass
 * the memory limit and beyond_limit is false; NULL then, or without memory. */
struct span *pacer_new_span(size_t bin, size_t npages, bool beyond_limit)
    MUST_USE;

/* A collection has found live bytes alive: set the next goal.  World stopped.
 */
void pacer_collected_stw(uint64_t live);

/* For statistics: live after the last collection, goal, limit, and what counts
 * against the goal: live then, taken since. */
uint64_t pacer_live(void);
uint64_t pacer_goal(void);
uint64_t pacer_limit(void);
uint64_t pacer_heap(void);
