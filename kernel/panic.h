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

/* What the layers above add to the report; kprintf_raw only, no locks. */
struct panic_hooks {
	/* "M3 P1 G17 (worker)", no newline. */
	void (*describe_hart)(struct hart *hart);
	/* Goroutine list, heap: whole lines. */
	void (*describe_all)(void);
};
extern struct panic_hooks panic_hooks;

/* Printed with every report if not 0: what makes the run repeatable. */
extern uint64_t panic_seed;

/*
 * For ends that are the program's doing, where the whole report would say too
 * much: stop every other hart for good and become the one that prints and ends
 * the machine.  Returns on one hart only; interrupts stay off.  Any context.
 */
void panic_freeze(void);

/* Is this the hart that reports, the others being stopped or about to be?  Then
 * it must wait for nobody.  Any context. */
bool panic_is_mine(void);

/* Returns if no other hart panics; else this hart stops, and the other ends the
 * machine.  Any context. */
void panic_goes_first(void);

/* Where hart was when it was stopped; NULL if it did not stop. */
const struct trapframe *panic_frame_of(const struct hart *hart);

/* The rest of the report that a panic with text would print, after
 * panic_freeze: every hart, then what the layers above add. */
COLD void panic_describe(const struct trapframe *frame);

/* The registers of the caller of the function that calls this, which must not
 * be inlined. */
#define capture_my_caller(frame) \
	(capture_frame(frame), panic_to_caller(frame))
void panic_to_caller(struct trapframe *frame);

/* The same as panic, for an exception nobody handled. */
NORETURN COLD void panic_trap(struct trapframe *frame, const char *why);

/*
 * The user asked for something we cannot do: "antler: <text>" without any
 * registers, then status 1.  For boot arguments, too little memory and the
 * like; a broken invariant is a panic.
 */
NORETURN COLD void fatal_config(const char *fmt, ...) PRINTF(1, 2);

/*
 * End the machine: status 0 powers off, others make QEMU exit with status.
 * What was printed is on the wire then, and so is the unit or line that another
 * hart is printing, unless that takes more than seconds (console_finish).  A
 * panic of another hart that has begun goes first.  Any hart, any context.
 */
NORETURN void machine_exit(int status);

/* Print a backtrace, innermost first, from the given registers; "  #0 pc name
 * + offset" a line.  Stops at the outermost frame or at a bad one.  pc is taken
 * for a return address if it equals ra, as it does for a parked strand. */
void backtrace_print(uintptr_t pc, uintptr_t sp, uintptr_t ra,
    const uint64_t s[12], uintptr_t stack_lo, uintptr_t stack_hi);

/* The same from all registers of a hart; goes on through traps, from the trap
 * stack to the stack that was interrupted. */
void backtrace_print_frame(const struct trapframe *frame,
    const struct hart *hart);

/* The bounds of the stack of hart that holds sp, tp being the strand pointer
 * that goes with it (which may be junk).  False if sp is on none. */
bool backtrace_stack(const struct hart *hart, uintptr_t tp, uintptr_t sp,
    uintptr_t *lo, uintptr_t *hi);

/* Print "name+0x1c", or the address if it has no name. */
void backtrace_print_pc(uintptr_t pc);

/* The registers at this moment as the caller has them; see capture.S. */
void capture_frame(struct trapframe *frame);

/* Run fn(arg) on another stack, for ever; see capture.S. */
NORETURN void call_on_stack(uintptr_t top, void (*fn)(void *arg), void *arg);

/* IPI_STOP arrived: leave frame for the report and stop.  Interrupts off. */
NORETURN void panic_stop_here(struct trapframe *frame);
