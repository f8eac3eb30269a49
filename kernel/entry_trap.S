/*
 * entry_trap.S - entering and leaving a trap.
 *
 * sscratch always holds the struct hart, except during four instructions here,
 * which cannot trap.  The frame goes to the top of the hart's trap stack, or,
 * if the trap interrupted a trap handler, below the frames of that handler.
 * The trap stack is 16 KiB and aligned to its size, so one xor tells whether sp
 * is on it: an address on the stack differs from the address of its last byte
 * only in the low 14 bits.
 *
 * If the trap stack overflows into its guard page, the store of the frame
 * faults, with sp already below the stack.  That second trap therefore starts
 * at the top of the stack, over the oldest frame, and reports the overflow.
 *
 * Inside the handler tp is &hart->trap_strand, because the interrupted tp may
 * belong to a strand that is just leaving this hart.  The interrupted tp is in
 * the frame, like every integer register.  Floating-point registers are not
 * saved, because no code that a trap reaches touches them.
 */
#include "offsets.h"

#define X(n) (FRAME_X + 8 * (n))

/* No relaxation: the load of gp would be relaxed to use gp itself, and ld.lld
 * cannot align under relaxation. */
	.option	norelax

	.text

	.globl	trap_entry
	.type	trap_entry, @function
	.balign	4		/* stvec keeps its mode in the low bits */
trap_entry:
	.cfi_startproc
	.cfi_undefined ra		/* backtraces go on from the frame */

	/* Free t0 and t1, then put the hart back into sscratch. */
	csrrw	tp, sscratch, tp
	sd	t0, HART_SCRATCH(tp)
	sd	t1, HART_SCRATCH + 8(tp)
	csrrw	t0, sscratch, tp	/* t0: interrupted tp */

	/* Is sp (t1) on the trap stack already?  If so, the frame goes below
	 * sp, else to the top of the trap stack. */
	mv	t1, sp
	ld	sp, HART_TRAP_SP(tp)
	addi	sp, sp, -1
	xor	sp, sp, t1
	srli	sp, sp, 14
	beqz	sp, 1f
	ld	sp, HART_TRAP_SP(tp)
	addi	sp, sp, -FRAME_SIZE
	j	2f
1:	addi	sp, t1, -FRAME_SIZE

2:	sd	t0, X(4)(sp)
	sd	t1, X(2)(sp)
	ld	t0, HART_SCRATCH(tp)
	ld	t1, HART_SCRATCH + 8(tp)
	sd	x1, X(1)(sp)
	sd	x3, X(3)(sp)
	.irp	n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, X(\n)(sp)
	.endr

	csrr	t0, sepc
	csrr	t1, sstatus
	csrr	t2, scause
	csrr	t3, stval
	sd	t0, FRAME_PC(sp)
	sd	t1, FRAME_STATUS(sp)
	sd	t2, FRAME_CAUSE(sp)
	sd	t3, FRAME_VALUE(sp)

	/* The program may have used gp for its own purposes. */
	la	gp, __global_pointer$

	mv	a0, sp
	mv	a1, tp
	addi	tp, tp, HART_TRAP_STRAND
	/* void trap_handle(struct trapframe *, struct hart *); */
	call	trap_handle

	/* Reload all of these, because the handler may have changed them. */
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	/* Drop the reservation: an lr of the handler must not let an sc of the
	 * interrupted code succeed, and sret may leave the reservation in place
	 * (privileged spec 1.12, 3.3.2).  QEMU 7.2 drops it at sret, so no test
	 * there notices if this line is missing. */
	addi	t2, sp, FRAME_PC
	sc.d	zero, t0, (t2)
	csrw	sepc, t0
	csrw	sstatus, t1
	ld	x1, X(1)(sp)
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, X(\n)(sp)
	.endr
	ld	sp, X(2)(sp)
	sret
	.cfi_endproc
	.size	trap_entry, . - trap_entry
