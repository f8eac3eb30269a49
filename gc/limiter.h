/*
 * limiter.h - keep the collector from using more than half of the machine for
 * long.
 *
 * Near the memory limit, or near the end of RAM, each collection finds less to
 * free and the next one is due sooner, until a program does nothing but
 * collect.  So the time spent collecting is poured into a bucket (a leaky
 * bucket: Turner 1986), and as much time as the program has had leaks out of
 * it.  While the bucket is full the collector has had its half, and gives way:
 *
 *	- No goroutine marks to pay for what it allocates (assist.c).  What is
 *	  left to mark are the quarter of the harts that are workers, and the
 *	  harts that are idle.
 *	- No goroutine waits for a collection because of the memory limit: the
 *	  heap grows beyond the limit.
 *	- Where there is no memory to grow into, a collection must have an
 *	  eighth of the heap to free, else the program has run out of memory.
 *	  Without this rule such a program would slow to a crawl and not end.
 *
 *	LIMIT-1	0 <= level <= LIMITER_NS for each P.  So at a stretch collecting
 *		may take that much time beyond its half.
 *	LIMIT-2	Only collections that the collector itself decided on count:
 *		not a program's gc_collect, not the periodic ones, not GCEVERY.
 *		The marking of idle harts counts neither as time spent nor as
 *		time of the program.  But a goroutine that waits for a
 *		collection because it gets no memory has spent that time.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

/* The size of the bucket for each P, and the largest number of Ps that
 * count. */
#define LIMITER_NS (500 * NS_PER_MS)
#define LIMITER_PS 8U

/* Begin a collection; ours says whether it counts (LIMIT-2).  World stopped. */
void limiter_begin_stw(bool ours);

/* Note that marking has taken ns of one hart: limiter_spent if the hart might
 * have run a goroutine meanwhile, limiter_idle if it was idle.  Any hart. */
void limiter_spent(nanos_t ns);
void limiter_idle(nanos_t ns);

/* Is the bucket full, or has it been full and has less than a quarter leaked
 * out since?  Any hart. */
bool limiter_on(void);

/* Return the new level of the bucket after a while in which collecting has
 * spent spent ns, idle harts have marked for idle ns, and all harts together
 * were awake for awake ns, which include spent and idle.  The result obeys
 * LIMIT-1 with max for the size.  For limiter.c, and its test. */
nanos_t limiter_level(nanos_t level, nanos_t spent, nanos_t idle,
    nanos_t awake, nanos_t max);
