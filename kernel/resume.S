/*
 * resume.S - continuing in a frame that the unwinder has found.
 */
#include "offsets.h"

#define X(n) (UNWIND_X + 8 * (n))
#define F(n) (UNWIND_F + 8 * (n))

#define FS_MASK  0x6000		/* sstatus.FS; all ones: dirty */

	.text

/*
 * NORETURN void unwind_resume(const struct unwind_frame *frame);
 *
 * Load the registers that survive a call, and return 0 to frame's pc.  If this
 * strand has never written a floating-point register, none was ever saved, and
 * they still have their values.  sp is loaded last, because frame may lie below
 * the new sp.  Even there nothing overwrites frame: only interrupts of the hart
 * could, and they run on their own stack.
 */
	.globl	unwind_resume
	.type	unwind_resume, @function
unwind_resume:
	.cfi_startproc
	.cfi_undefined ra
	csrr	t0, sstatus
	li	t1, FS_MASK
	and	t0, t0, t1
	bne	t0, t1, 1f
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	fld	f\n, F(\n)(a0)
	.endr
1:	ld	t0, UNWIND_PC(a0)
	.irp	n, 1, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, X(\n)(a0)
	.endr
	ld	sp, X(2)(a0)
	li	a0, 0
	li	a1, 0
	jr	t0
	.cfi_endproc
	.size	unwind_resume, . - unwind_resume

/*
 * void unwind_capture_fp(struct unwind_frame *frame);
 */
	.globl	unwind_capture_fp
	.type	unwind_capture_fp, @function
unwind_capture_fp:
	.cfi_startproc
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	fsd	f\n, F(\n)(a0)
	.endr
	ret
	.cfi_endproc
	.size	unwind_capture_fp, . - unwind_capture_fp

/*
 * void unwind_reload_fp(const struct redirected *saved);
 *
 * Restore the floating-point registers that survive a call, and fcsr, to their
 * values in saved.  saved has them only if the strand had ever written one.
 */
	.globl	unwind_reload_fp
	.type	unwind_reload_fp, @function
unwind_reload_fp:
	.cfi_startproc
	ld	t0, FRAME_STATUS(a0)
	li	t1, FS_MASK
	and	t0, t0, t1
	bne	t0, t1, 1f
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	fld	f\n, REDIRECTED_F + 8 * (\n)(a0)
	.endr
	ld	t0, REDIRECTED_FCSR(a0)
	fscsr	t0
1:	ret
	.cfi_endproc
	.size	unwind_reload_fp, . - unwind_reload_fp
