/*
 * touch.c - see touch.h.
 *
 * Most functions of the runtime meet a program's memory with their first
 * instructions, and are FOR_PROGRAMS (lib/compiler.h): a fault there is the
 * program's.  These are for those that come to it later, from a trap, from
 * another goroutine, or when they have something in their hands that would be
 * lost.
 */
#include "runtime/fail/touch.h"

#include "kernel/page.h"
#include "kernel/probe.h"

FOR_PROGRAMS void
touch_in(const void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p, end = at + n;

	while (at < end) {
		probe_read((const void *)at);
		at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE;
	}
}

FOR_PROGRAMS void
touch_out(void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p, end = at + n;

	while (at < end) {
		probe_write((void *)at);
		at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE;
	}
}
