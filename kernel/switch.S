/*
 * switch.S - leaving a strand and coming back to it.
 *
 * A strand gives up its hart by a call, so only the registers that survive a
 * call need saving (RISC-V ABIs specification, ch. 1): ra, sp, s0-s11 and, if
 * the strand has ever written a floating-point register (sstatus.FS is dirty),
 * fs0-fs11 and fcsr.  If the caller promises to keep nothing in s1-s11, a
 * switch takes 22 instructions less.  tp is the strand.
 *
 * Interrupts may come at any instruction here: the trap entry finds the hart in
 * sscratch and the trap stack in the hart, never through tp.
 */
#include "offsets.h"

#define CTX(reg) STRAND_CTX + CTX_##reg

#define FS_MASK  0x6000		/* sstatus.FS; all ones: dirty */
#define FS_SHIFT 13
#define FS_DIRTY 3
#define FS_CLEAN 0x4000		/* to be set after clearing FS_MASK */

/* As in enum ctx_bits (hart.h) and the enum of spinlock.h; assertions there
 * check the values. */
#define CTX_S1_TO_S11 1
#define CTX_RETURN_0  2
#define SPIN_HELD     1

#define CLEAN_BYTES 1024	/* what CLEAN_START clears of the stack */

/* If this strand has written floating-point registers, save them.  A strand
 * that has ever done so gets them restored each time it comes back, which makes
 * FS dirty again; so while FS is clean, fcsr is 0.  Clobbers t0, t1. */
.macro SAVE_FP
	csrr	t0, sstatus
	bgez	t0, 1f			/* SD, the sign: something is dirty */
	jal	t0, save_fp
1:
.endm

/* Save the ctx for a caller that keeps nothing in s1-s11.  Clobbers t0, t1. */
.macro SAVE_CTX_LIGHT
	sd	ra, CTX(RA)(tp)
	sd	sp, CTX(SP)(tp)
	sd	s0, CTX(S) + 0(tp)
	sw	zero, CTX(FULL)(tp)
	SAVE_FP
.endm

/* Continue with the strand in a0. */
.macro GO_ON
	mv	tp, a0
	ld	t0, CTX(FULL)(a0)	/* full and fp */
	ld	ra, CTX(RA)(a0)
	ld	sp, CTX(SP)(a0)
	ld	s0, CTX(S) + 0(a0)
	bnez	t0, go_on_full
	ret
.endm

/* Save the registers that survive a call in the ctx of the strand in tp.
 * Clobbers t0, t1. */
.macro SAVE_CTX
	sd	ra, CTX(RA)(tp)
	sd	sp, CTX(SP)(tp)
	sd	s0, CTX(S) + 0(tp)
	sd	s1, CTX(S) + 8(tp)
	sd	s2, CTX(S) + 16(tp)
	sd	s3, CTX(S) + 24(tp)
	sd	s4, CTX(S) + 32(tp)
	sd	s5, CTX(S) + 40(tp)
	sd	s6, CTX(S) + 48(tp)
	sd	s7, CTX(S) + 56(tp)
	sd	s8, CTX(S) + 64(tp)
	sd	s9, CTX(S) + 72(tp)
	sd	s10, CTX(S) + 80(tp)
	sd	s11, CTX(S) + 88(tp)
	li	t0, CTX_S1_TO_S11
	sw	t0, CTX(FULL)(tp)
	SAVE_FP
.endm

/*
 * A new strand begins with the values that other strands have left in s1-s11.
 * It saves them in its first frame, and there they keep objects alive, and hide
 * leaks, for as long as the strand lives.  The words of the stack that its
 * first frames do not write hold what the previous owner of the stack left
 * there.  For a program, removing these words is not worth hundreds of
 * instructions; but tests that count objects and leaks must not see any but
 * their own.  So lab images clear them.  Clobbers t0.
 */
.macro CLEAN_START
#if LAB
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	li	s\n, 0
	.endr
	addi	t0, sp, -CLEAN_BYTES
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bne	t0, sp, 1b
#endif
.endm

