/*
 * touch.h - faulting early: touch the memory that a program gave before
 * anything is locked or changed.
 */
#pragma once

#include "include/antler.h"
#include "kernel/probe.h"
#include "lib/compiler.h"

/* Read, or write back, one byte on each page of the n bytes at p.  If that is
 * not possible the goroutine panics.  No locks held. */
void touch_in(const void *p, size_t n);
void touch_out(void *p, size_t n);

/*
 * Check that the word at p, at which goroutines wait and which others may be
 * changing, is there, is aligned and is not constant; if not, the goroutine
 * panics.  Only in a function that is FOR_PROGRAMS, with no locks held.
 */
INLINE void
touch_word(void *p)
{
	antler_check_aligned(p, sizeof(uint32_t));
	probe_storable_word(p);
}
