/*
 * gopanic.c - the panic of a goroutine.
 */
#include "include/antler.h"

#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/fatal.h"
#include "runtime/sched.h"

struct uncaught {
	struct trapframe  frame;
	struct panic_info info;
};

NORETURN static void
die(void *arg)
{
	struct uncaught *u = arg;

	kprintf_raw("panic: %s\n", u->info.text);
	fatal_end(this_g(), &u->frame);
}

NORETURN static void
begin(struct uncaught *u)
{
	if (fatal_culprit() == NULL || this_hart()->held != NULL)
		panic("%s", u->info.text);
	panic_freeze();
	call_on_stack(this_m()->g0.strand.stack_hi, die, u);
}

NORETURN void
go_panic(const char *fmt, ...)
{
	struct uncaught u;
	va_list         ap;

	memset(&u.info, 0, sizeof(u.info));
	capture_my_caller(&u.frame);
	va_start(ap, fmt);
	fmt_vsnprintf(u.info.text, sizeof(u.info.text), fmt, ap);
	va_end(ap);
	begin(&u);
}

NORETURN void
go_panic_value(void *value, const char *fmt, ...)
{
	struct uncaught u;
	va_list         ap;

	memset(&u.info, 0, sizeof(u.info));
	capture_my_caller(&u.frame);
	u.info.value = value;
	va_start(ap, fmt);
	fmt_vsnprintf(u.info.text, sizeof(u.info.text), fmt, ap);
	va_end(ap);
	begin(&u);
}
