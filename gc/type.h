/*
 * type.h - type descriptors from the collector's side.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"

/* The type of what gc_new_bytes allocates. */
extern const struct gc_type gc_bytes_type;

/* Panic with a message that names type and says what is wrong with it. */
NORETURN COLD void type_refuse(const struct gc_type *type);

/* Can the collector use type for n objects in a row? */
INLINE bool
type_good(const struct gc_type *type, size_t n)
{
	uint64_t ptrdata = type->ptrdata;

	if (ptrdata == 0)
		return true;
	return ptrdata <= type->size && ptrdata % 8 == 0 &&
	    type->gcdata != NULL && (type->kind & GC_KIND_PROGRAM) == 0 &&
	    (n <= 1 || type->size % 8 == 0);
}

INLINE void
type_check(const struct gc_type *type, size_t n)
{
	if (UNLIKELY(!type_good(type, n)))
		type_refuse(type);
}

/*
 * Panic unless type is a constant: aligned, with its pointer map and its name
 * in the image, not in the heap or on a stack.  The message says what is wrong.
 * The collector reads type as long as there are objects of it.  Called once for
 * each type (census.h), by a goroutine without locks.
 */
void type_examine(const struct gc_type *type);

/* Return the name of type, for messages. */
const char *type_name(const struct gc_type *type);
