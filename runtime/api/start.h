/*
 * start.h - from a booted hart to main().
 */
#pragma once

#include "lib/compiler.h"

/* Set up the scheduler and the heap, and run main() as goroutine 1.  Called by
 * the boot hart on its g0, when each other hart has been started or given up.
 */
NORETURN void runtime_start(void);
