/*
 * probe.h - touching memory that may not be there, for the sake of the fault.
 */
#pragma once

#include "lib/compiler.h"

/* Load the byte at p and forget it. */
INLINE void
probe_read(const void *p)
{
	__asm__ volatile("lb zero, (%0)" : : "r"(p) : "memory");
}

/* Store the byte at p, which is the caller's alone, once more. */
INLINE void
probe_write(void *p)
{
	__asm__ volatile("lb	t0, (%0)\n\tsb	t0, (%0)"
	    : : "r"(p) : "t0", "memory");
}
