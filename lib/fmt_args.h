/*
 * fmt_args.h - the variable arguments of a format, in turn or by number.
 */
#pragma once

#include <stdarg.h>
#include <stdint.h>

#include "lib/fmt_spec.h"
#include "lib/real.h"

/* The kind of argument that a conversion takes: none; a type that is promoted
 * to an int; 64 bits; a floating-point number. */
enum fmt_kind { KIND_NONE, KIND_INT, KIND_WORD, KIND_DOUBLE, KIND_LONG_DOUBLE };

/* An argument: word (sign-extended) or real, depending on its kind. */
union fmt_arg {
	uint64_t    word;
	struct real real;
};

/* A va_list as something that can be pointed to; a va_list may be an array. */
struct fmt_va {
	va_list ap;
};

/* All arguments of a format. */
struct fmt_args {
	const char   *fmt;		/* the beginning of the format */
	struct fmt_va first;		/* all arguments */
	struct fmt_va next;		/* arguments not yet taken in turn */
};

/* Returns the kind of argument that s converts. */
enum fmt_kind fmt_kind_of(const struct fmt_spec *s);

/* Take argument number which, or the next argument in turn if which is
 * ARG_NEXT.  The argument is of the given kind. */
void fmt_args_take(struct fmt_args *all, int which, enum fmt_kind kind,
    union fmt_arg *arg);
