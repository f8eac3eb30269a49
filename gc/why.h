/*
 * why.h - who holds an object?  The shortest way to it from a root, in print.
 */
#pragma once

#include "gc/gc.h"

/*
 * Who has one in its gc_work is shown the words that would be marked from, and
 * nothing is marked: at is where value was read, 0 if it is kept in no place
 * but that of a finalizer or the like.
 */
struct gc_spy {
	void (*see)(struct gc_spy *spy, uintptr_t at, uintptr_t value);
};

enum gc_why {
	GC_WHY_NO_OBJECT,	/* no address of an allocated object */
	GC_WHY_UNREACHABLE,	/* no way leads to it */
	GC_WHY_NO_MEMORY,	/* not enough to search with */
	GC_WHY_TOLD,		/* it is held, and out was told by whom */
};

/* Find out who holds the object that addr leads to; out is called only for the
 * last result.  World stopped (gc_reach_begin_stw), on the system stack. */
enum gc_why gc_why_stw(uintptr_t addr,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));

/* "0x8ff40000, 32 bytes of type node": the object that addr leads to, if that
 * is in the heap; and whether there is one. */
bool gc_tell_object(uintptr_t addr,
    void (*out)(const char *fmt, ...) PRINTF(1, 2));
