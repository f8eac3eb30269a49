/*
 * entry_hart.S - how a hart gets onto its own stack.
 */
#include "offsets.h"

/* No relaxation: not of the load of gp, which would use gp, and ld.lld knows no
 * alignment under relaxation. */
	.option	norelax

	.text

/*
 * Where SBI HSM starts a hart: S-mode, interrupts and paging off, a0 the hart's
 * id, a1 what sbi_hart_start was given, the address of its struct hart.  Its
 * stack lies in the upper half of the address space, so paging comes first; the
 * image is mapped where it lies, so the next instruction is still this one's
 * neighbour.  Ends in hart_main on the g0 stack.
 */
	.globl	hart_entry
	.type	hart_entry, @function
hart_entry:
	.cfi_startproc
	.cfi_undefined ra
	csrw	sie, zero

	la	gp, __global_pointer$

	la	t0, vm_satp
	ld	t0, 0(t0)
	sfence.vma
	csrw	satp, t0
	sfence.vma

	mv	a0, a1
	ld	tp, HART_G0(a0)
	ld	sp, STRAND_STACK_HI(tp)
	li	s0, 0
	call	hart_main		/* void hart_main(struct hart *) */
	.cfi_endproc
	.size	hart_entry, . - hart_entry

/*
 * NORETURN void hart_jump(struct strand *strand, void (*fn)(void));
 *
 * Run fn on strand's own stack, from its top, as that strand.  What was on this
 * stack is lost.  fn does not return.
 */
	.globl	hart_jump
	.type	hart_jump, @function
hart_jump:
	.cfi_startproc
	.cfi_undefined ra
	mv	tp, a0
	ld	sp, STRAND_STACK_HI(a0)
	li	s0, 0
	jalr	a1
	.cfi_endproc
	.size	hart_jump, . - hart_jump
