/*
 * hold_ends.S - a caller that has addresses only in saved registers.
 */
	.text

/*
 * void hold_ends(const uintptr_t hidden[11], void (*fn)(void *arg), void *arg);
 *
 * Call fn(arg) while register s(i + 1) holds the complement of hidden[i], for
 * each i.  These registers are saved and restored, as by any function.
 */
	.globl	hold_ends
	.type	hold_ends, @function
hold_ends:
	.cfi_startproc
	addi	sp, sp, -96
	.cfi_adjust_cfa_offset 96
	sd	ra, 88(sp)
	.cfi_rel_offset ra, 88
	sd	s1, 0(sp)
	.cfi_rel_offset s1, 0
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 8 * \n - 8(sp)
	.cfi_rel_offset s\n, 8 * \n - 8
	.endr

	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 * \n - 8(a0)
	not	s\n, s\n
	.endr
	mv	a0, a2
	jalr	a1

	ld	ra, 88(sp)
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 * \n - 8(sp)
	.endr
	addi	sp, sp, 96
	.cfi_adjust_cfa_offset -96
	ret
	.cfi_endproc
	.size	hold_ends, . - hold_ends
