/*
 * census.h - which types hold the heap.
 */
#pragma once

#include "gc/gc.h"
#include "lib/atomic.h"

typedef const struct gc_type *census_type;

/* [a] The types that have been allocated, a hash table.  A slot is filled once
 * and never emptied.  All these types have been examined (type_examine). */
enum { CENSUS_TYPES = 256 };
extern struct census_slot {
	ATOMIC(census_type) type;
} census_known[CENSUS_TYPES];

void census_note_slow(const struct gc_type *type);

/* Note that objects of type, or arrays of it, are being made.  Panics if type
 * is not a constant.  Called where an allocation takes a slower path anyway.
 * Any hart. */
INLINE void
census_note(const struct gc_type *type)
{
	/* relaxed: types are constants, and a slot is one word. */
	if (UNLIKELY(load_relaxed(&census_known[((uintptr_t)type >> 6) %
	    CENSUS_TYPES].type) != type))
		census_note_slow(type);
}

/* Return the type that the object in slot i of s has or may have, or NULL if it
 * is not known.  World stopped. */
struct span;
const struct gc_type *census_type_of(const struct span *s, uint64_t i);

/* Count the heap and print the kinds that hold most of it, one line each.  To
 * be called with the world stopped, or in a panic; then the numbers may be a
 * little wrong. */
void census_print(void (*out)(const char *fmt, ...) PRINTF(1, 2));
