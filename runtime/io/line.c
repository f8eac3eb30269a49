/*
 * line.c - a line editor.
 *
 * What is typed becomes a key: a character, a control character, or what an
 * escape sequence stands for (ECMA-48, 5.4; the ones that xterm sends).  Each
 * key changes the text and the cursor; then the whole line is drawn anew, which
 * is a hundred bytes and never wrong.  Only a character at the end, by far the
 * most common key, is simply added to what stands there.
 *
 *	left right ^B ^F	move the cursor
 *	home end ^A ^E		to the ends of the line
 *	backspace del ^D	delete a character
 *	^W ^U ^K		delete a word, to the start, to the end
 *	up down ^P ^N		earlier lines
 *	tab			complete a word
 *	^L ^C			clear the screen; give up the line
 *	^D in an empty line	end of input
 *
 * Drawing starts from where the cursor is known to be, not from the left edge:
 * before the line there may be a prompt that only the program knows of.
 *
 * When the input is a pipe or a file, nobody types and nobody wants an echo: a
 * line is then what comes before the next newline, and no byte is a key.
 *
 * The text, its history and what a deadline has cut short belong to the
 * goroutine that has the reader's turn (tty.h).
 */
#include "runtime/io/line.h"

#include "include/antler.h"
#include "kernel/console.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/io/tty.h"

#define CTRL(letter) ((letter) & 0x1f)

enum key {
	KEY_ESCAPE = 27,
	KEY_BACKSPACE = 127,
	/* Characters and control characters stand for themselves; negative is
	 * enum io_error. */
	KEY_UP = 256, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END,
	KEY_DELETE, KEY_UNKNOWN,
};

struct line {
	const struct line_style *style;
	char      *text;
	size_t     size;		/* of text; the last byte is for a 0 */
	size_t     len;
	size_t     cursor;		/* 0 .. len */
	size_t     column;	/* where the screen has its cursor */
	uint32_t   shown;		/* the line of the past it began as */
	char       draft[LINE_MAX];	/* what was typed before that */
};

/* The beginning of a line that a deadline has cut short. */
static struct {
	size_t len;
	char   text[LINE_UNFINISHED];
} unfinished;

/* Keep the first len bytes of a line, or as many as there is room for, until
 * the next line begins with them. */
static void
leave_unfinished(const char *text, size_t len)
{
	unfinished.len = MIN(len, sizeof(unfinished.text));
	memcpy(unfinished.text, text, unfinished.len);
}

/* Begin a line in text, size bytes, with what was left.  Returns its length;
 * there is room for a 0. */
static size_t
take_unfinished(char *text, size_t size)
{
	size_t len = MIN(unfinished.len, size - 1);

	memcpy(text, unfinished.text, len);
	unfinished.len = 0;
	return len;
}

/* ---- Keys --------------------------------------------------------------- */

/* What CSI number ~ is. */
static int
numbered_key(int number)
{
	switch (number) {
	case 1: case 7: return KEY_HOME;
	case 4: case 8: return KEY_END;
	case 3:         return KEY_DELETE;
	}
	return KEY_UNKNOWN;
}

/* After ESC [: "A", "3~", "1;5C"... */
static int
read_sequence(nanos_t deadline)
{
	int number = 0, byte = tty_byte(deadline);

	for (; byte == ';' || (byte >= '0' && byte <= '9');
	     byte = tty_byte(deadline))
		number = byte == ';' ? 0 : (number * 10 + byte - '0') % 1000;
	switch (byte) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '~': return numbered_key(number);
	}
	return byte < 0 ? byte : KEY_UNKNOWN;
}

static int
read_key(nanos_t deadline)
{
	static bool after_cr;
	int         byte = tty_byte(deadline);

	/* CR LF is one end of line. */
	if (after_cr && byte == '\n')
		byte = tty_byte(deadline);
	if (byte >= 0)
		after_cr = byte == '\r';
	switch (byte) {
	case KEY_ESCAPE:
		byte = tty_byte(deadline);
		return byte == '[' || byte == 'O' ? read_sequence(deadline) :
		    byte < 0 ? byte : KEY_UNKNOWN;
	case '\r':      return '\n';
	case '\b':      return KEY_BACKSPACE;
	case CTRL('B'): return KEY_LEFT;
	case CTRL('F'): return KEY_RIGHT;
	case CTRL('A'): return KEY_HOME;
	case CTRL('E'): return KEY_END;
	case CTRL('P'): return KEY_UP;
	case CTRL('N'): return KEY_DOWN;
	}
	return byte;
}

/* ---- The line ----------------------------------------------------------- */

/* Move the screen's cursor to its left by n columns. */
static void
go_left(size_t n)
{
	if (n > 0)
		kprintf("\033[%zuD", n);
}

/* Draw the line over itself and put the cursor where it belongs. */
static void
draw(struct line *l)
{
	console_hold();
	go_left(l->column);
	kprintf("%.*s\033[K", (int)l->len, l->text);
	go_left(l->len - l->cursor);
	console_release();
	l->column = l->cursor;
}

