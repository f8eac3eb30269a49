/*
 * capture.S - what a panic needs and C cannot express.
 */
#include "offsets.h"

#define X(n) (FRAME_X + 8 * (n))

	.text

/*
 * void capture_frame(struct trapframe *frame);
 *
 * Store the integer registers with the values that they have when this returns
 * to the caller, and the return address as pc.  Leaves the other fields alone,
 * changes no register, and runs on the caller's stack without using any of it.
 */
	.globl	capture_frame
	.type	capture_frame, @function
capture_frame:
	.cfi_startproc
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, X(\n)(a0)
	.endr
	sd	ra, FRAME_PC(a0)
	ret
	.cfi_endproc
	.size	capture_frame, . - capture_frame

/*
 * NORETURN void call_on_stack(uintptr_t top, void (*fn)(void *), void *arg);
 *
 * Run fn(arg) from the top of another stack, whose contents are lost.  The
 * stack that the caller runs on stays as it is.  fn does not return.
 */
	.globl	call_on_stack
	.type	call_on_stack, @function
call_on_stack:
	.cfi_startproc
	.cfi_undefined ra
	mv	sp, a0
	mv	t0, a1
	mv	a0, a2
	jalr	t0
	.cfi_endproc
	.size	call_on_stack, . - call_on_stack
