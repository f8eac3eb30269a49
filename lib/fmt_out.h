/*
 * fmt_out.h - the output of conversions, and the layout of a field; for the
 * files fmt*.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/fmt.h"
#include "lib/fmt_spec.h"
#include "lib/real.h"

/* The sink that text goes to, and the length of the text so far. */
struct fmt_out {
	struct fmt_sink *sink;
	size_t           len;
};

/* Write text, or n times c, which is '0' or ' '. */
void fmt_put(struct fmt_out *out, const char *text, size_t len);
void fmt_put_repeated(struct fmt_out *out, char c, int n);

/*
 * Write what comes before the body of a field of s, which has len characters:
 * blanks, the prefix, and zeros.  Returns how many blanks are to follow the
 * body.
 */
int fmt_begin_field(struct fmt_out *out, const struct fmt_spec *s,
    const char *prefix, int len);

/* Returns the sign that s asks for, of a number that is negative or not. */
const char *fmt_sign(const struct fmt_spec *s, bool negative);

/* Write n in the given base, at most 16, so that its last digit is right before
 * end.  Returns the address of its first digit. */
char *fmt_digits_before(char *end, uint64_t n, unsigned base, bool upper);

/* Convert r by s, one of the conversions a A e E f F g G.  room is for
 * decimal.h, and as large as r's format needs. */
void fmt_put_real(struct fmt_out *out, const struct fmt_spec *s,
    const struct real *r, uint64_t *room);
