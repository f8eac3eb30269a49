/*
 * fmt.h - printf-style formatting into a sink; no allocation, no locks, any
 * context.  Knows %d %i %u %x %X %o %c %s %p %% with h hh l ll z t, flags - 0 +
 * space #, width, precision and *.  %f prints a double through integers.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "lib/compiler.h"

/* Where formatted text goes, len bytes at a time. */
struct fmt_sink {
	void (*write)(struct fmt_sink *sink, const char *text, size_t len);
};

void fmt_vwrite(struct fmt_sink *sink, const char *fmt, va_list ap);
void fmt_write(struct fmt_sink *sink, const char *fmt, ...) PRINTF(2, 3);

/* C's vsnprintf and snprintf: the length the whole text has, always ends in 0
 * when size > 0. */
int  fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int  fmt_snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);
