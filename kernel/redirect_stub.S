/*
 * redirect_stub.S - where a redirected strand goes on; see redirect.h.
 *
 * The sret of a trap enters this on the strand's own stack: a0 = sp = the
 * struct redirected, a1 = the function to call.  All integer registers of the
 * strand are saved by then.  Floating-point registers are saved here if the
 * strand has written any (sstatus.FS dirty), and vector registers likewise (VS
 * dirty), below the struct.  Then the units are marked clean, because the
 * function may park, and what it leaves in these registers of the hart must not
 * be taken for the strand's values.
 *
 * The way back is an sret, because it is the only jump that needs no register.
 * Interrupts are off before it, so that no trap changes sepc in between.
 */
#include "offsets.h"

#define X(n) (FRAME_X + 8 * (n))
#define F(n) (REDIRECTED_F + 8 * (n))

#define SIE      0x2
#define SPIE_SPP 0x120
#define FS_MASK  0x6000
#define FS_CLEAN 0x4000
#define VS_MASK  0x600
#define VS_CLEAN 0x400

/* Vector CSRs and instructions by number, because the assembler targets rv64gc.
 */
#define VSTART 0x008
#define VCSR   0x00F
#define VL     0xC20
#define VTYPE  0xC21
#define VLENB  0xC22
#define VS8R(vs, rs)        .word 0xE2800027 | (rs) << 15 | (vs) << 7
#define VL8RE8(vd, rs)      .word 0xE2800007 | (rs) << 15 | (vd) << 7
#define VSETVL(rd, rs1, rs2) .word 0x80007057 | (rs2) << 20 | (rs1) << 15 | \
	(rd) << 7
#define T0 5
#define T2 7
#define T3 28

	.option	norelax		/* as in entry_trap.S: gp is not set yet */

	.globl	redirect_stub
	.type	redirect_stub, @function
redirect_stub:
	.cfi_startproc
	/* The caller was interrupted, so its pc is not a return address.  The
	 * pc is in column 0, since ra holds the strand's value like any other
	 * register. */
	.cfi_signal_frame
	.cfi_return_column 0
	.cfi_def_cfa sp, REDIRECTED_SIZE
	.cfi_offset 0, FRAME_PC - REDIRECTED_SIZE
	.irp	n, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.cfi_offset \n, X(\n) - REDIRECTED_SIZE
	.endr
	la	gp, __global_pointer$
	mv	s0, sp
	.cfi_def_cfa_register s0

	csrr	s1, sstatus		/* s1: tells which units are saved */
	li	t0, FS_MASK
	and	t1, s1, t0
	bne	t1, t0, 1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, F(\n)(sp)
	.endr
	frcsr	t1
	sd	t1, REDIRECTED_FCSR(sp)
	/* As after a switch: mark FS clean, with fcsr 0 for the next strand. */
	fscsr	zero
	csrc	sstatus, t0
	li	t0, FS_CLEAN
	csrs	sstatus, t0

1:	li	t0, VS_MASK
	and	t1, s1, t0
	bne	t1, t0, 2f
	csrr	t1, VLENB
	slli	t3, t1, 3		/* size of eight registers */
	slli	t1, t1, 5
	addi	t1, t1, 32
	sub	sp, sp, t1
	csrr	t1, VL
	sd	t1, 0(sp)
	csrr	t1, VTYPE
	sd	t1, 8(sp)
	csrr	t1, VCSR
	sd	t1, 16(sp)
	csrr	t1, VSTART
	sd	t1, 24(sp)
	csrw	VSTART, zero
	addi	t2, sp, 32
	VS8R(0, T2)
	add	t2, t2, t3
	VS8R(8, T2)
	add	t2, t2, t3
	VS8R(16, T2)
	add	t2, t2, t3
	VS8R(24, T2)
	csrc	sstatus, t0
	li	t0, VS_CLEAN
	csrs	sstatus, t0

	/* a0: the saved frame */
2:	jalr	a1

	li	t0, VS_MASK
	and	t1, s1, t0
	bne	t1, t0, 3f
	csrr	t3, VLENB
	slli	t3, t3, 3
	addi	t2, sp, 32
	csrw	VSTART, zero
	VL8RE8(0, T2)
	add	t2, t2, t3
	VL8RE8(8, T2)
	add	t2, t2, t3
	VL8RE8(16, T2)
	add	t2, t2, t3
	VL8RE8(24, T2)
	ld	t0, 0(sp)
	ld	t2, 8(sp)
	VSETVL(0, T0, T2)
	ld	t0, 16(sp)
	csrw	VCSR, t0
	ld	t0, 24(sp)
	csrw	VSTART, t0

3:	mv	sp, s0
	.cfi_def_cfa_register sp
	li	t0, FS_MASK
	and	t1, s1, t0
	bne	t1, t0, 4f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld	f\n, F(\n)(sp)
	.endr
	ld	t1, REDIRECTED_FCSR(sp)
	fscsr	t1

4:	csrci	sstatus, SIE
	li	t0, SPIE_SPP
	csrs	sstatus, t0
	ld	t0, FRAME_PC(sp)
	/* Drop the reservation, as in entry_trap.S: this strand may have been
	 * stopped between its lr and its sc, and an lr of another strand must
	 * not let that sc succeed. */
	addi	t1, sp, FRAME_PC
	sc.d	zero, t0, (t1)
	csrw	sepc, t0
	.irp	n, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, X(\n)(sp)
	.endr
	ld	sp, X(2)(sp)
	sret
	.cfi_endproc
	.size	redirect_stub, . - redirect_stub
