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

/* The first byte behind the n at p; a panic if they go around the end of the
 * address space. */
static uintptr_t
end_of(const void *p, size_t n)
{
	uintptr_t end;

	if (__builtin_add_overflow((uintptr_t)p, n, &end))
		go_panic("runtime error: invalid memory address: %zu bytes at "
		    "%p", n, p);
	return end;
}

FOR_PROGRAMS void
touch_in(const void *p, size_t n)
{
	uintptr_t end = end_of(p, n);

	for (uintptr_t at = (uintptr_t)p; at < end;
	     at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
		probe_read((const void *)at);
}

FOR_PROGRAMS void
touch_out(void *p, size_t n)
{
	uintptr_t end = end_of(p, n);

	for (uintptr_t at = (uintptr_t)p; at < end;
	     at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
		probe_write((void *)at);
}
