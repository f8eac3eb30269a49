/*
 * dump.h - saying what the goroutines, Ms and Ps are doing.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

struct g;

typedef void (*dump_out)(const char *fmt, ...) PRINTF(1, 2);

/* Where a hart is that stands still; NULL if that is not known. */
typedef const struct trapframe *(*dump_where)(const struct hart *hart);

/*
 * Every living goroutine but except, or only those not of the system: number,
 * state, what it waits for and for how many minutes, where, who made it.  Of
 * those that run where knows (or NULL: nobody does).  Any hart; a snapshot of a
 * moving world unless it is stopped.
 */
void dump_goroutines(dump_out out, const struct g *except, bool system_too,
    dump_where where);

/* "goroutine 7 (worker) [chan receive, 3 minutes]:"; elsewhere: with the hart,
 * if it runs.  Any hart. */
void dump_head(dump_out out, const struct g *gp, bool elsewhere);

/* "goroutine 7 (worker) [chan receive, 3 minutes]", in a line of the caller's.
 */
void dump_name(dump_out out, const struct g *gp);

/* "M3 P1 G17 (worker)", for a line on what hart does. */
void dump_hart(dump_out out, const struct hart *hart);

/* More goroutines than this are counted, not listed. */
enum { DUMP_MAX = 100 };

/* One that waits for ever (leaks.c), with its stack.  World stopped. */
void dump_leaked(struct g *gp);

/* One line per goroutine, for ps. */
void dump_ps(dump_out out);

/* Go's schedtrace line. */
void dump_sched(dump_out out);

/* One goroutine as dump_goroutines has it; running: where it is, or NULL. */
void dump_goroutine(dump_out out, struct g *gp,
    const struct trapframe *running, const struct hart *hart);

/* The panic report's part. */
void dump_install_panic_hooks(void);
