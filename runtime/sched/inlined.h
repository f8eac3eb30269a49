/*
 * inlined.h - text in which the compiler has inlined the barrier's test.
 *
 * gc_store is a call into runtime text.  Runtime text is never preempted, so
 * the phase of the collector never changes between the test of the barrier and
 * the store.  Text that tests gc_barrier_on_ by itself (gc_store_inlined;
 * compilers that know of the collector) may be preempted between its test and
 * its store.  If marking began at that moment, the goroutine would go on and
 * store without telling the collector, and the object whose pointer it
 * overwrote could be lost.  The runtime does not know between which two
 * instructions the test and the store lie, so all such text,
 * [__inlined_text_start, __inlined_text_end), is *unsafe*:
 *
 *	INLINED-1 A goroutine that stops by itself has called the runtime, and
 *		no call lies between a test and its store: so only a preempted
 *		goroutine can rest at an unsafe pc.  For the same reason a pc
 *		that equals ra is safe: a call has just returned to it.  At such
 *		a pc a tripwire stops a goroutine that returns from the runtime.
 *	INLINED-2 A goroutine found at an unsafe pc is driven forward: it is let
 *		go on, and looked at again a little later, until it is outside
 *		of that text, or in a call that asks whether its P is wanted.
 *	INLINED-3 A goroutine in a loop may never leave that text.  Therefore it
 *		is preempted all the same after a fixed number of looks, and
 *		counted until it goes on.  A cycle that begins meanwhile marks
 *		with the world stopped (CYCLE-3 of gc/cycle.c): no goroutine
 *		runs between the beginning and the end of that marking, and the
 *		pointer that the preempted goroutine was about to store is in
 *		its saved registers or on its stack, which are scanned.
 *	INLINED-4 The end of marking needs no such care: a goroutine whose test
 *		has found that the collector marks calls the runtime, which
 *		tests again.
 *
 * Rejected: to set the pc back to the test (restartable sequences: Bershad,
 * Redell, Ellis, "Fast mutual exclusion for uniprocessors", 1992).  For that
 * the runtime would have to know each test and its store; the text of a
 * compiler that is not ours does not tell where they are.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/sched/turn.h"

struct m;

/* How often a goroutine has been let go on during one turn. */
struct spared {
	struct turn turn;	/* the turn that n and until belong to */
	uint32_t    n;
	nanos_t     until;	/* when to look again */
};

/* Decide whether the goroutine m->curg, which is to be preempted and was found
 * at pc with ra, is to be let go on first (INLINED-2).  Returns for how long,
 * or 0 if it is to be preempted at once.  In the trap, on m's hart. */
nanos_t inlined_spare(struct m *m, uintptr_t pc, uintptr_t ra);

/* Note that the running goroutine is about to rest at pc, with ra.  Returns
 * true if that pc is unsafe: the caller then calls inlined_go_on when the
 * goroutine goes on (INLINED-3). */
bool inlined_rest(uintptr_t pc, uintptr_t ra);
void inlined_go_on(void);

/* Does no goroutine rest at an unsafe pc?  World stopped. */
bool inlined_all_safe(void);

extern struct inlined_stats {
	ATOMIC(uint64_t) nspared;	/* times a goroutine was let go on */
	ATOMIC(uint64_t) ncaught;	/* times one was preempted at an
					 * unsafe pc */
} inlined_stats;
