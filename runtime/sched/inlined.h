/*
 * inlined.h - text in which the compiler has inlined the barrier's test.
 *
 * gc_store is a call into runtime text, which is never preempted: so the phase
 * of the collector never changes between its test and its store.  Text that
 * tests gc_barrier_on_ by itself (gc_store_inlined; compilers that know of the
 * collector) may be preempted just there.  If marking began then, the goroutine
 * would go on and store without telling the collector, and what it overwrote
 * could be lost.  Nobody says between which two instructions that is, so all
 * such text, [__inlined_text_start, __inlined_text_end), is *unsafe*:
 *
 *	INLINED-1 A goroutine that stops by itself has called the runtime, and
 *		no call lies between test and store: only one that was preempted
 *		can rest at an unsafe pc.  For the same reason a pc that equals
 *		ra is safe: a call has just returned to it.  That is where a
 *		tripwire stops a goroutine that comes back from the runtime.
 *	INLINED-2 It is driven forward: let go on, and looked at again a little
 *		later, until it is outside or in a call that asks what is wanted
 *		of its P.
 *	INLINED-3 A loop may never come to that.  After so many looks it is
 *		preempted all the same, and counted until it goes on; a cycle
 *		that begins meanwhile marks with the world stopped (CYCLE-3 of
 *		gc/cycle.c).  Nothing runs then between its beginning and its
 *		end, and what the goroutine was about to store is in its saved
 *		registers, or on its stack, which are scanned.
 *	INLINED-4 The end of marking needs no such care: who has seen that there
 *		is marking calls the runtime, which tests again.
 *
 * Rejected: to set the pc back to the test (restartable sequences: Bershad,
 * Redell, Ellis, "Fast mutual exclusion for uniprocessors", 1992).  It needs to
 * know each test and store; text of a compiler that is not ours does not say.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/sched/turn.h"

struct m;

/* How often a goroutine was let go on, in one turn. */
struct spared {
	struct turn turn;
	uint32_t    n;
	nanos_t     until;	/* when to look again */
};

/* m's goroutine, m->curg, was found at pc, with ra, and is to be preempted.
 * For how long is it to be let go on first (INLINED-2)?  0: not at all.  In the
 * trap.
 */
nanos_t inlined_spare(struct m *m, uintptr_t pc, uintptr_t ra);

/* The goroutine that runs is about to rest at pc, with ra: returns true if that
 * is unsafe, and then inlined_go_on is to be called when it goes on.
 * INLINED-3. */
bool inlined_rest(uintptr_t pc, uintptr_t ra);
void inlined_go_on(void);

/* Does no goroutine rest at an unsafe pc?  World stopped. */
bool inlined_all_safe(void);

extern struct inlined_stats {
	ATOMIC(uint64_t) nspared;	/* how often a goroutine was, */
	ATOMIC(uint64_t) ncaught;	/* and how often not any longer */
} inlined_stats;
