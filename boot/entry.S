/*
 * entry.S - the first instruction.
 *
 * OpenSBI enters here in S-mode, on a hart that it has picked, with interrupts
 * and paging off: a0 is the hart's id, a1 the address of the device tree.  The
 * other harts come later, through hart_entry (kernel/entry_hart.S).  Sometimes
 * another hart is sent here, too; hart_entry says why, and gets it.
 *
 * .bss may contain anything: QEMU clears it, other loaders may not.
 */
/* The linker must not relax this code: a relaxed load of gp would use gp, and
 * ld.lld cannot keep alignment when it relaxes. */
	.option	norelax

	.section .text.boot, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined ra		/* the outermost frame */
	csrw	sie, zero
	csrr	a2, time		/* for the Boot benchmark */

	la	t0, boot_taken
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	beqz	t1, 1f
	tail	hart_entry
1:

	la	gp, __global_pointer$

	la	t0, __bss_start
	la	t1, __bss_end
	bgeu	t0, t1, 3f
2:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 2b

3:	la	sp, __boot_stack_end
	la	tp, boot_strand
	li	s0, 0
	call	boot_main		/* its three arguments are a0 to a2 */
	.cfi_endproc
	.size	_start, . - _start

/* 1 as soon as a hart has begun to boot.  It is not in .bss, because that hart
 * clears .bss. */
	.data
	.balign	4
boot_taken:
	.word	0

/* The stacks that the boot hart uses until it has stacks with guard pages. */
	/* tools/mksyms does not take names of the form __..._end for names of
	 * variables: the memory behind such a label is not part of a stack. */
	.section .bss.boot_stack, "aw", @nobits
	.balign	16384			/* see kernel/entry_trap.S */
	.space	16384
	.globl	__boot_trap_stack_end
__boot_trap_stack_end:
	.globl	boot_stack
boot_stack:
	.space	16384
	.globl	__boot_stack_end
__boot_stack_end:
