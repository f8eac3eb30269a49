/*
 * unwind_marked.S - a frame whose registers are known, for test_unwind.c.
 *
 * void unwind_marked(void (*fn)(void *arg), void *arg);
 *
 * Call fn(arg) with 0x1000 + n in each register n that fn must keep.
 */
	.text
	.globl	unwind_marked
	.type	unwind_marked, @function
unwind_marked:
	.cfi_startproc
	addi	sp, sp, -112
	.cfi_def_cfa_offset 112
	sd	ra, 104(sp)
	.cfi_offset ra, -8
	.set	slot, 96
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, slot(sp)
	.cfi_offset \n, slot - 112
	.set	slot, slot - 8
	.endr
	mv	t0, a0
	mv	a0, a1
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	li	x\n, 0x1000 + \n
	.endr
	jalr	t0
	.set	slot, 96
	.irp	n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, slot(sp)
	.cfi_restore \n
	.set	slot, slot - 8
	.endr
	ld	ra, 104(sp)
	.cfi_restore ra
	addi	sp, sp, 112
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size	unwind_marked, . - unwind_marked
