/*
 * touch.c - see touch.h.
 *
 * Most functions of the runtime use a program's memory in their first
 * instructions, and are FOR_PROGRAMS (lib/compiler.h): a fault there is the
 * program's.  The functions below are for the others, which use the memory
 * later: in a trap, in another goroutine, or when they hold something that a
 * fault would lose.
 */
#include "runtime/fail/touch.h"

#include "kernel/page.h"
#include "runtime/sched/preempt.h"

/* How much is touched before the caller gives way. */
enum { PIECE = 1024 * PAGE_SIZE };

/* Returns the address behind the n bytes at p.  Panics if they wrap around the
 * end of the address space. */
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
	     at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE) {
		probe_read((const void *)at);
		if (UNLIKELY(at % PIECE == 0))
			give_way();
	}
}

FOR_PROGRAMS void
touch_out(void *p, size_t n)
{
	uintptr_t end = end_of(p, n);

	for (uintptr_t at = (uintptr_t)p; at < end;
	     at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE) {
		probe_write((void *)at);
		if (UNLIKELY(at % PIECE == 0))
			give_way();
	}
}
