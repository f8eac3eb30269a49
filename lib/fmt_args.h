/*
 * fmt_args.h - the variable arguments of a format, in turn or by number.
 */
#pragma once

#include <stdarg.h>
#include <stdint.h>

#include "lib/fmt_spec.h"
#include "lib/real.h"

/* What is passed for a conversion: nothing; what is promoted to an int; 64
 * bits; a floating-point number. */
enum fmt_kind { KIND_NONE, KIND_INT, KIND_WORD, KIND_DOUBLE, KIND_LONG_DOUBLE };

/* An argument: by its kind word, sign-extended, or real. */
union fmt_arg {
	uint64_t    word;
	struct real real;
};

/* A va_list, which may be an array, as something that can be pointed to. */
struct fmt_va {
	va_list ap;
};

/* All arguments of a format. */
struct fmt_args {
	const char   *fmt;		/* its beginning */
	struct fmt_va first;		/* all of them */
	struct fmt_va next;		/* those not yet taken in turn */
};

/* Returns the kind of argument that the value of s is. */
enum fmt_kind fmt_kind_of(const struct fmt_spec *s);

/* Take the argument which, ARG_NEXT or a number; it is of that kind. */
void fmt_args_take(struct fmt_args *all, int which, enum fmt_kind kind,
    union fmt_arg *arg);
