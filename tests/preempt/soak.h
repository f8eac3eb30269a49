/*
 * soak.h - a program that uses everything at once, at random, and counts.
 *
 * It is written on the public API alone and may be preempted at any
 * instruction.  What it does follows from a seed; in which order things then
 * happen is the machine's.  What must hold whatever happens, the laws of
 * conservation:
 *
 *	SOAK-1	Every goroutine that is started ends, once, however it ends:
 *		it returns, exits or panics.
 *	SOAK-2	Every value sent is received, once, and no other; what it
 *		points to is whole.
 *	SOAK-3	What a lock protects counts exactly; readers see no half of a
 *		change; a semaphore lets in no more than it has permits.
 *	SOAK-4	Every setting of a timer is stopped, or set anew, or comes;
 *		exactly one of the three.
 *	SOAK-5	What a context reaches ends; deferred calls run once each, and
 *		a recovered value is the one that was thrown.
 *	SOAK-6	Who computes has the same result as without the others.
 *
 * A law that says "ends" is broken by a round that does not: who runs the
 * rounds watches soak_progress.
 */
#pragma once

#include <stdint.h>

/* Play a round: start the goroutines that seed says, wait for all, check the
 * books.  One round at a time. */
void soak_round(uint64_t seed);

/* Laws found broken until now, each said in a line. */
uint32_t soak_failures(void);

/* Goroutines ended and steps made until now, in all rounds. */
uint64_t soak_ended(void);
uint64_t soak_progress(void);