/* Go to the hart's g0 and run the function in a0 there, with this strand as its
 * argument. */
.macro ENTER_G0
	ld	t0, STRAND_HART(tp)
	mv	t1, a0
	mv	a0, tp
	ld	tp, HART_G0(t0)
	ld	sp, STRAND_STACK_HI(tp)
	jr	t1
.endm

/* Save fs0-fs11 and fcsr in the strand in tp, mark the floating-point unit
 * clean and give the next strand the default rounding mode.  Does nothing if it
 * is only the vector unit that is dirty.  Returns to t0; clobbers t1. */
save_fp:
	csrr	t1, sstatus
	srli	t1, t1, FS_SHIFT
	andi	t1, t1, FS_DIRTY
	addi	t1, t1, -FS_DIRTY
	bnez	t1, 1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	fsd	fs\n, CTX(FS) + 8 * \n(tp)
	.endr
	frcsr	t1
	sd	t1, CTX(FCSR)(tp)
	li	t1, 1
	sw	t1, CTX(FP)(tp)
	fscsr	zero
	li	t1, FS_MASK
	csrc	sstatus, t1
	li	t1, FS_CLEAN
	csrs	sstatus, t1
1:	jr	t0

/*
 * uintptr_t switch_pass(struct strand *next, void *lock);
 * a0: the strand to continue with; its hart is set.  a1: the state of a spin
 * lock that this hart holds; it is released once this strand's stack is no
 * longer used.  For a caller in the runtime's text that keeps nothing in s1-s11
 * afterwards.  Returns this strand, perhaps on another hart, when a hart calls
 * switch_to for it; or 0 if CTX_RETURN_0 was set in its ctx meanwhile.  Called
 * on a goroutine's stack.
 */
	.globl	switch_pass
	.type	switch_pass, @function
switch_pass:
	.cfi_startproc
	SAVE_CTX_LIGHT
	/* From here on another hart may run this strand.  The release makes the
	 * ctx visible to the hart that takes the lock next (spin_lock). */
	li	t0, ~SPIN_HELD
	amoand.w.rl zero, t0, (a1)
	GO_ON
	.cfi_endproc
	.size	switch_pass, . - switch_pass

/*
 * void switch_put(struct strand *next, void *word, uint64_t value);
 * Does what switch_pass does, but instead of releasing a lock stores a2 in the
 * word at a1, once this strand's stack is no longer used.
 */
	.globl	switch_put
	.type	switch_put, @function
switch_put:
	.cfi_startproc
	SAVE_CTX_LIGHT
	fence	rw, w			/* release, as in switch_pass */
	sd	a2, (a1)
	GO_ON
	.cfi_endproc
	.size	switch_put, . - switch_put

/*
 * void switch_to(struct strand *strand);
 * a0: the strand to continue with; its hart is set.  Leaves the stack it is
 * called on for good, and does not return.  Any stack.
 */
	.globl	switch_to
	.type	switch_to, @function
switch_to:
	.cfi_startproc
	GO_ON
go_on_full:
	andi	t1, t0, CTX_S1_TO_S11
	beqz	t1, 2f
	ld	s1, CTX(S) + 8(a0)
	ld	s2, CTX(S) + 16(a0)
	ld	s3, CTX(S) + 24(a0)
	ld	s4, CTX(S) + 32(a0)
	ld	s5, CTX(S) + 40(a0)
	ld	s6, CTX(S) + 48(a0)
	ld	s7, CTX(S) + 56(a0)
	ld	s8, CTX(S) + 64(a0)
	ld	s9, CTX(S) + 72(a0)
	ld	s10, CTX(S) + 80(a0)
	ld	s11, CTX(S) + 88(a0)
2:	srli	t1, t0, 32
	beqz	t1, 3f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	fld	fs\n, CTX(FS) + 8 * \n(a0)
	.endr
	ld	t1, CTX(FCSR)(a0)
	fscsr	t1
3:	andi	t0, t0, CTX_RETURN_0
	beqz	t0, 4f
	li	a0, 0
4:	ret
	.cfi_endproc
	.size	switch_to, . - switch_to

