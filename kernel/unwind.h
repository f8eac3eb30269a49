/*
 * unwind.h - one frame up, by the call-frame information that the compiler
 * leaves in .eh_frame (DWARF 5, 6.4).  Exact at every instruction and free at
 * run time, so no build needs frame pointers.  Takes no lock, no memory.
 */
#pragma once

#include "lib/compiler.h"

/* The registers a frame needs to find its caller. */
struct unwind_frame {
	uintptr_t pc;
	uint64_t  x[32];	/* x[1] ra, x[2] sp, x[8] s0 ... */
	uint64_t  f[32];	/* only of use if the first frame's are given */
	bool      is_call;	/* pc is a return address: look up pc - 1 */
};

struct ctx;

/* The frame where a strand is to go on that saved ctx. */
void unwind_begin(struct unwind_frame *frame, const struct ctx *ctx);

/*
 * Replace frame by its caller's.  Reads only within [stack_lo, stack_hi).
 * Returns false at the outermost frame (CFI marks ra undefined, or no CFI) and
 * for anything that makes no sense.  Any context.
 */
bool unwind_step(struct unwind_frame *frame, uintptr_t stack_lo,
    uintptr_t stack_hi);

/* The same; and where on the stack it found the caller's x[i] goes to where[i],
 * which is left alone if that is still in its register. */
bool unwind_step_where(struct unwind_frame *frame, uintptr_t stack_lo,
    uintptr_t stack_hi, uintptr_t where[32]);

/* Go on in frame, whose pc is a return address, as if the call there returned
 * 0: pc, sp and what survives a call as frame has it.  Any stack. */
NORETURN void unwind_resume(const struct unwind_frame *frame);

/* The floating-point registers that survive a call, into frame->f. */
void unwind_capture_fp(struct unwind_frame *frame);
