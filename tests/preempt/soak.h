/*
 * soak.h - a program that uses everything at once, at random, and counts.
 *
 * It is written on the public API alone and may be preempted at any
 * instruction.  A seed decides what it does; the machine decides in which order
 * things then happen.  What must hold in any order are the laws of
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
 *	SOAK-5	What a context reaches ends; each deferred call runs once, and
 *		a recovered value is the one that was thrown.
 *	SOAK-6	A computation has the same result as without the others.
 *
 * A law that says "ends" is broken by a round that does not end, so the caller
 * of soak_round watches soak_progress.
 */
#pragma once

#include <stdint.h>

/* Play a round: start the goroutines that seed says, wait for all, check the
 * books.  One round at a time. */
void soak_round(uint64_t seed);

/* Returns how many laws were found broken until now; the first ones are
 * printed. */
uint32_t soak_failures(void);

/* Return how many goroutines have ended until now in all rounds, and how many
 * steps and ends there were. */
uint64_t soak_ended(void);
uint64_t soak_progress(void);
