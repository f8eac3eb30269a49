/*
 * redirect.h - making what a trap interrupted go on somewhere else.
 *
 * A trap handler runs on the hart's trap stack and must return from the trap;
 * what takes long, parks or never comes back must happen on the strand itself.
 * So the handler pushes all that the strand had in registers onto the strand's
 * own stack and lets the trap return into a stub that calls a function there,
 * as if the interrupted instruction had done so.  That is how a goroutine is
 * preempted, and how its fault becomes its panic.
 */
#pragma once

#include "kernel/trap.h"

/* What lies on the stack of a redirected strand; assembly knows it. */
struct redirected {
	struct trapframe frame;		/* as the trap left it */
	uint64_t         f[32];		/* valid if FS was dirty */
	uint64_t         fcsr;
	uint64_t         pad;
};

/*
 * Let the strand that frame interrupted go on in fn(saved), on its own stack,
 * interrupts on, saved being a copy of frame there.  If fn returns, every
 * register is as it was, floating-point and vector ones too, and the strand
 * goes on at saved->pc; fn may have changed *saved.  Backtraces see through it.
 *
 * Only for a strand that was interrupted between two instructions of a program
 * or at one that faulted, with its own sp, no locks held.  Returns false, and
 * has done nothing, if its stack has no room (it is about to overflow) or sp is
 * not one.  From a trap hook, as its last act.
 */
bool trap_redirect(struct trapframe *frame,
    void (*fn)(struct trapframe *saved)) MUST_USE;

/* In fn, which then must not return: take back the floating-point registers
 * that survive a call, for whoever is to find them by unwinding. */
void unwind_reload_fp(const struct redirected *saved);
