/*
 * fmt_spec.h - a conversion of a format, as it is written.
 */
#pragma once

#include <stdbool.h>

/* How large an integer argument is.  long, long long, size_t, ptrdiff_t and
 * intmax_t are all 64 bits. */
enum fmt_size { SIZE_INT, SIZE_LONG, SIZE_SHORT, SIZE_CHAR };

/* Which argument: this, or a number from 1 on. */
enum { ARG_NEXT = 0, ARG_ABSENT = -1 };

struct fmt_spec {
	bool          left, zero, plus, space, alt;	/* - 0 + blank # */
	bool          long_double;	/* L */
	int           width;		/* at least so many characters */
	int           precision;	/* -1: not given */
	enum fmt_size size;
	char          conv;		/* 0: the text ends too early */
	int           value_arg;	/* ARG_NEXT or a number */
	int           width_arg;	/* of a '*', or ARG_ABSENT */
	int           precision_arg;	/* of a '*', or ARG_ABSENT */
};

/* Read the conversion behind a % into s; %C and %S become %lc and %ls.  Returns
 * what follows it. */
const char *fmt_read_spec(const char *fmt, struct fmt_spec *s);
