/*
 * redirect.h - making an interrupted strand continue in another function.
 *
 * A trap handler runs on the hart's trap stack and must return from the trap.
 * Work that takes long, parks or never returns must happen on the strand
 * itself.  So the handler saves all registers of the strand on the strand's own
 * stack and lets the trap return into a stub.  The stub calls a function there,
 * as if the interrupted instruction had called it.  In this way a goroutine is
 * preempted, and a fault of a goroutine becomes its panic.
 */
#pragma once

#include "kernel/trap.h"

/* What lies on the stack of a redirected strand (kernel/offsets.def). */
struct redirected {
	struct trapframe frame;		/* as the trap left it */
	uint64_t         f[32];		/* valid if FS was dirty */
	uint64_t         fcsr;
	uint64_t         pad;
};

/*
 * Make the strand that frame interrupted continue in fn(saved), on its own
 * stack, with interrupts on; saved is a copy of frame on that stack.  If fn
 * returns, the strand goes on at saved->pc, with every register as it was,
 * floating-point and vector registers too; fn may have changed *saved.
 * Backtraces continue through fn to the interrupted function.
 *
 * The strand must have been interrupted between two instructions of a program,
 * or at an instruction that faulted, with its own sp and no locks held.
 * Returns false, having done nothing, if its stack has no room (it is about to
 * overflow) or if sp is not on its stack.  Called from a trap hook, as its last
 * act.
 */
bool trap_redirect(struct trapframe *frame,
    void (*fn)(struct trapframe *saved)) MUST_USE;

/* Load the floating-point registers that survive a call from saved, so that
 * unwinding finds them.  Called in fn, which must not return after this. */
void unwind_reload_fp(const struct redirected *saved);
