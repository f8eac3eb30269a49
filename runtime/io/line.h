/*
 * line.h - typing a line comfortably: the cursor moves, earlier lines come
 * back, words are completed.  Programs (read_line) and the lab's shell share
 * this editor.
 */
#pragma once

#include "lib/compiler.h"

enum {
	LINE_MAX = 128,			/* longest line that is remembered */
	LINE_HISTORY = 32,		/* lines that are remembered */
	LINE_UNFINISHED = 4096,		/* bytes kept of an unfinished line */
};

/* Lines typed earlier; an object of zeros has none.  One user at a time. */
struct line_history {
	uint32_t n;			/* lines ever remembered */
	char     line[LINE_HISTORY][LINE_MAX];	/* a ring of the last ones */
};

/*
 * Returns the i-th word that may stand in a line from byte start on and that
 * begins with text[start .. len), or NULL after the last.  text[len] is 0.
 */
typedef const char *(*line_match)(const char *text, size_t start, size_t len,
    size_t i);

struct line_style {
	const char          *prompt;	/* "" for none */
	struct line_history *history;	/* or NULL */
	line_match           match;	/* or NULL: tab does nothing */
};

/*
 * Read a line into buf, of size bytes > 0, without its newline and with a 0 at
 * its end.  Parks while nothing arrives, and waits until no other goroutine
 * reads.  Returns the length of the line; IO_CLOSED at the end of input, which
 * is ^D in an empty line, the end of a pipe, or a machine without a console; or
 * IO_TIMEOUT if deadline comes first (0 means no deadline).  After IO_TIMEOUT
 * the next line begins with what was typed, or with the first LINE_UNFINISHED
 * bytes of it.
 *
 * From a terminal, which must know ECMA-48 (any terminal does today), a
 * character that does not fit into buf is refused with a bell.  From a pipe
 * (tty_is_pipe) there is no prompt, no echo and no key, and bytes that do not
 * fit are dropped.
 */
long line_read(const struct line_style *style, char *buf, size_t size,
    nanos_t deadline);
