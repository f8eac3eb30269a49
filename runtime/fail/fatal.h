/*
 * fatal.h - the end of a program that went wrong.
 *
 * A broken invariant of ours is a panic of the machine (lib/check.h).  What is
 * the program's doing is told as Go tells it, to the extent GOTRACEBACK asks
 * for, and ends the machine with status 2.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

struct g;

/* GOTRACEBACK=; each includes those before it. */
enum traceback_level {
	TRACEBACK_NONE,		/* the message alone */
	TRACEBACK_SINGLE,	/* the goroutine at fault, or all if none is */
	TRACEBACK_ALL,		/* all goroutines of the program */
	TRACEBACK_SYSTEM,	/* those of the runtime too */
	TRACEBACK_CRASH,	/* the whole report of a machine panic */
};

/*
 * The program did something that cannot be recovered from: "fatal error: text"
 * and tracebacks, status 2.  On any stack, with any locks held.
 */
NORETURN COLD void fatal_error(const char *fmt, ...) PRINTF(1, 2);

/* gp hit its guard page at frame: say so with both ends of its stack. Trap. */
NORETURN COLD void fatal_stack_overflow(struct g *gp,
    const struct trapframe *frame);

/* The same for the exception at frame, of which words tell, in what gp passed
 * to the function named where.  Trap. */
NORETURN COLD void fatal_fault(struct g *gp, const struct trapframe *frame,
    const char *words, const char *where);

/*
 * Only this hart runs (panic_freeze), the message has been printed: tracebacks
 * and the end.  gp, at frame, is at fault; NULL if no goroutine is.
 */
NORETURN COLD void fatal_end(struct g *gp, const struct trapframe *frame);

/* The goroutine that this hart runs code of right now, on its own stack or on
 * the hart's trap stack; NULL if it is the scheduler's. */
struct g *fatal_culprit(void);
