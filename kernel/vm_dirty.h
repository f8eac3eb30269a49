/*
 * vm_dirty.h - which pages were written since they were last looked at, by the
 * D bits of the page tables.  For explore images.
 */
#pragma once

#include "lib/compiler.h"

/* Forget that any page was written: clear D in every writable leaf that maps a
 * frame in [lo, hi).  One real hart; flushes its translations. */
void vm_dirty_clear(uintptr_t lo, uintptr_t hi);

/* Call fn for each frame in [lo, hi) that a writable leaf with D maps.  A frame
 * that is mapped twice may be told twice. */
void vm_dirty_each(uintptr_t lo, uintptr_t hi, void (*fn)(uintptr_t frame));

/* An exception for a store at va: if it came because D was clear, on a machine
 * that leaves setting D to software, set D and return true.  In a trap. */
bool vm_dirty_fault(uintptr_t va);
