/*
 * faults.h - errors that a program may make, in text of programs.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"

/* One error: its name, the function that makes it, and what the panic says. */
struct wrong {
	const char *name;
	void      (*fn)(void *addr);
	const char *text;	/* after "runtime error: " */
	bool        has_addr;	/* the panic names the address given */
	bool        takes_nil;	/* NULL is no error */
};

extern const struct wrong wrongs[];
extern const uint32_t     nwrongs;

/* Overwrite all registers that survive a call: the integer registers but s0,
 * which may be a frame pointer, and the floating-point registers. */
#define SPOIL_SAVED_REGISTERS()                                              \
	__asm__ volatile(                                                    \
	    "fmv.d.x fs0, sp\n"                                              \
	    SPOIL_(1) SPOIL_(2) SPOIL_(3) SPOIL_(4) SPOIL_(5) SPOIL_(6)      \
	    SPOIL_(7) SPOIL_(8) SPOIL_(9) SPOIL_(10) SPOIL_(11)              \
	    : : : "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9",      \
	    "s10", "s11", "fs0", "fs1", "fs2", "fs3", "fs4", "fs5", "fs6",   \
	    "fs7", "fs8", "fs9", "fs10", "fs11")
#define SPOIL_(n) "li s" #n ", -1\n fmv.d.x fs" #n ", s" #n "\n"

/* Do SPOIL_SAVED_REGISTERS, then load from addr. */
void fault_spoiling(void *addr);
