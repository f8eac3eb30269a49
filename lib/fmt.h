/*
 * fmt.h - printf-style formatting into a sink; no allocation, no locks, no
 * floating-point register, any context.
 *
 * Knows all that the compiler's check of formats (PRINTF) knows, as C and POSIX
 * define it: the conversions
 *
 *	d i u o x X b B	integers
 *	f F e E g G a A	double, with L long double: all digits exact, rounded to
 *			the nearest, and from the middle to the even digit
 *	c s p %		with l, and as C and S, wide characters, in UTF-8
 *	n		stores how many bytes came before
 *	m		"Success": there is no errno
 *
 * with hh h l ll q j z Z t L; the flags - 0 + space #, and ' and I, which
 * change nothing, because there are no locales; width and precision, up to
 * FMT_FIELD_MAX; and * and arguments by number.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "lib/compiler.h"

/* A larger width or precision counts as this.  No long double has more digits
 * behind its point, or before it. */
enum { FMT_FIELD_MAX = 16500 };

/* Where formatted text goes, len bytes at a time. */
struct fmt_sink {
	void (*write)(struct fmt_sink *sink, const char *text, size_t len);
};

/* Format into sink.  Needs 1 KiB of stack, and 3 KiB for a long double. */
void fmt_vwrite(struct fmt_sink *sink, const char *fmt, va_list ap);
void fmt_write(struct fmt_sink *sink, const char *fmt, ...) PRINTF(2, 3);

/* C's vsnprintf and snprintf: write at most size bytes with the final 0, which
 * is there unless size is 0.  Return the length of the whole text. */
int  fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int  fmt_snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);

/* fmt_vsnprintf for functions that are AS_PROGRAM (lib/as_program.h): in it a
 * goroutine is preempted at any instruction. */
int  fmt_vsnprintf_as_program(char *buf, size_t size, const char *fmt,
    va_list ap);
