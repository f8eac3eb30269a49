/*
 * faults.h - what a program may do wrong, in text of programs.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"

/* One way to go wrong: its name, what to call, and what the panic says. */
struct wrong {
	const char *name;
	void      (*fn)(void *addr);
	const char *text;	/* after "runtime error: " */
	bool        has_addr;	/* the panic names the address given */
	bool        takes_nil;	/* NULL is nothing wrong */
};

extern const struct wrong wrongs[];
extern const uint32_t     nwrongs;

/* Overwrite all registers that survive a call, integer and floating-point, then
 * load from addr. */
void fault_spoiling(void *addr);
