/*
 * line.h - typing a line comfortably: the cursor moves, earlier lines come
 * back, words are completed.  The one editor of programs (read_line) and of the
 * lab's shell.
 */
#pragma once

#include "lib/compiler.h"

enum {
	LINE_MAX = 128,			/* longest that is remembered */
	LINE_HISTORY = 32,
	LINE_UNFINISHED = 4096,		/* kept of what a deadline cuts short */
};

/* Lines typed earlier; zero-initialised there are none.  One user at a time. */
struct line_history {
	uint32_t n;			/* ever remembered */
	char     line[LINE_HISTORY][LINE_MAX];	/* the last ones, a ring */
};

/*
 * The i-th word that may stand in a line from byte start on, where now
 * text[start .. len) is, and begins with that; NULL after the last.  text[len]
 * is 0.
 */
typedef const char *(*line_match)(const char *text, size_t start, size_t len,
    size_t i);

struct line_style {
	const char          *prompt;	/* "" for none */
	struct line_history *history;	/* or NULL */
	line_match           match;	/* or NULL: tab does nothing */
};

/*
 * Read a line into buf (size bytes > 0), without its newline, 0 at its end.
 * Parks while nothing arrives.  Returns its length; IO_CLOSED at the end of
 * input (^D in an empty line, the end of a pipe, or no console); IO_TIMEOUT if
 * deadline (0: none) comes first, and then the next line begins with what was
 * typed, or with the first LINE_UNFINISHED bytes of it.  Waits its turn if
 * another goroutine reads.  For a terminal that knows ECMA-48 (any today); from
 * a pipe (tty_is_pipe) without prompt, echo and keys.
 */
long line_read(const struct line_style *style, char *buf, size_t size,
    nanos_t deadline);
