/*
 * preempt.h - taking a hart away from a goroutine that does not give it up.
 *
 * An M that wants something of another M's P sets a bit in p->attention (p_ask)
 * and, if that has no effect in time, interrupts the hart.  A tick is such an
 * interrupt, and sets a bit of its own hart's P.  The goroutine meets the
 * request when it next enters the scheduler.  If it is in a program's text, it
 * may never enter the scheduler by itself; then the interrupt sends it there.
 *
 *	PREEMPT-1 A goroutine is preempted only between two instructions of a
 *		program, which is in [__app_text_start, __app_text_end), or of
 *		the routines of lib/mem.c if ra, which none of those routines
 *		changes, leads to a program: then the program has called the
 *		routine, or a function of the runtime has called it last and
 *		returns through it.  The runtime's own text holds locks, harts,
 *		Ms and Ps in registers and is never preempted.
 *	PREEMPT-2 All registers are saved on the goroutine's own stack: the
 *		collector scans them together with the stack.
 *	PREEMPT-3 An interrupt that finds the goroutine in the runtime's text
 *		sets the hart's tripwire (kernel/tripwire.h).  So the goroutine,
 *		whatever it has called, is preempted at the first instruction
 *		of a program that it comes to.  In addition, its next gc_new
 *		checks whether the P is wanted (gc_recall).
 *	PREEMPT-4 A function of the runtime whose work is proportional to its
 *		arguments calls give_way after each piece of the work.  A piece
 *		is at most some 60,000 instructions.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* Is pc in text of a program?  Any context. */
bool preempt_is_app(uintptr_t pc);

/* See to it that the interrupted goroutine gives up this hart's P, now or soon,
 * if that P is wanted.  In a trap that is about to return to frame:
 * trap_hooks.leave. */
void preempt_leave(struct trapframe *frame);

/* Give up the hart as if preempted: for long work of the runtime whose P turns
 * out to be wanted.  A goroutine, no locks held. */
void preempt_now(void);

/* Give up the hart as if preempted if this P is wanted and the caller can do
 * without its P (PREEMPT-4).  For a goroutine that may continue on another P,
 * and has no structure half built that a collection must not see.  Does nothing
 * on a g0, with a lock or a pin held, or with the world stopped by the caller.
 * It does not notice brief locks (kernel/spinlock.h): the caller must hold
 * none. */
void give_way(void);

/* Returns how many times goroutines were preempted, on all harts together.  Any
 * context. */
uint64_t preempt_count(void);
