/*
 * quit.h - where is everybody?  ^\ on the console tells, at any time.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* The key: Ctrl-backslash, as what Go calls SIGQUIT; nothing ends here. */
enum { QUIT_KEY = 0x1c };

/* Have all goroutines and harts told on the console, soon.  Any context. */
void quit_ask(void);

/* The trap hook for IPIs: IPI_DUMP is ours. */
void quit_ipi(struct trapframe *frame, uint32_t bits);
