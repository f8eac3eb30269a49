/*
 * hidden.h - to ask whether an object lives, without keeping it alive.
 *
 * Stacks are scanned conservatively, so a test that remembers an object by its
 * address would find it alive.  Its complement is no address of the heap.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

INLINE uintptr_t
hide(const void *p)
{
	return ~(uintptr_t)p;
}

INLINE void *
unhide(uintptr_t hidden)
{
	return (void *)~hidden;
}

/* Is what was hidden an allocated object, or was it freed (and, maybe, given to
 * somebody again: allocate nothing of that size in between)?  Any goroutine. */
bool hidden_is_alive(uintptr_t hidden);

/* Of how many is it true? */
uint32_t hidden_count_alive(const uintptr_t *hidden, uint32_t n);
