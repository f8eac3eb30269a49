/*
 * shim.c - the functions of the machine that the lower layers call, on a host.
 *
 * A thread stands for a hart: it has a struct hart and a strand of its own.  A
 * broken CHECK, or a panic, ends the process; the sanitizer then shows the
 * stack.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/hart.h"
#include "kernel/panic.h"
#include "kernel/trap.h"
#include "lib/check.h"
#include "tests/host/shim.h"

static _Thread_local struct hart   thread_hart;
static _Thread_local struct strand thread_strand;

struct strand *
this_strand(void)
{
	thread_strand.hart = &thread_hart;
	return &thread_strand;
}

struct hart *
this_hart(void)
{
	return &thread_hart;
}

void
shim_set_hart_index(uint32_t index)
{
	thread_hart.index = index;
	thread_hart.id = index;
}

nanos_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void
clock_nap(nanos_t ns)
{
	const struct timespec ts = { .tv_nsec = ns };

	nanosleep(&ts, NULL);
}

bool
panic_is_mine(void)
{
	return false;
}

/* A thread has no interrupts. */
bool
irq_save(void)
{
	return false;
}

void
irq_restore(bool were_on)
{
	(void)were_on;
}

void
kvprintf(const char *fmt, va_list ap)
{
	flockfile(stdout);
	vprintf(fmt, ap);
	fflush(stdout);
	funlockfile(stdout);
}

void
kprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvprintf(fmt, ap);
	va_end(ap);
}

NORETURN void
check_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "panic: %s:%d: CHECK(%s)\n", file, line, expr);
	abort();
}

NORETURN void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("panic: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}
