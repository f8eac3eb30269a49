/*
 * gopanic.h - panics of goroutines, for the rest of the runtime.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"

struct trapframe;

/* May a panic of the goroutine that runs begin here, or is what went wrong ours
 * (the scheduler's stack, a lock held, the world stopped)? */
bool gopanic_possible(void);

/* Begin a panic about a check that failed at this place of a program. */
NORETURN COLD void gopanic_at(const char *file, uint32_t line, const char *fmt,
    ...) PRINTF(3, 4);

/* Begin a panic about a fault at frame, on the goroutine's stack: info says
 * what, all but text, which is fmt's. */
NORETURN COLD void gopanic_fault(struct trapframe *frame,
    struct panic_info info, const char *fmt, ...) PRINTF(3, 4);
