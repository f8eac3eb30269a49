/*
 * census.h - what holds the heap, by type.
 */
#pragma once

#include "gc/gc.h"
#include "lib/atomic.h"

typedef const struct gc_type *census_type;

/* [a] Types that have been allocated, by hash; filled once, never emptied.  All
 * have been examined (type_examine). */
enum { CENSUS_TYPES = 256 };
extern struct census_slot {
	ATOMIC(census_type) type;
} census_known[CENSUS_TYPES];

void census_note_slow(const struct gc_type *type);

/* Note that objects of type are being made, or arrays of it; a panic if it is
 * no constant.  Called where an allocation is not the fastest anyway; any hart.
 */
INLINE void
census_note(const struct gc_type *type)
{
	/* relaxed: types are constants, and this is all one word. */
	if (UNLIKELY(load_relaxed(&census_known[((uintptr_t)type >> 6) %
	    CENSUS_TYPES].type) != type))
		census_note_slow(type);
}

/* What type the object in slot i of s is of, or may be; NULL: not known.
 * World stopped. */
struct span;
const struct gc_type *census_type_of(const struct span *s, uint64_t i);

/* Count the heap and print the kinds that hold most of it, a line each.  World
 * stopped; or in a panic, when the numbers may be a little wrong. */
void census_print(void (*out)(const char *fmt, ...) PRINTF(1, 2));
