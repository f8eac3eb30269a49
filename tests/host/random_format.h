/*
 * random_format.h - random formats, random values for them, and a comparison
 * with what the host's printf writes.
 */
#pragma once

#include <stdio.h>

#include "lib/fmt.h"
#include "tests/ktest.h"

enum { FORMAT_MAX = 512, TEXT_MAX = 40000 };

/* A format that is being put together. */
struct format {
	char   text[FORMAT_MAX];
	int    len;
	int    star[2];		/* what to pass for each '*' */
	int    nstars;
	bool   no_stars;	/* write numbers only */
	int    star_number;	/* not 0: a star is this argument */
	size_t size;		/* of the buffer */
};

/* How large a precision may be.  PRECISION_NONE: there is none.
 * PRECISION_SMALL: up to 24.  PRECISION_ANY: mostly up to 24, now and then up
 * to 1,200, and rarely more than any number has digits. */
enum precision { PRECISION_NONE, PRECISION_SMALL, PRECISION_ANY };

void format_init(struct format *f);

/* Add a conversion with some of flags, and perhaps with a width and a
 * precision.  It takes the argument of that number, or the next one if number
 * is 0. */
void format_add(struct ktest *t, struct format *f, int number,
    const char *flags, enum precision precision, const char *size, char conv);

/* Add a few characters, or a %%, or nothing. */
void format_add_text(struct ktest *t, struct format *f);

/* Return random numbers: words of every magnitude, and floating-point numbers
 * of every kind. */
uint64_t    random_word(struct ktest *t);
double      random_double(struct ktest *t);
long double random_long_double(struct ktest *t);

/* What both printfs write, and how long it would be without the end of the
 * buffer. */
struct texts {
	char ours[TEXT_MAX], libc[TEXT_MAX];
	int  our_len, libc_len;
};

/* Fail t if the two texts differ. */
void expect_same(struct ktest *t, const struct format *f,
    const struct texts *texts);

/* Format the arguments by f, into a buffer of f->size bytes, with the host's
 * printf and with Antler's, and expect the same text. */
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
