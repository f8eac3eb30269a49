/*
 * wild.h - words that may lead to objects about to be freed: GODEBUG=gcwild.
 * Concepts are at the head of wild.c.
 */
#pragma once

#include "lib/compiler.h"

/* The values of gc_params.wild.  A cycle is searched only if the mode was on at
 * the beginning of the cycle and is on at its end. */
enum { WILD_OFF, WILD_REPORTS, WILD_ENDS_THE_PROGRAM };

/* Note everything that can be reached, if beside, that is, if marking goes on
 * beside the mutators.  Called when marking is about to begin and everything is
 * swept.  World stopped, on the system stack. */
void wild_begin_stw(bool beside);

/* Search, and tell what was found.  Called when the marking that wild_begin_stw
 * was called for is over and nothing is swept yet.  World stopped, on the
 * system stack. */
void wild_end_stw(void);

/* Returns how many words of each kind have been found since boot.  No
 * collection is under way. */
struct wild_stats {
	uint64_t globals;	/* words of the program that are no roots */
	uint64_t integers;	/* words of live objects that are no pointers */
	uint64_t stored;	/* pointers stored without gc_store */
	uint64_t overwritten;	/* pointers overwritten without gc_store */
};
struct wild_stats wild_stats(void);
