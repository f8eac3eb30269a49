/*
 * hidden.c - see hidden.h.  These functions leave nothing on a stack that stays
 * there: they are not inlined, and wipe_stack overwrites their frames.
 */
#include "tests/unit/hidden.h"

#include "gc/gc.h"

NOINLINE bool
hidden_is_alive(uintptr_t hidden)
{
	struct gc_object object;

	return gc_find_object(unhide(hidden), &object) && object.allocated;
}

NOINLINE uint32_t
hidden_count_alive(const uintptr_t *hidden, uint32_t n)
{
	uint32_t alive = 0;

	for (uint32_t i = 0; i < n; i++)
		alive += hidden_is_alive(hidden[i]);
	return alive;
}
