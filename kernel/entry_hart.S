/*
 * entry_hart.S - how a hart gets onto its own stack.
 */
#include "offsets.h"

/* No relaxation: the load of gp would be relaxed to use gp itself, and ld.lld
 * cannot align under relaxation. */
	.option	norelax

	.text

/*
 * SBI HSM starts a hart here, in S-mode, with interrupts and paging off and the
 * hart's id in a0.  The hart ends in hart_main, on the g0 stack of the struct
 * hart with that id.
 *
 * a1 should be the value given to sbi_hart_start, but is not used: OpenSBI
 * before 1.3 (commit e8e9ed37) sets a hart's state to "start pending" before it
 * stores the start address and the value for a1.  A hart that looks at its
 * state in between (about one boot in three hundred under QEMU) starts with the
 * old contents of either or both: a1 is then the device tree, and the address
 * _start, which sends the hart here.  a0 is the hart's own id in any case, and
 * harts[] is filled before any hart is started.
 *
 * The stack lies in the upper half of the address space, so paging must be on
 * before the stack is used.  The image is mapped where it lies, so the
 * instruction after the one that turns paging on is still the next.
 */
	.globl	hart_entry
	.type	hart_entry, @function
hart_entry:
	.cfi_startproc
	.cfi_undefined ra
	csrw	sie, zero
	fence	rw, rw			/* see what the boot hart wrote */

	la	gp, __global_pointer$

	la	t0, vm_satp
	ld	t0, 0(t0)
	sfence.vma
	csrw	satp, t0
	sfence.vma

	la	t0, harts
	lwu	t1, nharts
	slli	t1, t1, 3
	add	t1, t0, t1
1:	bgeu	t0, t1, 2f
	ld	a1, 0(t0)
	addi	t0, t0, 8
	lwu	t2, HART_ID(a1)
	bne	t2, a0, 1b

	mv	a0, a1
	ld	tp, HART_G0(a0)
	ld	sp, STRAND_STACK_HI(tp)
	li	s0, 0
	call	hart_main		/* void hart_main(struct hart *) */

2:	wfi				/* harts[] has no hart with this id */
	j	2b
	.cfi_endproc
	.size	hart_entry, . - hart_entry

/*
 * NORETURN void hart_jump(struct strand *strand, void (*fn)(void));
 *
 * Run fn on strand's own stack, from its top, as that strand.  The previous
 * contents of that stack are lost.  fn does not return.
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
