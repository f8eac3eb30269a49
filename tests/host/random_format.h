/*
 * random_format.h - random formats, random values for them, and what the host's
 * printf makes of the two.
 */
#pragma once

#include <stdio.h>

#include "lib/fmt.h"
#include "tests/ktest.h"

enum { FORMAT_MAX = 512, TEXT_MAX = 40000 };

/* A format, as it grows. */
struct format {
	char   text[FORMAT_MAX];
	int    len;
	int    star[2];		/* what to pass for each '*' */
	int    nstars;
	bool   no_stars;	/* write numbers only */
	int    star_number;	/* not 0: a star is this argument */
	size_t size;		/* of the buffer */
};

/* How large a precision may be: none; up to 24; mostly that, now and then 1,200
 * and rarely more than any number has. */
enum precision { PRECISION_NONE, PRECISION_SMALL, PRECISION_ANY };

void format_init(struct format *f);

/* Add a conversion, of argument number unless that is 0, with some of flags, a
 * width and a precision, each perhaps. */
void format_add(struct ktest *t, struct format *f, int number,
    const char *flags, enum precision precision, const char *size, char conv);

/* Add a few characters, or a %%, or nothing. */
void format_add_text(struct ktest *t, struct format *f);

/* Numbers of every magnitude; of every kind that there is. */
uint64_t    random_word(struct ktest *t);
double      random_double(struct ktest *t);
long double random_long_double(struct ktest *t);

/* Text of both, and how long it would be. */
struct texts {
	char ours[TEXT_MAX], libc[TEXT_MAX];
	int  our_len, libc_len;
};

/* Fail t if they differ. */
void expect_same(struct ktest *t, const struct format *f,
    const struct texts *texts);

/* Format by f, into its size of a buffer, with the host's and with ours. */
#define EXPECT_AS_LIBC(t, f, ...)                                            \
	({                                                                   \
		static struct texts texts_;                                  \
									     \
		if ((f)->nstars == 0)                                        \
			FORMAT_BOTH_(f, __VA_ARGS__);                        \
		else if ((f)->nstars == 1)                                   \
			FORMAT_BOTH_(f, (f)->star[0], __VA_ARGS__);          \
		else                                                         \
			FORMAT_BOTH_(f, (f)->star[0], (f)->star[1],          \
			    __VA_ARGS__);                                    \
		expect_same(t, f, &texts_);                                  \
	})
#define FORMAT_BOTH_(f, ...)                                                 \
	({                                                                   \
		texts_.ours[0] = texts_.libc[0] = '\0';                      \
		texts_.our_len = fmt_snprintf(texts_.ours, (f)->size,        \
		    (f)->text, __VA_ARGS__);                                 \
		texts_.libc_len = snprintf(texts_.libc, (f)->size,           \
		    (f)->text, __VA_ARGS__);                                 \
	})
