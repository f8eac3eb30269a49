/*
 * virtual_switch.S - switching from one virtual hart to another; see virtual.h.
 *
 * A point is a call, so of the integer registers only those that survive a call
 * need saving.  But the call may come from a trap, whose code uses no
 * floating-point or vector register, so these registers still hold the values
 * of the interrupted code.  So all of them are saved if sstatus says that they
 * are dirty.
 */
#include "offsets.h"

#define FS_MASK  0x6000		/* sstatus.FS; all ones: dirty */
#define VS_MASK  0x600		/* sstatus.VS likewise */

/* Vector CSRs and instructions by number, as in redirect_stub.S. */
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

/* The frame, from its lowest address: ra, tp, s0-s11, sstatus, fcsr, f0-f31, as
 * in struct frame of virtual.c.  Vector registers lie below it. */
#define RA      0
#define TP      8
#define S(n)    (16 + 8 * (n))
#define STATUS  112
#define FCSR    120
#define F(n)    (128 + 8 * (n))
#define SIZE    384

/*
 * void virtual_switch(uintptr_t *save_sp, uintptr_t load_sp,
 *     struct hart *hart);
 * Runs on the stack of the virtual hart; interrupts are off.
 */
	.text
	.globl	virtual_switch
	.type	virtual_switch, @function
virtual_switch:
	.cfi_startproc
	addi	sp, sp, -SIZE
	sd	ra, RA(sp)
	sd	tp, TP(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, S(\n)(sp)
	.endr
	csrr	t0, sstatus
	sd	t0, STATUS(sp)
	mv	t4, sp

	li	t1, FS_MASK
	and	t2, t0, t1
	bne	t2, t1, 1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, F(\n)(sp)
	.endr
	frcsr	t1
	sd	t1, FCSR(sp)

1:	li	t1, VS_MASK
	and	t2, t0, t1
	bne	t2, t1, 2f
	csrr	t3, VLENB
	slli	t1, t3, 5
	addi	t1, t1, 32
	sub	t4, sp, t1
	slli	t3, t3, 3		/* bytes of eight registers */
	csrr	t1, VL
	sd	t1, 0(t4)
	csrr	t1, VTYPE
	sd	t1, 8(t4)
	csrr	t1, VCSR
	sd	t1, 16(t4)
	csrr	t1, VSTART
	sd	t1, 24(t4)
	csrw	VSTART, zero
	addi	t2, t4, 32
	VS8R(0, T2)
	add	t2, t2, t3
	VS8R(8, T2)
	add	t2, t2, t3
	VS8R(16, T2)
	add	t2, t2, t3
	VS8R(24, T2)

	/* *save_sp is the address of the frame.  Vector registers, if any, lie
	 * below that address. */
2:	sd	sp, (a0)
	mv	sp, a1
	csrw	sscratch, a2
	ld	t0, STATUS(sp)
	li	t1, VS_MASK
	and	t2, t0, t1
	bne	t2, t1, 3f
	csrs	sstatus, t1
	csrr	t3, VLENB
	slli	t1, t3, 5
	addi	t1, t1, 32
	sub	t4, sp, t1
	slli	t3, t3, 3
	addi	t2, t4, 32
	csrw	VSTART, zero
	VL8RE8(0, T2)
	add	t2, t2, t3
	VL8RE8(8, T2)
	add	t2, t2, t3
	VL8RE8(16, T2)
	add	t2, t2, t3
	VL8RE8(24, T2)
	ld	t1, 0(t4)
	ld	t2, 8(t4)
	VSETVL(0, 6, T2)		/* vl from t1, vtype from t2 */
	ld	t1, 16(t4)
	csrw	VCSR, t1
	ld	t1, 24(t4)
	csrw	VSTART, t1

3:	li	t1, FS_MASK
	csrs	sstatus, t1		/* allow access to fcsr */
	fscsr	zero			/* the value for a unit not dirty */
	and	t2, t0, t1
	bne	t2, t1, 4f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld	f\n, F(\n)(sp)
	.endr
	ld	t1, FCSR(sp)
	fscsr	t1
4:	csrw	sstatus, t0
	ld	ra, RA(sp)
	ld	tp, TP(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, S(\n)(sp)
	.endr
	addi	sp, sp, SIZE
	ret
	.cfi_endproc
	.size	virtual_switch, . - virtual_switch
