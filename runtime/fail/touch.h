/*
 * touch.h - faulting early: whether memory that a program gave us is there is
 * tried before anything is locked or changed.
 */
#pragma once

#include "include/antler.h"
#include "kernel/probe.h"
#include "lib/compiler.h"

/* Read, or write back, something on each page of the n bytes at p; what cannot
 * be done is a panic of the goroutine.  No locks held. */
void touch_in(const void *p, size_t n);
void touch_out(void *p, size_t n);

/*
 * The same for the word at p of an object that goroutines wait at, which others
 * may be changing: it must be there, aligned, and not constant.  In a function
 * that is FOR_PROGRAMS, no locks held.
 */
INLINE void
touch_word(void *p)
{
	antler_check_aligned(p, sizeof(uint32_t));
	probe_storable_word(p);
}