/*
 * void switch_to_g0(void (*fn)(struct strand *));
 * a0: the function fn.  Runs fn(this strand) on the g0 of this hart; fn never
 * returns.  This call returns, perhaps on another hart, when a hart calls
 * switch_to for this strand.  Called on a goroutine's stack.
 */
	.globl	switch_to_g0
	.type	switch_to_g0, @function
switch_to_g0:
	.cfi_startproc
	SAVE_CTX
	ENTER_G0
	.cfi_endproc
	.size	switch_to_g0, . - switch_to_g0

/*
 * void switch_to_g0_light(void (*fn)(struct strand *));
 * switch_to_g0 for a caller that keeps nothing in s1-s11.
 */
	.globl	switch_to_g0_light
	.type	switch_to_g0_light, @function
switch_to_g0_light:
	.cfi_startproc
	SAVE_CTX_LIGHT
	ENTER_G0
	.cfi_endproc
	.size	switch_to_g0_light, . - switch_to_g0_light

/*
 * void switch_to_g0_for_good(void (*fn)(struct strand *))
 *     __attribute__((noreturn));
 * switch_to_g0 for a strand that has ended: saves nothing but floating-point
 * registers, only to mark the unit clean.
 */
	.globl	switch_to_g0_for_good
	.type	switch_to_g0_for_good, @function
switch_to_g0_for_good:
	.cfi_startproc
	SAVE_FP
	ENTER_G0
	.cfi_endproc
	.size	switch_to_g0_for_good, . - switch_to_g0_for_good

/*
 * void call_on_g0(void (*fn)(void *), void *arg);
 * a0, a1: fn, arg.  Calls fn(arg) on the g0 of this hart and returns.  Called
 * on a goroutine's stack; while fn runs, the goroutine's ctx can be scanned and
 * used for a backtrace.  fn must not switch.
 */
	.globl	call_on_g0
	.type	call_on_g0, @function
call_on_g0:
	.cfi_startproc
	SAVE_CTX
	mv	s0, tp
	.cfi_register tp, s0
	mv	s1, sp
	.cfi_def_cfa s1, 0
	mv	s2, ra
	.cfi_register ra, s2
	ld	t0, STRAND_HART(tp)
	mv	t1, a0
	mv	a0, a1
	ld	tp, HART_G0(t0)
	ld	sp, STRAND_STACK_HI(tp)
	jalr	t1
	mv	tp, s0
	.cfi_restore tp
	mv	sp, s1
	.cfi_def_cfa sp, 0
	mv	ra, s2
	.cfi_restore ra
	ld	s0, CTX(S) + 0(tp)
	ld	s1, CTX(S) + 8(tp)
	ld	s2, CTX(S) + 16(tp)
	ret
	.cfi_endproc
	.size	call_on_g0, . - call_on_g0

/*
 * A new strand begins here, to run its fn.  s0 is the function to run on g0
 * when fn has returned.  There is no caller, so a backtrace ends here.  In the
 * section of functions for programs (linker.ld), because fn may end in a jump
 * to a function of lib/, which then has strand_start as its caller.
 */
	.section .text.for_programs, "ax", @progbits
	.type	strand_start, @function
strand_start:
	.cfi_startproc
	.cfi_undefined ra
	CLEAN_START
	ld	t0, STRAND_FN(tp)
	ld	a0, STRAND_ARG(tp)
	jalr	t0
	.globl	strand_started
strand_started:
	mv	a0, s0
	j	switch_to_g0_for_good
	.cfi_endproc
	.size	strand_start, . - strand_start

/* The same where there are thread-local variables (TLS-1 of tls.h). */
	.globl	strand_start_tls
	.type	strand_start_tls, @function
strand_start_tls:
	.cfi_startproc
	.cfi_undefined ra
	mv	a0, tp
	call	tls_reset
	j	strand_start
	.cfi_endproc
	.size	strand_start_tls, . - strand_start_tls

	.section .sdata, "aw", @progbits
	.balign	8
	.globl	strand_start_pc
strand_start_pc:
	.dword	strand_start
