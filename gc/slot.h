/*
 * slot.h - reading and writing words of the heap that a mutator and a marker
 * may touch at the same time.  Relaxed: a word does not tear, nothing more.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

/* Any word of the heap or of a root; it may be anything in C's eyes. */
struct slot {
	ATOMIC(uintptr_t) word;
} __attribute__((may_alias));

/* The word at address at. */
INLINE uintptr_t
slot_load(uintptr_t at)
{
	/* relaxed: see above. */
	return load_relaxed(&((struct slot *)at)->word);
}

INLINE void
slot_store(uintptr_t at, uintptr_t value)
{
	/* relaxed: see above. */
	store_relaxed(&((struct slot *)at)->word, value);
}
