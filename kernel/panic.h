/*
 * panic.h - the end of the machine, and the report before it.
 *
 * panic() (lib/check.h) stops every other hart by IPI, prints the reason, then
 * for each hart its number, M, P, G, held locks, registers and a symbolised
 * backtrace; then the seed, and ends QEMU with status 1 (2 for an uncaught
 * panic of a goroutine, see machine_exit).
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* What the layers above add to the report.  The hooks may print by kprintf_raw
 * only and take no locks. */
struct panic_hooks {
	/* Print "M3 P1 G17 (worker)" for hart, without a newline. */
	void (*describe_hart)(struct hart *hart);
	/* Print the list of goroutines and the heap, in whole lines. */
	void (*describe_all)(void);
};
extern struct panic_hooks panic_hooks;

/* The seed that makes this run repeatable; printed with every report if not 0.
 */
extern uint64_t panic_seed;

/*
 * Stop every other hart for good and become the hart that prints and ends the
 * machine.  For an end that is the program's fault, where a whole report would
 * say too much.  Returns on one hart only, with interrupts off: if another hart
 * has begun to panic, this one stops.  Any context.
 */
void panic_freeze(void);

/* Is this the hart that reports, while the others are stopped or about to be?
 * Then it must not wait for any other hart.  Any context. */
bool panic_is_mine(void);

/* Returns if no other hart has begun to panic.  If another has, this hart
 * stops, and the other hart ends the machine.  Any context. */
void panic_goes_first(void);

/* Returns the registers with which hart was stopped, or NULL if hart did not
 * stop. */
const struct trapframe *panic_frame_of(const struct hart *hart);

/* Print what follows the text in the report of a panic: every hart, this one as
 * in frame, then what the layers above add.  Only after panic_freeze. */
COLD void panic_describe(const struct trapframe *frame);

/* Store in *frame the registers of the caller of the function that uses this
 * macro.  That function must not be inlined. */
#define capture_my_caller(frame) \
	(capture_frame(frame), panic_to_caller(frame))
/* For capture_my_caller: replace frame, just captured by the function that
 * calls this, by the frame of that function's caller. */
void panic_to_caller(struct trapframe *frame);

/* Panic because of an exception at frame that nobody handled.  Trap context. */
NORETURN COLD void panic_trap(struct trapframe *frame, const char *why);

/*
 * End the machine because the user asked for something that Antler cannot do:
 * print "antler: <text>" without any registers, then end with status 1.  For
 * boot arguments, too little memory and the like; a broken invariant is a
 * panic.
 */
NORETURN COLD void fatal_config(const char *fmt, ...) PRINTF(1, 2);

/*
 * End the machine: status 0 powers off; any other makes QEMU exit with status.
 * First waits until everything printed is on the wire, and also the unit or
 * line that another hart is printing, unless that takes more than seconds
 * (console_finish).  If another hart has begun to panic, that panic ends the
 * machine instead.  Any hart, any context.
 */
NORETURN void machine_exit(int status);

/*
 * Print a backtrace from the given registers: one line for each frame,
 * innermost first, with its number, pc, name and offset.  Stops at the
 * outermost frame, at a bad one, or where the stack [stack_lo, stack_hi) ends.
 * pc is taken for a return address if it equals ra, as it does for a parked
 * strand.
 */
void backtrace_print(uintptr_t pc, uintptr_t sp, uintptr_t ra,
    const uint64_t s[12], uintptr_t stack_lo, uintptr_t stack_hi);

/* Print a backtrace from all registers of hart, which may be NULL.  Goes on
 * through traps, from the trap stack to the stack that was interrupted. */
void backtrace_print_frame(const struct trapframe *frame,
    const struct hart *hart);

/*
 * Find the stack of hart that holds sp, and store its bounds in *lo and *hi; sp
 * is below *lo if the stack has overflowed.  tp is the strand pointer that
 * belongs to sp; if it is junk, or hart is NULL, fewer stacks are tried.
 * Returns false if sp is on none.
 */
bool backtrace_stack(const struct hart *hart, uintptr_t tp, uintptr_t sp,
    uintptr_t *lo, uintptr_t *hi);

/* Print pc as "name+0x1c", or as a number if no function holds it. */
void backtrace_print_pc(uintptr_t pc);

/* Store in *frame the caller's registers at this moment; see capture.S. */
void capture_frame(struct trapframe *frame);

/* Run fn(arg) on another stack, never to return; see capture.S. */
NORETURN void call_on_stack(uintptr_t top, void (*fn)(void *arg), void *arg);

/* Leave frame for the report of a panic and stop.  Called when IPI_STOP has
 * arrived.  Interrupts off. */
NORETURN void panic_stop_here(struct trapframe *frame);
