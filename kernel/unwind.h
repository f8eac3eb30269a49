/*
 * unwind.h - going from a frame to its caller, by the call-frame information
 * (CFI) that the compiler leaves in .eh_frame (DWARF 5, 6.4).  The information
 * is exact at every instruction and costs nothing at run time, so no build
 * needs frame pointers.  Takes no lock and allocates no memory.
 */
#pragma once

#include "lib/compiler.h"

/* The registers that are needed to find the caller of a frame. */
struct unwind_frame {
	uintptr_t pc;
	uint64_t  x[32];	/* x[1] ra, x[2] sp, x[8] s0 ... */
	uint64_t  f[32];	/* valid only if the first frame's are given */
	bool      is_call;	/* pc is a return address: look up pc - 1 */
};

struct ctx;

/* Make *frame the frame in which the strand that saved ctx is to go on. */
void unwind_begin(struct unwind_frame *frame, const struct ctx *ctx);

/*
 * Replace frame by its caller's.  Reads memory only within [stack_lo,
 * stack_hi).  Returns false, with frame unchanged, at the outermost frame (the
 * CFI marks ra undefined, or there is no CFI) and if the frame makes no sense.
 * Any context; uses about 3 KiB of stack.
 */
bool unwind_step(struct unwind_frame *frame, uintptr_t stack_lo,
    uintptr_t stack_hi);

/* Do what unwind_step does, and store in where[i] the stack address from which
 * it has loaded the caller's x[i].  Leaves where[i] alone if x[i] is still in
 * its register. */
bool unwind_step_where(struct unwind_frame *frame, uintptr_t stack_lo,
    uintptr_t stack_hi, uintptr_t where[32]);

/* Continue in frame, whose pc is a return address, as if the call there had
 * returned 0: with the pc, the sp and the registers that survive a call of
 * frame.  Any stack. */
NORETURN void unwind_resume(const struct unwind_frame *frame);

/* Store the floating-point registers that survive a call in frame->f. */
void unwind_capture_fp(struct unwind_frame *frame);
