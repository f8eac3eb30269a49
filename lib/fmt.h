/*
 * fmt.h - printf-style formatting into a sink.  Any context: these functions
 * allocate nothing, take no locks, and use no floating-point registers.
 *
 * They implement everything that the compiler's check of formats (PRINTF)
 * accepts, as C and POSIX define it: the conversions
 *
 *	d i u o x X b B	integers
 *	f F e E g G a A	double, or long double with L: all digits are exact; the
 *			last is rounded to nearest, and a tie to the even digit
 *	c s p %		c and s with l, and C and S, take wide characters, which
 *			are written in UTF-8
 *	n		stores how many bytes were written before it
 *	m		writes "Success", because there is no errno
 *
 * with the length modifiers hh h l ll q j z Z t L; the flags - 0 + space #; the
 * flags ' and I, which have no effect, because there are no locales; width and
 * precision, up to FMT_FIELD_MAX; * for either; and arguments by number.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "lib/compiler.h"

/* A width or precision above this limit is reduced to it.  No long double has
 * more digits before or behind its point. */
enum { FMT_FIELD_MAX = 16500 };

/* Where formatted text goes, len bytes at a time. */
struct fmt_sink {
	void (*write)(struct fmt_sink *sink, const char *text, size_t len);
};

/* Format into sink.  Uses 1 KiB of stack, and 3 KiB for a long double. */
void fmt_vwrite(struct fmt_sink *sink, const char *fmt, va_list ap);

/* Do what vsnprintf and snprintf of C do: write the text and a final 0 to buf,
 * but at most size bytes.  The final 0 is always written unless size is 0.
 * Return the length of the whole text. */
int  fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int  fmt_snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);

/* Do what fmt_vsnprintf does, for functions that are AS_PROGRAM
 * (lib/as_program.h): a goroutine in this function may be preempted at any
 * instruction. */
int  fmt_vsnprintf_as_program(char *buf, size_t size, const char *fmt,
    va_list ap);
