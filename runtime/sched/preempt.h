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
 *		[__app_text_start, __app_text_end): programs.  The runtime's own
 *		text holds locks, harts, Ms and Ps in registers and is never
 *		preempted: there the interrupt comes again a little later, until
 *		it finds the goroutine outside; and has the next gc_new look
 *		whether the P is wanted (gc_recall).
 *	PREEMPT-2 All registers are saved on the goroutine's own stack: the
 *		collector scans them with it.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"
#include "runtime/sched/turn.h"

/* Looks in vain at a goroutine that was to be preempted, in one turn. */
struct retry {
	struct turn turn;
	uint32_t    n;
	int32_t     dither;	/* counts on, whoever it is */
};

/* Is pc in text that may be preempted?  Any context. */
bool preempt_is_app(uintptr_t pc);

/* trap_hooks.leave: if this hart's P wants attention, see to it that the
 * interrupted goroutine gives it up, now or soon. */
void preempt_leave(struct trapframe *frame);

/* Give up the hart as if preempted: for long work of the runtime that finds its
 * P wanted.  A goroutine, no locks. */
void preempt_now(void);

/* How often a goroutine was preempted, on all harts together.  Any context. */
uint64_t preempt_count(void);
