/*
 * dump.h - saying what the goroutines, Ms and Ps are doing.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

struct g;

typedef void (*dump_out)(const char *fmt, ...) PRINTF(1, 2);

/* Every living goroutine, or only those not of the system: number, state, what
 * it waits for, where.  Any hart; a snapshot of a moving world unless it is
 * stopped.  with_stacks adds a backtrace to each that does not run. */
void dump_goroutines(dump_out out, bool system_too, bool with_stacks);

/* One line per goroutine, for ps. */
void dump_ps(dump_out out);

/* Go's schedtrace line. */
void dump_sched(dump_out out);

/* gp ran into its guard page: say so, with its backtrace, and end the machine
 * with status 2.  Trap. */
NORETURN void dump_stack_overflow(struct g *gp, struct trapframe *frame);

/* The panic report's part. */
void dump_install_panic_hooks(void);

/* Print a fatal error of the program (not of the runtime) as Go does: "fatal
 * error: text", the goroutines, and end the machine with status 2. */
NORETURN void fatal_error(const char *text);
