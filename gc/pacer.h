/*
 * pacer.h - when to collect: GOGC and the memory limit.
 *
 * After a collection that left live bytes alive the goal is
 *
 *	goal = live + max(live, 4 MiB) * GOGC / 100
 *
 * and marking should be over when the heap has grown to the goal.  So marking
 * begins earlier, by the *runway*.  The runway is between a 32nd and a half of
 * what may be allocated in all.  It becomes longer when a marking has ended
 * beyond its goal by more than a 64th of the goal, and shorter when a marking
 * ended well before its goal.
 *
 * A short runway is good, because while marking stores cost more, and objects
 * that die are kept; and assists make sure that a short runway is enough
 * (assist.c).  (This is the reason for the 64th.  Where several harts allocate,
 * it is a matter of chance what they take while the last of them come to a
 * stop.  Without this margin BinaryTrees16 on 2 harts allocated 400 KB beside
 * each marking, a tenth of all; with the margin it allocates 190 KB, and
 * marking ends 65 KB late.)
 *
 * But the shorter the runway, the less an allocating goroutine gets done while
 * marking: 3 % of what it does otherwise with a runway of a 32nd, 15 % with a
 * quarter (bench MMU200M, one hart).  This does not matter for some
 * milliseconds, so what counts is how long marking takes: the runway of a small
 * heap may be short, and that of a large heap is at least a quarter.  When the
 * world is stopped for marking there is no runway.
 *
 * The pacer checks whether it is time to collect when a run or a span is
 * fetched, never when an allocation is served from a run.  (Go's goal is
 * max(live * (1 + GOGC / 100), 4 MiB * GOGC / 100).  With 3 MiB alive, this
 * would collect at every MiB, and marking would be most of what a small program
 * does.)
 *
 * The memory limit is about pages: those of spans and of the collector's own
 * tables.  A span that would pass the limit is refused at first.  The allocator
 * then sweeps, then collects, and only then goes beyond the limit: like Go's,
 * the limit is soft, and the hard limit is RAM.  If nearly everything is alive,
 * this could mean one collection for each span; therefore some allocation must
 * have preceded such a collection (pacer_worthwhile).
 */
#pragma once

#include "gc/span.h"

/*
 * With a memory limit the goal is the lower of two.  The second is how large
 * objects together may become before the pages of the heap reach the limit;
 * records, buffers and the parts of pages without objects are subtracted.  But
 * the goal is at least a 32nd beyond what is alive.  So when live data does not
 * fit, there is a collection at every 32nd, until the limiter (limiter.h)
 * intervenes.
 */

/* Set goal and limit from gc_params and the RAM there is.  gc_init, once. */
void pacer_init(void);

/* Is it time to collect?  If gc_params.every is set, this counts a slow
 * allocation. */
bool pacer_due(void);

/* Has enough been allocated since the last collection that another one may free
 * enough of the heap to be worth its while? */
bool pacer_worthwhile(void);

/* Has an eighth of what was alive been allocated since the last collection?
 * Only then may another collection begin if the limiter is on and there is no
 * memory at all. */
bool pacer_very_worthwhile(void);

/* Make a span for bin by span_new, of npages pages if bin is one of large
 * objects.  Returns NULL if there is no memory, or if the span would pass the
 * memory limit and beyond_limit is false. */
struct span *pacer_new_span(size_t bin, size_t npages, bool beyond_limit)
    MUST_USE;

/* Note that marking begins.  World stopped. */
void pacer_begin_stw(void);

/*
 * Count the nbytes of slots that the runs of a P have not used yet as taken
 * since marking began.  The P has just learnt that marking has begun.  Objects
 * that it allocates in these slots from now on are neither marked nor taken
 * while marking.  To be called by the M that holds the P, before the P runs a
 * goroutine.
 */
void pacer_held_at_begin(uint64_t nbytes);

/* How far a P was behind heap.era when it returned its runs. */
enum pacer_behind {
	BEHIND_BEGIN,		/* it had not heard that marking had begun */
	BEHIND_END,		/* it had not heard that marking is over */
	BEHIND_BOTH,		/* it had heard of neither */
};

/*
 * Forget that nbytes of slots were taken (PACER-1, PACER-2).  A P that is
 * behind heap.era is about to return these slots, which its runs have not used
 * and which were taken before the change of the era.  To be called by the M
 * that holds the P, or by any hart with the world stopped, before
 * heap.taken_bytes goes back.
 */
void pacer_returns(uint64_t nbytes, enum pacer_behind behind);

/* Return how many bytes may be taken until the next collection is due. */
uint64_t pacer_room(void);

/* Set the next goal.  Marking is over and has found marked bytes alive; what
 * was taken since marking began is alive too.  World stopped. */
void pacer_collected_stw(uint64_t marked);

/* Return a number for statistics, in bytes: what was alive after the last
 * collection; the goal; the memory limit; and what counts against the goal,
 * which is what was alive then plus what was taken since. */
uint64_t pacer_live(void);
uint64_t pacer_goal(void);
uint64_t pacer_limit(void);
uint64_t pacer_heap(void);

/* Panic if PACER-1 does not hold.  World stopped, no collection under way. */
void pacer_check(void);
