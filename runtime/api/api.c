/*
 * api.c - small functions of antler.h that belong to no other file.
 */
#include "include/antler.h"

#include <stdarg.h>

#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/compiler.h"
#include "lib/fmt.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"
#include "runtime/time/vclock.h"

enum { PRINT_AT_ONCE = 256 };

struct g *
self(void)
{
	return this_g();
}

uint64_t
goid(void)
{
	return this_g()->id;
}

uint64_t
num_goroutine(void)
{
	return procs_count_live();
}

int
num_hart(void)
{
	return (int)nharts_online;
}

int64_t
now_ns(void)
{
	return timers_now();
}

/* A fault in print or format is the caller's panic (fault.c).  print first
 * formats into text, without a lock.  If the result is too long for text, print
 * formats a second time, with the console's lock held.  The second formatting
 * reads the same memory as the first, so it does not fault (unless another
 * goroutine changes a string meanwhile). */
AS_PROGRAM void
print(const char *fmt, ...)
{
	char text[PRINT_AT_ONCE];
	va_list ap, again;
	size_t n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = (size_t)fmt_vsnprintf_as_program(text, sizeof(text), fmt, ap);
	if (n < sizeof(text))
		console_put(text, n);
	else
		kvprintf(fmt, again);
	va_end(again);
	va_end(ap);
}

AS_PROGRAM int
format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fmt_vsnprintf_as_program(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

NORETURN void
antler_exit(int status)
{
	machine_exit(status);
}

NORETURN __attribute__((weak)) void
exit(int status)
{
	antler_exit(status);
}
