/*
 * panic.h - the end of the machine, and what it says before.
 *
 * panic() (lib/check.h) stops every other hart by IPI, prints the reason, then
 * for each hart: hart, M, P, G, held locks, registers and a symbolised
 * backtrace; then the seed, and ends QEMU with status 1 (2 for an uncaught
 * panic of a goroutine, see machine_exit).
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* What the layers above add to the report; printf_raw only, no locks. */
struct panic_hooks {
	void (*describe_hart)(struct hart *hart);	/* "M3 P1 G17 (worker)" */
	void (*describe_all)(void);			/* goroutine list, heap */
};
extern struct panic_hooks panic_hooks;

/* Printed with every report if not 0: what makes the run repeatable. */
extern uint64_t panic_seed;

/* The same as panic, for an exception nobody handled. */
NORETURN COLD void panic_trap(struct trapframe *frame, const char *why);

/* End the machine: status 0 powers off, others make QEMU exit with status.
 * Text already printed is on the wire.  Any hart, any context. */
NORETURN void machine_exit(int status);

/* Print a backtrace, innermost first, from the given registers; "  #0 pc name
 * + offset" a line.  Stops at the outermost frame or at a bad one. */
void backtrace_print(uintptr_t pc, uintptr_t sp, uintptr_t ra,
    const uint64_t s[12], uintptr_t stack_lo, uintptr_t stack_hi);

/* IPI_STOP arrived.  Trap context. */
NORETURN void panic_stop_here(struct trapframe *frame);
