/*
 * dump.h - saying what the goroutines, Ms and Ps are doing.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

struct g;

typedef void (*dump_out)(const char *fmt, ...) PRINTF(1, 2);

/* Returns the frame at which hart stands still; NULL if that is not known. */
typedef const struct trapframe *(*dump_where)(const struct hart *hart);

/*
 * Print all living goroutines other than except; if system_too is false, leave
 * out those of the runtime.  Each is printed with its number, its state, what
 * it waits for and for how many minutes, its stack, and its creator.  A running
 * goroutine is printed with the frame that where returns for its hart; where
 * may be NULL if no frame is known.  Any hart; a snapshot of a moving world
 * unless it is stopped.
 */
void dump_goroutines(dump_out out, const struct g *except, bool system_too,
    dump_where where);

/* Print "goroutine 7 (worker) [chan receive, 3 minutes]:" and a newline.  If gp
 * runs and elsewhere is true, the hart is named.  Any hart. */
void dump_head(dump_out out, const struct g *gp, bool elsewhere);

/* Print "goroutine 7 (worker) [chan receive, 3 minutes]" as a part of the
 * caller's line.  Any hart. */
void dump_name(dump_out out, const struct g *gp);

/* Print "M3 P1 G17 (worker)" as a part of a line on what hart does. */
void dump_hart(dump_out out, const struct hart *hart);

/* More goroutines than this are counted, not listed. */
enum { DUMP_MAX = 100 };

/* Print a goroutine that waits for ever (leaks.c), with its stack.  World
 * stopped. */
void dump_leaked(struct g *gp);

/* Print one line for each goroutine; for the shell's ps. */
void dump_ps(dump_out out);

/* Print a line like that of Go's GODEBUG=schedtrace. */
void dump_sched(dump_out out);

/* Print gp as dump_goroutines does.  If gp runs, running is the frame where it
 * stands still on hart; else running is NULL. */
void dump_goroutine(dump_out out, struct g *gp,
    const struct trapframe *running, const struct hart *hart);

/* Let the panic report describe Ms, Ps and Gs by these functions. */
void dump_install_panic_hooks(void);
