/*
 * trap.h - interrupts and exceptions in S-mode.  Their handlers run on the
 * hart's trap stack with interrupts off, so the strand's own stack may be
 * unusable.  A trap inside a trap uses the same trap stack, below the frames of
 * the first.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/compiler.h"

/* Registers at the trap, saved by kernel/entry_trap.S; x[2] is sp, x[4] tp. */
struct trapframe {
	uint64_t x[32];		/* x[0] unused */
	uint64_t pc;		/* sepc */
	uint64_t status;	/* sstatus */
	uint64_t cause;		/* scause */
	uint64_t value;		/* stval */
};

/* The functions of higher floors that handle traps.  They are set once, before
 * interrupts are on.  Each runs in the trap, so it takes only trap-safe locks
 * and makes no goroutine ready.  A hook that is NULL is not called. */
struct trap_hooks {
	/* Handle a synchronous exception.  Returns true if the hart is to go on
	 * at frame->pc, false if the exception is fatal. */
	bool (*fault)(struct trapframe *frame);
	/* This hart's deadline has passed, and is CLOCK_NEVER now. */
	void (*timer)(struct trapframe *frame);
	/* Handle the reasons for an IPI, enum ipi, that the kernel does not
	 * handle itself. */
	void (*ipi)(struct trapframe *frame, uint32_t bits);
	/* An external interrupt is pending: ask the controller which. */
	void (*external)(struct trapframe *frame);
	/* Called last before the hart returns to frame, after any interrupt and
	 * after a tripwire was met. */
	void (*leave)(struct trapframe *frame);
};
extern struct trap_hooks trap_hooks;

/* Let the running hart take its traps as hart: set stvec, sscratch and sie, and
 * enable the floating-point registers, and the vector registers if all harts
 * have them.  Interrupts stay off, and there is no deadline. */
void trap_init_hart(struct hart *hart);

/* Turn interrupts of this hart on. */
void irq_on(void);

/* Turn interrupts of this hart off.  Returns whether they were on, for
 * irq_restore, which undoes one irq_save on the same hart. */
bool irq_save(void);
void irq_restore(bool were_on);

/* Returns a name for a value of scause, as "load page fault"; never NULL. */
const char *trap_cause_name(uint64_t cause);
