/*
 * fault.h - exceptions that are a goroutine's own doing.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/*
 * Handle the exception at frame; the trap hook.  Returns true if the goroutine
 * goes on, with a page more of stack or in a panic, and false if the fault is
 * the runtime's.  Trap.
 */
bool fault_handle(struct trapframe *frame);
