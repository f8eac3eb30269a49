/*
 * line.c - a line editor.
 *
 * What is typed becomes a key: a character, a control character, or the meaning
 * of an escape sequence (ECMA-48, 5.4; those that xterm sends).  Each key
 * changes the text and the cursor.  Then the whole line is drawn again, which
 * costs a hundred bytes and is never wrong.  Only a character at the end of the
 * line, by far the most common key, is just sent to the screen.
 *
 *	left right ^B ^F	move the cursor
 *	home end ^A ^E		move the cursor to an end of the line
 *	backspace del ^D	delete a character
 *	^W ^U ^K		delete a word, to the start, to the end
 *	up down ^P ^N		show an earlier or a later line
 *	tab			complete a word
 *	^L ^C			clear the screen; give up the line
 *	^D in an empty line	end of input
 *
 * Drawing starts from where the cursor is known to be, not from the left edge,
 * because before the line there may be a prompt that only the program knows.
 *
 * When the input is a pipe or a file, nobody types and nobody needs an echo.  A
 * line is then everything before the next newline, and no byte is a key.
 *
 * The text, its history and the text that a deadline has cut off belong to the
 * goroutine that is between tty_begin_read and tty_end_read (tty.h).
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
	/* Characters and control characters stand for themselves; a negative
	 * value is an enum io_error. */
	KEY_UP = 256, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END,
	KEY_DELETE, KEY_UNKNOWN,
};

struct line {
	const struct line_style *style;
	char      *text;
	size_t     size;		/* of text; the last byte is for a 0 */
	size_t     len;
	size_t     cursor;		/* 0 .. len */
	size_t     column;	/* of the screen's cursor, from the text on */
	uint32_t   shown;		/* number of the earlier line shown */
	char       draft[LINE_MAX];	/* what was typed before a recall */
};

/* The beginning of a line that a deadline has cut short. */
static struct {
	size_t len;
	char   text[LINE_UNFINISHED];
} unfinished;

/* Keep the first len bytes of text, or as many as there is room for.  The next
 * line begins with them. */
static void
leave_unfinished(const char *text, size_t len)
{
	unfinished.len = MIN(len, sizeof(unfinished.text));
	memcpy(unfinished.text, text, unfinished.len);
}

/* Begin a line in text, of size bytes, with the kept bytes.  Returns the length
 * of the line, which is less than size. */
static size_t
take_unfinished(char *text, size_t size)
{
	size_t len = MIN(unfinished.len, size - 1);

	memcpy(text, unfinished.text, len);
	unfinished.len = 0;
	return len;
}

/* ---- Keys --------------------------------------------------------------- */

/* Returns the key for the sequence CSI number ~. */
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

/* Read an escape sequence after its ESC [ or ESC O: "A", "3~", "1;5C".  Returns
 * the key. */
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

/* Draw the line over itself, and put the screen's cursor at the line's
 * cursor. */
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

/* Draw the prompt and the line on an empty line of the screen. */
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

/* Remove the text in [from, to); the cursor ends at from. */
static void
cut(struct line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->len - to);
	l->len -= to - from;
	l->cursor = from;
}

/* Returns where the word before the cursor begins. */
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

/* Replace the line by text, or by as much of text as fits. */
static void
replace(struct line *l, const char *text)
{
	l->len = MIN(strlen(text), l->size - 1);
	memcpy(l->text, text, l->len);
	l->cursor = l->len;
}

/* Copy the line to buf, LINE_MAX bytes.  Returns false if the line is too
 * long. */
static bool
keep(const struct line *l, char *buf)
{
	if (l->len >= LINE_MAX)
		return false;
	memcpy(buf, l->text, l->len);
	buf[l->len] = '\0';
	return true;
}

/* ---- Earlier lines ------------------------------------------------------ */

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

/* Show earlier line number which.  The number after the last earlier line
 * stands for the line that was being typed. */
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

/* Returns the i-th word that completes the word at start, or NULL. */
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

/* Returns how many first characters the matching words have in common. */
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

/* Insert what all matching words have in common, and a blank if only one word
 * matches.  If they have nothing more in common than is typed, show them. */
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
	/* Copy the first word, because match may return all words in one
	 * buffer. */
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

/* If key is a plain character and the cursor is at the end of the line, insert
 * and show it.  Returns whether that was done. */
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

/* Begin a line with the text that a deadline has cut off. */
static void
begin(struct line *l)
{
	l->len = l->cursor = take_unfinished(l->text, l->size);
	if (l->style->prompt[0] != '\0' || l->len > 0)
		draw_anew(l);
}

/* End a line at its deadline: take the line off the screen, and keep it. */
static void
cut_short(struct line *l)
{
	leave_unfinished(l->text, l->len);
	l->len = l->cursor = 0;
	if (l->column > 0)
		draw(l);
}

/* Edit l until the line is complete.  Returns its length, or an enum
 * io_error. */
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

/* ---- Lines of a pipe ---------------------------------------------------- */

/* Returns the length of the line without the CR of a CR LF.  byte ended the
 * line: a newline, or an enum io_error.  total is the length with the bytes
 * that were dropped. */
static size_t
without_cr(const char *buf, size_t len, size_t total, int byte)
{
	return len - (byte == '\n' && len == total && len > 0 &&
	    buf[len - 1] == '\r');
}

/*
 * Read from a pipe up to the next newline, or up to the end if bytes come
 * before the end.  Bytes that do not fit into buf are dropped.  Returns the
 * length of the line, or an enum io_error.
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

FOR_PROGRAMS long
read_line(char *buf, size_t size)
{
	return read_line_until(buf, size, 0);
}

FOR_PROGRAMS long
read_line_until(char *buf, size_t size, int64_t deadline_ns)
{
	static struct line_history history;
	static const struct line_style style = { .prompt = "",
		.history = &history };

	if (size == 0)
		go_panic("read_line: a buffer of no size");
	buf[0] = '\0';		/* fault before this goroutine reads */
	return line_read(&style, buf, size, deadline_ns);
}
