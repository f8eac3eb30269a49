/*
 * wild.h - words that may lead to objects about to be freed: GODEBUG=gcwild.
 * Concepts are at the head of wild.c.
 */
#pragma once

#include "lib/compiler.h"

/* gc_params.wild.  The value at the beginning of a cycle and that at its end
 * both must allow it if the cycle is to be searched after. */
enum { WILD_OFF, WILD_REPORTS, WILD_ENDS_THE_PROGRAM };

/* Marking is about to begin, and everything is swept: if it goes on beside the
 * mutators, note what can be reached.  World stopped, on the system stack. */
void wild_begin_stw(bool beside);

/* Marking that wild_begin_stw was called for is over, and nothing is swept yet:
 * search, and tell what was found.  World stopped, on the system stack. */
void wild_end_stw(void);

/* How many words of each kind have been found since boot.  No collection is
 * under way. */
struct wild_stats {
	uint64_t globals;	/* words of the program that are no roots */
	uint64_t integers;	/* words of live objects that are no pointers */
	uint64_t stored;	/* pointers stored without gc_store */
	uint64_t overwritten;	/* pointers overwritten without gc_store */
};
struct wild_stats wild_stats(void);
