/*
 * why.h - what holds an object: print the shortest path to it from a root.
 */
#pragma once

#include "gc/gc.h"

/*
 * A spy is shown the words from which would be marked.  If a gc_work has a spy,
 * scanning with this gc_work marks nothing, and calls see for each such word.
 * at is the address at which value was read, or 0 if only a finalizer or the
 * like keeps value.
 */
struct gc_spy {
	void (*see)(struct gc_spy *spy, uintptr_t at, uintptr_t value);
};

enum gc_why {
	GC_WHY_NO_OBJECT,	/* not an address in an allocated object */
	GC_WHY_UNREACHABLE,	/* no path leads to the object */
	GC_WHY_NO_MEMORY,	/* not enough memory to search */
	GC_WHY_TOLD,		/* the object is held, and out was told by
				 * what */
};

/* Find out what holds the object that addr leads to.  out is called only if the
 * result is GC_WHY_TOLD.  World stopped (gc_reach_begin_stw), on the system
 * stack. */
enum gc_why gc_why_stw(uintptr_t addr,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* Print the object that addr leads to, if addr is in the heap: "0x8ff40000, 32
 * bytes of type node".  Returns whether there is such an object. */
bool gc_tell_object(uintptr_t addr,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));
