/*
 * pacer.h - when to collect: GOGC and the memory limit.
 *
 * After a collection that left live bytes alive the goal is
 *
 *	goal = live + max(live, 4 MiB) * GOGC / 100
 *
 * and marking should be over when the heap has come to that.  So it begins
 * earlier, by the *runway*: from a 32nd to a half of what may be allocated in
 * all, longer when the last marking has ended beyond its goal, by more than a
 * 64th of that, shorter when it ended well before.  Assists see to it that a
 * short runway is enough (assist.c), and short is good: while marking stores
 * cost more, and what dies is kept.  (Hence the 64th.  Where several harts
 * allocate, what they take while the last of them come to a stop is a matter of
 * chance; without that margin BinaryTrees16 on 2 harts allocated 400 KB beside
 * each marking, a tenth of all, with it 190 KB, and ends 65 KB late.)  But the
 * shorter the runway, the less an allocating goroutine gets done meanwhile: 3 %
 * of what it does else with a 32nd, 15 % with a quarter (bench MMU200M, one
 * hart).  That is no matter for some milliseconds, so it is a matter of how
 * long marking takes: the runway of a small heap may be short, that of a large
 * one is at least a quarter.  With the world stopped for marking there is none.
 *
 * Whether it is time is looked at when a run or a span is fetched, never by an
 * allocation from a run.  (Go says max(live * (1 + GOGC / 100), 4 MiB * GOGC /
 * 100).  With 3 MiB alive that collects at every MiB, and marking is most of
 * what a small program does.)
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

/*
 * With the limit the goal is the lower of the two: what objects may come to
 * before the pages of the heap reach the limit, records, buffers and the parts
 * of pages without objects taken off; but at least a 32nd beyond what is alive.
 * So when live data does not fit, it collects at every 32nd, until the limiter
 * (limiter.h) has enough of that.
 */

/* Set goal and limit from gc_params and the RAM there is.  gc_init, once. */
void pacer_init(void);

/* Is it time to collect?  Counts a slow allocation for gc_params.every. */
bool pacer_due(void);

/* Has enough been allocated since the last collection that another may free
 * a part of the heap worth its while? */
bool pacer_worthwhile(void);

/* Or an eighth of it?  What there must be if the limiter is on and there is no
 * memory at all. */
bool pacer_very_worthwhile(void);

/* span_new, of npages pages for a bin of large objects, unless it would pass
 * the memory limit and beyond_limit is false; NULL then, or without memory. */
struct span *pacer_new_span(size_t bin, size_t npages, bool beyond_limit)
    MUST_USE;

/* Marking begins.  World stopped. */
void pacer_begin_stw(void);

/*
 * A P that learns that marking has begun holds nbytes of slots that its runs
 * have not used.  Objects allocated there from now on are neither marked nor
 * taken while marking, so the pacer counts the slots as taken since marking
 * began.  The M that holds the P, before the P runs a goroutine.
 */
void pacer_held_at_begin(uint64_t nbytes);

/* How far a P was behind heap.era when it returned its runs. */
enum pacer_behind {
	BEHIND_BEGIN,		/* it had not heard that marking has begun */
	BEHIND_END,		/* nor that marking is over */
	BEHIND_BOTH,		/* nor of either */
};

/*
 * A P that is behind heap.era is about to return nbytes of slots that its runs
 * have not used and that were taken before the change of the era: the pacer
 * forgets that they were taken (PACER-1, PACER-2).  The M that holds the P, or
 * any with the world stopped, before heap.taken_bytes goes back.
 */
void pacer_returns(uint64_t nbytes, enum pacer_behind behind);

/* How many bytes may be taken until the next collection is due. */
uint64_t pacer_room(void);

/* Marking is over, and has found marked bytes alive; what was taken since
 * marking began lives too.  Set the next goal.  World stopped. */
void pacer_collected_stw(uint64_t marked);

/* For statistics: live after the last collection, goal, limit, and what counts
 * against the goal: live then, taken since. */
uint64_t pacer_live(void);
uint64_t pacer_goal(void);
uint64_t pacer_limit(void);
uint64_t pacer_heap(void);

/* Panic if PACER-1 does not hold.  World stopped, no collection under way. */
void pacer_check(void);
