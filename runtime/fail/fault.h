/*
 * fault.h - exceptions that are a goroutine's own doing.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/*
 * The trap hook: true if the goroutine goes on, its stack one page longer or
 * itself in a panic; false if what faulted is the runtime.  Trap.
 */
bool fault_handle(struct trapframe *frame);
