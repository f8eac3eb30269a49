/*
 * hidden.h - ask whether an object is alive, without keeping it alive.
 *
 * Stacks are scanned conservatively, so a test that remembers an object by its
 * address would find it alive.  A test remembers its complement instead, which
 * is no address in the heap.
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

/* Return whether the hidden address is that of an allocated object.  If the
 * object was freed, its memory may have been given away again, so the caller
 * must allocate nothing of this size in between.  Any goroutine may ask. */
bool hidden_is_alive(uintptr_t hidden);

/* Return for how many of the n hidden addresses hidden_is_alive is true. */
uint32_t hidden_count_alive(const uintptr_t *hidden, uint32_t n);