/* Draw it where the screen has an empty line. */
static void
draw_anew(struct line *l)
{
	kprintf("%s", l->style->prompt);
	l->column = 0;
	draw(l);
}

static void
insert(struct line *l, char c)
{
	if (l->len + 1 >= l->size) {
		console_put("\a", 1);
		return;
	}
	memmove(l->text + l->cursor + 1, l->text + l->cursor,
	    l->len - l->cursor);
	l->text[l->cursor++] = c;
	l->len++;
}

/* Take out [from, to); the cursor ends at from. */
static void
cut(struct line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->len - to);
	l->len -= to - from;
	l->cursor = from;
}

/* Where the word before the cursor begins. */
static size_t
word_start(const struct line *l)
{
	size_t at = l->cursor;

	while (at > 0 && l->text[at - 1] == ' ')
		at--;
	while (at > 0 && l->text[at - 1] != ' ')
		at--;
	return at;
}

/* Put text, or as much of it as fits, in the place of the line. */
static void
replace(struct line *l, const char *text)
{
	l->len = MIN(strlen(text), l->size - 1);
	memcpy(l->text, text, l->len);
	l->cursor = l->len;
}

/* Keep the line in buf, LINE_MAX bytes.  False, if it is too long. */
static bool
keep(const struct line *l, char *buf)
{
	if (l->len >= LINE_MAX)
		return false;
	memcpy(buf, l->text, l->len);
	buf[l->len] = '\0';
	return true;
}

/* ---- Lines of the past -------------------------------------------------- */

static char *
past_line(struct line_history *h, uint32_t which)
{
	return h->line[which % LINE_HISTORY];
}

static void
remember(const struct line *l)
{
	struct line_history *h = l->style->history;

	if (h == NULL || l->len == 0 || (h->n > 0 &&
	    strcmp(past_line(h, h->n - 1), l->text) == 0))
		return;
	if (keep(l, past_line(h, h->n)))
		h->n++;
}

/* Show line number which of the past; the one after the last is what was being
 * typed. */
static void
recall(struct line *l, uint32_t which)
{
	struct line_history *h = l->style->history;

	if (h == NULL || which > h->n || h->n - which > LINE_HISTORY ||
	    (l->shown == h->n && !keep(l, l->draft)))
		return;
	l->shown = which;
	replace(l, which == h->n ? l->draft : past_line(h, which));
}

/* ---- Completion --------------------------------------------------------- */

/* The i-th word that fits at the cursor, or NULL. */
static const char *
match(const struct line *l, size_t start, size_t i)
{
	return l->style->match(l->text, start, l->cursor, i);
}

static void
show_matches(struct line *l, size_t start)
{
	const char *word;

	kprintf("\n");
	for (size_t i = 0; (word = match(l, start, i)) != NULL; i++)
		kprintf("%s  ", word);
	kprintf("\n");
	draw_anew(l);
}

/* How much the words that fit have in common. */
static size_t
common_length(const struct line *l, size_t start, const char *first)
{
	size_t      common = strlen(first);
	const char *word;

	for (size_t i = 1; (word = match(l, start, i)) != NULL; i++) {
		size_t same = 0;

		while (same < common && word[same] == first[same])
			same++;
		common = same;
	}
	return common;
}

/* Add what all words that fit have in common, and a blank if there is one only;
 * if that is nothing, show them. */
static void
complete(struct line *l)
{
	size_t start = l->cursor, len, common;
	char   first[LINE_MAX];
	bool   only;

	while (start > 0 && l->text[start - 1] != ' ')
		start--;
	l->text[l->len] = '\0';
	if (l->style->match == NULL || match(l, start, 0) == NULL)
		return;
	/* A copy: the words may all come in one buffer. */
	len = MIN(strlen(match(l, start, 0)), sizeof(first) - 1);
	memcpy(first, match(l, start, 0), len);
	first[len] = '\0';
	only = match(l, start, 1) == NULL;
	common = common_length(l, start, first);
	if (common == l->cursor - start && !only)
		show_matches(l, start);
	for (size_t i = l->cursor - start; i < common; i++)
		insert(l, first[i]);
	if (only && l->cursor == l->len)
		insert(l, ' ');
}

/* ---- Editing ------------------------------------------------------------ */

static void
clear_screen(struct line *l)
{
	kprintf("\033[H\033[2J");
	draw_anew(l);
}

