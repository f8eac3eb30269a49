/*
 * preempt.h - taking a hart away from a goroutine that does not give it up.
 *
 * Whoever wants something of a P sets a bit in p->attention (p_ask) and, if it
 * does not come, interrupts the hart; a tick does the same to its own.  The
 * goroutine sees that when it next enters the scheduler; if it is in a
 * program's text, where it may never do so, the interrupt itself sends it
 * there.
 *
 *	PREEMPT-1 A goroutine is preempted only between two instructions of
 *		[__app_text_start, __app_text_end): programs; or of the routines
 *		of lib/mem.c if ra, which none of them changes, leads to a
 *		program: it has called them, or they are the last thing that a
 *		function of the runtime does.  The runtime's own text holds
 *		locks, harts, Ms and Ps in registers and is never preempted.
 *	PREEMPT-2 All registers are saved on the goroutine's own stack: the
 *		collector scans them with it.
 *	PREEMPT-3 An interrupt that finds the goroutine in the runtime's text
 *		sets the hart's tripwire (kernel/tripwire.h).  So, whatever the
 *		goroutine has called, it is preempted at the first instruction
 *		of a program that it comes to.  Besides, its next gc_new looks
 *		whether the P is wanted (gc_recall).
 *	PREEMPT-4 A function of the runtime whose work is proportional to what
 *		it was given calls give_way after each piece of the work.  A
 *		piece is at most some 60,000 instructions.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* Is pc in text of a program?  Any context. */
bool preempt_is_app(uintptr_t pc);

/* trap_hooks.leave: if this hart's P wants attention, see to it that the
 * interrupted goroutine gives it up, now or soon. */
void preempt_leave(struct trapframe *frame);

/* Give up the hart as if preempted: for long work of the runtime that finds its
 * P wanted.  A goroutine, no locks. */
void preempt_now(void);

/* If this P is wanted and the caller can do without it, give up the hart as if
 * preempted: PREEMPT-4.  For a goroutine that may go on on another P, and is
 * not in the middle of anything that a collection must not see.  Returns at
 * once on a g0, with a lock or a pin held, or with the world stopped by the
 * caller; but it does not see brief locks (kernel/spinlock.h). */
void give_way(void);

/* How often a goroutine was preempted, on all harts together.  Any context. */
uint64_t preempt_count(void);
