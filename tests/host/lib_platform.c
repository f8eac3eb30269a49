/*
 * lib_platform.c - see lib_platform.h.  The source is included, so that its
 * calls of panic and fatal_config can lead back here.
 */
#include "tests/host/lib_platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "kernel/panic.h"
#include "lib/check.h"

char lib_platform_refusal[400];

static jmp_buf refused;

NORETURN PRINTF(1, 2) static void
refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(lib_platform_refusal, sizeof(lib_platform_refusal), fmt, ap);
	va_end(ap);
	longjmp(refused, 1);
}

#define panic        refuse
#define fatal_config refuse

#include "kernel/platform.c"

/* The borders of an image that is not there. */
const char __text_start[1], __image_end[1];

bool
lib_platform_read(uint32_t boot_hart, const void *fdt)
{
	if (setjmp(refused) != 0)
		return false;
	platform_init(boot_hart, fdt);
	return true;
}