/* Act on a key that does not end the line. */
static void
press(struct line *l, int key)
{
	switch (key) {
	case KEY_LEFT:
		l->cursor -= l->cursor > 0;
		break;
	case KEY_RIGHT:
		l->cursor += l->cursor < l->len;
		break;
	case KEY_HOME:
		l->cursor = 0;
		break;
	case KEY_END:
		l->cursor = l->len;
		break;
	case KEY_UP:
		if (l->shown > 0)
			recall(l, l->shown - 1);
		break;
	case KEY_DOWN:
		recall(l, l->shown + 1);
		break;
	case KEY_BACKSPACE:
		if (l->cursor > 0)
			cut(l, l->cursor - 1, l->cursor);
		break;
	case KEY_DELETE:
	case CTRL('D'):
		if (l->cursor < l->len)
			cut(l, l->cursor, l->cursor + 1);
		break;
	case CTRL('W'):
		cut(l, word_start(l), l->cursor);
		break;
	case CTRL('U'):
		cut(l, 0, l->cursor);
		break;
	case CTRL('K'):
		cut(l, l->cursor, l->len);
		break;
	case CTRL('L'):
		clear_screen(l);
		break;
	case '\t':
		complete(l);
		break;
	default:
		if (key >= ' ' && key < 256)
			insert(l, (char)key);
	}
}

/* A plain character behind all others? */
static bool
type_at_end(struct line *l, int key)
{
	char c = (char)key;

	if (key < ' ' || key >= KEY_BACKSPACE || l->cursor != l->len ||
	    l->len + 1 >= l->size)
		return false;
	insert(l, c);
	console_put(&c, 1);
	l->column++;
	return true;
}

/* Begin with what a deadline has cut short. */
static void
begin(struct line *l)
{
	l->len = l->cursor = take_unfinished(l->text, l->size);
	if (l->style->prompt[0] != '\0' || l->len > 0)
		draw_anew(l);
}

/* The deadline has come: take the line off the screen, and keep it. */
static void
cut_short(struct line *l)
{
	leave_unfinished(l->text, l->len);
	l->len = l->cursor = 0;
	if (l->column > 0)
		draw(l);
}

/* Work on l until it is done; its length, or enum io_error. */
static long
edit(struct line *l, nanos_t deadline)
{
	begin(l);
	for (;;) {
		int key = read_key(deadline);

		if (key == CTRL('D') && l->len == 0)
			key = IO_CLOSED;
		if (key == IO_TIMEOUT)
			cut_short(l);
		if (key < 0)
			return key;
		if (key == CTRL('C'))
			l->len = 0;
		if (key == '\n' || key == CTRL('C'))
			break;
		if (type_at_end(l, key))
			continue;
		press(l, key);
		draw(l);
	}
	console_put("\n", 1);
	l->text[l->len] = '\0';
	remember(l);
	return (long)l->len;
}

/* ---- Lines that nobody types -------------------------------------------- */

/* Returns the length of the line that ended with byte, a newline or an
 * enum io_error, without the CR of a CR LF.  total counts what was dropped,
 * too. */
static size_t
without_cr(const char *buf, size_t len, size_t total, int byte)
{
	return len - (byte == '\n' && len == total && len > 0 &&
	    buf[len - 1] == '\r');
}

/*
 * Read from a pipe up to the next newline, or up to the end if something comes
 * before that.  What does not fit buf is dropped.  Returns the length of the
 * line, or enum io_error.
 */
static long
read_plain(char *buf, size_t size, nanos_t deadline)
{
	size_t len = take_unfinished(buf, size), total = len;
	int    byte;

	while ((byte = tty_byte(deadline)) >= 0 && byte != '\n') {
		if (len + 1 < size)
			buf[len++] = (char)byte;
		total++;
	}
	if (byte == IO_TIMEOUT)
		leave_unfinished(buf, len);
	if (byte == IO_TIMEOUT || (byte < 0 && total == 0))
		return byte;
	len = without_cr(buf, len, total, byte);
	buf[len] = '\0';
	return (long)len;
}

long
line_read(const struct line_style *style, char *buf, size_t size,
    nanos_t deadline)
{
	struct line l = { .style = style, .text = buf, .size = size };
	long        end;

	tty_begin_read();
	if (style->history != NULL)
		l.shown = style->history->n;
	end = tty_is_pipe() ? read_plain(buf, size, deadline) :
	    edit(&l, deadline);
	tty_end_read();
	if (end < 0)
		buf[0] = '\0';
	return end;
}

/* ---- For programs ------------------------------------------------------- */

/*
 * Read a line from the console into buf, without its newline, with the keys of
 * the list above; earlier lines of this program are its history.  What does not
 * fit is not taken, with a bell.  Returns the length, or enum io_error:
 * IO_CLOSED at ^D in an empty line, at the end of a piped input, and on a
 * machine without a console to type on.
 */
FOR_PROGRAMS long
read_line(char *buf, size_t size)
{
	return read_line_until(buf, size, 0);
}

/* Read a line as read_line does, but return IO_TIMEOUT if deadline_ns comes
 * first; what was typed until then is where the next line begins. */
FOR_PROGRAMS long
read_line_until(char *buf, size_t size, int64_t deadline_ns)
{
	static struct line_history history;
	static const struct line_style style = { .prompt = "",
		.history = &history };

	if (size == 0)
		go_panic("read_line: a buffer of no size");
	buf[0] = '\0';		/* before the console is ours */
	return line_read(&style, buf, size, deadline_ns);
}
