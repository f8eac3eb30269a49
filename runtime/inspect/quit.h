/*
 * quit.h - what does every hart and goroutine do?  ^\ on the console tells.
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* The key: Ctrl-backslash, which sends SIGQUIT to a Go program.  Here nothing
 * ends. */
enum { QUIT_KEY = 0x1c };

/* Ask for a report on all harts and goroutines, on the console and soon.  Any
 * context. */
void quit_ask(void);

/* Handle the IPI bits: take part in the report if IPI_DUMP is set.  The trap
 * hook for IPIs. */
void quit_ipi(struct trapframe *frame, uint32_t bits);
