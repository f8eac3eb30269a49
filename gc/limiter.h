/*
 * limiter.h - the collector has no more than half of the machine for long.
 *
 * Near the memory limit, or the end of RAM, each collection finds less to free
 * and the next is due sooner, until a program does nothing but collect.  So the
 * time that goes into collecting is poured into a bucket (leaky: Turner 1986),
 * and as much time as the program has leaks out of it.  While the bucket is
 * full the collector has had its half, and gives way:
 *
 *	- nobody marks to pay for what he allocates (assist.c); what is left
 *	  are the quarter for workers, and harts that are idle;
 *	- nobody waits for a collection because of the memory limit: the heap
 *	  goes beyond it;
 *	- where there is no memory to go beyond, a collection must have an
 *	  eighth of the heap to free, else the program has run out of memory.
 *	  It would not come to an end otherwise, only to a crawl.
 *
 *	LIMIT-1	0 <= level <= LIMITER_NS for each P: so much more than half may
 *		go into collecting at a stretch.
 *	LIMIT-2	Only collections that the collector itself decided on count:
 *		not a program's gc_collect, not the periodic ones, not GCEVERY.
 *		Idle harts that mark count as neither; but who waits for a
 *		collection because he gets no memory has spent that time.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

/* For each P, up to so many. */
#define LIMITER_NS (500 * NS_PER_MS)
#define LIMITER_PS 8U

/* A collection begins; ours: it counts.  World stopped. */
void limiter_begin_stw(bool ours);

/* Marking has had ns of one hart that might have run a goroutine, or that was
 * idle.  Any hart. */
void limiter_spent(nanos_t ns);
void limiter_idle(nanos_t ns);

/* Is the bucket full, or has it been and less than a quarter has leaked out?
 * Any hart. */
bool limiter_on(void);

/* The level after a while in which collecting had spent, idle harts marked for
 * idle, and all harts were awake for awake (these included), ns; LIMIT-1 with
 * max.  For limiter.c, and its test. */
nanos_t limiter_level(nanos_t level, nanos_t spent, nanos_t idle,
    nanos_t awake, nanos_t max);
