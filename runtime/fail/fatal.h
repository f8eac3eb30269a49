/*
 * fatal.h - the end of a program that went wrong.
 *
 * A broken invariant of the runtime is a panic of the machine (lib/check.h).
 * An error of the program is reported as Go reports it, in as much detail as
 * GOTRACEBACK asks for, and ends the machine with status 2.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

struct g;

/* The values of GOTRACEBACK=; each level includes those before it. */
enum traceback_level {
	TRACEBACK_NONE,		/* the message alone */
	TRACEBACK_SINGLE, /* the goroutine at fault; all if no goroutine is */
	TRACEBACK_ALL,		/* all goroutines of the program */
	TRACEBACK_SYSTEM,	/* those of the runtime, too */
	TRACEBACK_CRASH,	/* the whole report of a machine panic */
};

/*
 * Report an error of the program that cannot be recovered from: print "fatal
 * error: " and the text, then tracebacks, and end with status 2.  On any stack,
 * with any locks held.
 */
NORETURN COLD void fatal_error(const char *fmt, ...) PRINTF(1, 2);

/* Report that gp touched its guard at frame: print the size of its stack, then
 * tracebacks, and end with status 2.  Trap. */
NORETURN COLD void fatal_stack_overflow(struct g *gp,
    const struct trapframe *frame);

/* Report the exception at frame, which words describe, in a function that gp
 * passed to the function named where; then print tracebacks, and end with
 * status 2.  Trap. */
NORETURN COLD void fatal_fault(struct g *gp, const struct trapframe *frame,
    const char *words, const char *where);

/*
 * Print the tracebacks, and end the machine with status 2.  Only this hart runs
 * (panic_freeze), and the message has been printed.  gp, at frame, is at fault;
 * NULL if no goroutine is.
 */
NORETURN COLD void fatal_end(struct g *gp, const struct trapframe *frame);

/* Returns the goroutine whose code this hart is running, on the goroutine's own
 * stack.  Returns NULL on the scheduler's stack and in a trap. */
struct g *fatal_culprit(void);
