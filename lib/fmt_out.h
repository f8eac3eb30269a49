/*
 * fmt_out.h - where the text of conversions goes, and how a field is laid out;
 * for the files fmt*.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/fmt.h"
#include "lib/fmt_spec.h"
#include "lib/real.h"

/* Where text goes, and how much of it there has been. */
struct fmt_out {
	struct fmt_sink *sink;
	size_t           len;
};

void fmt_put(struct fmt_out *out, const char *text, size_t len);
void fmt_put_repeated(struct fmt_out *out, char c, int n);

/*
 * Begin a field of s: blanks, prefix, and zeros, before a body of len
 * characters.  Returns how many blanks are to follow the body.
 */
int fmt_begin_field(struct fmt_out *out, const struct fmt_spec *s,
    const char *prefix, int len);

/* Returns the sign that s wants of a number. */
const char *fmt_sign(const struct fmt_spec *s, bool negative);

/* Write n in the given base, at most 16, so that it ends before end; returns
 * its start. */
char *fmt_digits_before(char *end, uint64_t n, unsigned base, bool upper);

/* Convert r by s, one of the conversions a A e E f F g G.  room is for
 * decimal.h, of as many words as r's format needs. */
void fmt_put_real(struct fmt_out *out, const struct fmt_spec *s,
    const struct real *r, uint64_t *room);
