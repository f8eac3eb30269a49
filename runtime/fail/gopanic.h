/*
 * gopanic.h - panics of goroutines, for the rest of the runtime.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"

struct trapframe;

/* Returns whether a panic of the running goroutine may begin here.  It may not
 * on the scheduler's stack, with a lock held, or with the world stopped: then
 * the fault is the runtime's. */
bool gopanic_possible(void);

/* Begin a panic because a check failed at this line of a program. */
NORETURN COLD void gopanic_at(const char *file, uint32_t line, const char *fmt,
    ...) PRINTF(3, 4);

/* Begin a panic about the fault at frame, on the goroutine's stack.  info
 * describes the fault, except for its text, which fmt makes. */
NORETURN COLD void gopanic_fault(struct trapframe *frame,
    struct panic_info info, const char *fmt, ...) PRINTF(3, 4);
