/*
 * start.h - from a booted hart to main().
 */
#pragma once

#include "lib/compiler.h"

/* Set up the scheduler and the heap, and run main() as goroutine 1.  The boot
 * hart, on its g0, when all harts have been started or given up. */
NORETURN void runtime_start(void);
