/*
 * slot.h - read and write words of the heap that a mutator and a marker may
 * access at the same time.  Relaxed accesses: a word does not tear, and nothing
 * more is promised.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

/* Any word of the heap or of a root.  For C it may have any type. */
struct slot {
	ATOMIC(uintptr_t) word;
} __attribute__((may_alias));

/* Return the word at address at. */
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
