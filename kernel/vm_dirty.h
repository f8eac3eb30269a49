/*
 * vm_dirty.h - which pages have been written since they were last checked,
 * according to the D bits of the page tables.  For explore images.
 */
#pragma once

#include "lib/compiler.h"

/* Clear D in every writable leaf that maps a frame in [lo, hi), so that none of
 * these frames counts as written.  One real hart; forgets all translations. */
void vm_dirty_clear(uintptr_t lo, uintptr_t hi);

/* Call fn for each frame in [lo, hi) that a writable leaf with D maps; for a
 * frame that is mapped twice, perhaps twice. */
void vm_dirty_each(uintptr_t lo, uintptr_t hi, void (*fn)(uintptr_t frame));

/* If a store at va has raised an exception only because D was clear, on a
 * machine that leaves setting D to software, set D.  Returns true if it has
 * done so.  In a trap. */
bool vm_dirty_fault(uintptr_t va);
