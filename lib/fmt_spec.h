/*
 * fmt_spec.h - a conversion in a format, such as "%-8.3lf".
 */
#pragma once

#include <stdbool.h>

/* The size of an integer argument.  long, long long, size_t, ptrdiff_t and
 * intmax_t all have 64 bits. */
enum fmt_size { SIZE_INT, SIZE_LONG, SIZE_SHORT, SIZE_CHAR };

/* Which argument: the next in turn, none, or its number, counted from 1. */
enum { ARG_NEXT = 0, ARG_ABSENT = -1 };

struct fmt_spec {
	bool          left, zero, plus, space, alt;	/* - 0 + blank # */
	bool          long_double;	/* L */
	int           width;		/* at least so many characters */
	int           precision;	/* -1 if not given */
	enum fmt_size size;
	char          conv;		/* 0 if the format ends before it */
	int           value_arg;	/* ARG_NEXT or a number */
	int           width_arg;	/* of a '*', or ARG_ABSENT */
	int           precision_arg;	/* of a '*', or ARG_ABSENT */
};

/* Read the conversion that follows a '%' at fmt into s.  %C and %S become %lc
 * and %ls.  Returns the text behind the conversion. */
const char *fmt_read_spec(const char *fmt, struct fmt_spec *s);
