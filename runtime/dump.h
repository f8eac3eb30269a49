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

/* One goroutine as dump_goroutines has it; running: where it is, or NULL. */
void dump_goroutine(dump_out out, struct g *gp,
    const struct trapframe *running, const struct hart *hart);

/* All of them after panic_freeze, but for except; those that run too. */
void dump_others(struct g *except, bool system_too);

/* The panic report's part. */
void dump_install_panic_hooks(void);
