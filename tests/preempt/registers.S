/*
 * registers.S - loops that would notice if a preemption lost a register.
 */

/* Code here must not use gp, which is one of the registers under test. */
	.option	norelax
	.text

/*
 * uint64_t hog_registers(uint64_t seed, volatile uint32_t *stop, uint64_t n);
 * x5 counts down, x6 is stop, x7 is scratch of the loop, x8 is the seed; each
 * other register n holds seed + n.
 */
	.globl	hog_registers
	.type	hog_registers, @function
hog_registers:
	addi	sp, sp, -224
	sd	ra, 0(sp)
	sd	gp, 8(sp)
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, 8 * \n(sp)
	.endr
	fsd	fs0, 16(sp)
	fsd	fs1, 24(sp)
	fsd	fs2, 32(sp)
	fsd	fs3, 40(sp)
	fsd	fs4, 48(sp)
	fsd	fs5, 56(sp)
	fsd	fs6, 80(sp)
	fsd	fs7, 88(sp)
	fsd	fs8, 96(sp)
	fsd	fs9, 104(sp)
	fsd	fs10, 112(sp)
	fsd	fs11, 120(sp)

	mv	x5, a2
	mv	x6, a1
	mv	x8, a0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi	x7, x8, 100 + \n
	fmv.d.x	f\n, x7
	.endr
	andi	x7, x8, 0x1f		/* flags; round to nearest */
	fscsr	x7
	.irp	n, 1, 3, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi	x\n, x8, \n
	.endr

1:	lw	x7, 0(x6)
	bnez	x7, 2f
	addi	x5, x5, -1
	bnez	x5, 1b

2:	li	x5, 0			/* counts what has changed */
	.irp	n, 1, 3, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi	x7, x8, \n
	xor	x7, x7, x\n
	snez	x7, x7
	add	x5, x5, x7
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi	x7, x8, 100 + \n
	fmv.x.d	x6, f\n
	xor	x7, x7, x6
	snez	x7, x7
	add	x5, x5, x7
	.endr
	frcsr	x6
	andi	x7, x8, 0x1f
	xor	x7, x7, x6
	snez	x7, x7
	add	a0, x5, x7
	fscsr	zero

	ld	ra, 0(sp)
	ld	gp, 8(sp)
	fld	fs0, 16(sp)
	fld	fs1, 24(sp)
	fld	fs2, 32(sp)
	fld	fs3, 40(sp)
	fld	fs4, 48(sp)
	fld	fs5, 56(sp)
	fld	fs6, 80(sp)
	fld	fs7, 88(sp)
	fld	fs8, 96(sp)
	fld	fs9, 104(sp)
	fld	fs10, 112(sp)
	fld	fs11, 120(sp)
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, 8 * \n(sp)
	.endr
	addi	sp, sp, 224
	ret
	.size	hog_registers, . - hog_registers

/* uint64_t hog_last(uintptr_t hidden, struct hog_last *h); */
	.globl	hog_last
	.type	hog_last, @function
hog_last:
	not	a3, a0
	li	a0, 1
	sw	a0, 0(a1)
1:	lw	a0, 4(a1)
	beqz	a0, 1b
	ld	a0, -8(a3)
	ret
	.size	hog_last, . - hog_last

/* Vector instructions by number, as in kernel/redirect_stub.S. */
#define VSETVLI_X0_A3(vtypei) .word 0x00007057 | (vtypei) << 20 | 13 << 15
#define VMV_V_X(vd, rs)   .word 0x5E004057 | (rs) << 15 | (vd) << 7
#define VMV_X_S(rd, vs)   .word 0x42002057 | (vs) << 20 | (rd) << 7
#define E64M1 0x18

/*
 * uint64_t hog_vector(uint64_t seed, volatile uint32_t *stop, uint64_t n);
 * The first element of v0 .. v31 is seed + its number; vl is 1.
 */
	.globl	hog_vector
	.type	hog_vector, @function
hog_vector:
	li	a3, 1
	VSETVLI_X0_A3(E64M1)
	.altmacro
	.macro	FILL n
	addi	a4, a0, \n
	VMV_V_X(\n, 14)
	.endm
	.macro	TEST n
	addi	a4, a0, \n
	VMV_X_S(15, \n)
	xor	a4, a4, a5
	snez	a4, a4
	add	a3, a3, a4
	.endm
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	FILL	\n
	.endr
1:	lw	a4, 0(a1)
	bnez	a4, 2f
	addi	a2, a2, -1
	bnez	a2, 1b
2:	csrr	a3, 0xC20		/* vl: 1 */
	addi	a3, a3, -1
	snez	a3, a3
	csrr	a4, 0xC21		/* vtype */
	xori	a4, a4, E64M1
	snez	a4, a4
	add	a3, a3, a4
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	TEST	\n
	.endr
	mv	a0, a3
	ret
	.size	hog_vector, . - hog_vector
