/*
 * trap.h - interrupts and exceptions in S-mode.  They run on the hart's trap
 * stack with interrupts off, so the strand's own stack may be unusable; a trap
 * inside a trap goes on below it on the same trap stack.
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

/* The upward calls: who above handles what.  Set once before interrupts are
 * on; each runs in the trap, so it takes only trap-safe locks and readies
 * nothing.  A NULL one is ignored. */
struct trap_hooks {
	/* A synchronous exception.  True: handled, go on at frame->pc. */
	bool (*fault)(struct trapframe *frame);
	/* This hart's deadline passed; it has been taken back. */
	void (*timer)(struct trapframe *frame);
	/* IPI bits other than those kernel/ handles itself. */
	void (*ipi)(struct trapframe *frame, uint32_t bits);
	/* An external interrupt is pending: ask the controller. */
	void (*external)(struct trapframe *frame);
	/* After any interrupt, and where a tripwire was met; last thing before
	 * returning to frame. */
	void (*leave)(struct trapframe *frame);
};
extern struct trap_hooks trap_hooks;

/* Point this hart's stvec, sscratch and sie at us; interrupts stay off. */
void trap_init_hart(struct hart *hart);

/* Interrupts of this hart.  irq_save returns whether they were on. */
void irq_on(void);
bool irq_save(void);
void irq_restore(bool were_on);

/* A name for an scause, "load page fault". */
const char *trap_cause_name(uint64_t cause);
