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
 *	tab			complete a command
 *	^L ^C			clear the screen; give up the line
 *	^D in an empty line	end of input
 */
#include "tests/lab/line.h"

#include "kernel/console.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/input.h"

#define CTRL(letter) ((letter) & 0x1f)

enum { HISTORY = 32 };		/* lines remembered; a power of two */

enum key {
	KEY_END_OF_INPUT = -1,
	KEY_ESCAPE = 27,
	KEY_BACKSPACE = 127,
	/* Characters and control characters stand for themselves. */
	KEY_UP = 256, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END,
	KEY_DELETE, KEY_UNKNOWN,
};

struct line {
	const char *prompt;
	char       *text;		/* LINE_MAX bytes */
	size_t      len;
	size_t      cursor;		/* 0 .. len */
	uint32_t    shown;		/* the line of the past it began as */
	char        draft[LINE_MAX];	/* what was typed before going there */
};

static char     past[HISTORY][LINE_MAX];
static uint32_t npast;			/* lines ever remembered */

/* ---- Keys --------------------------------------------------------------- */

/* After ESC [: "A", "3~", "1;5C"... */
static enum key
read_sequence(void)
{
	int number = 0, byte = input_byte();

	for (; byte == ';' || (byte >= '0' && byte <= '9');
	     byte = input_byte())
		number = byte == ';' ? 0 : (number * 10 + byte - '0') % 1000;
	switch (byte) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '~':
		return number == 1 || number == 7 ? KEY_HOME :
		    number == 4 || number == 8 ? KEY_END :
		    number == 3 ? KEY_DELETE : KEY_UNKNOWN;
	}
	return byte < 0 ? KEY_END_OF_INPUT : KEY_UNKNOWN;
}

static int
read_key(void)
{
	static bool after_cr;
	int         byte = input_byte();

	/* CR LF is one end of line. */
	if (after_cr && byte == '\n')
		byte = input_byte();
	after_cr = byte == '\r';
	switch (byte) {
	case KEY_ESCAPE:
		byte = input_byte();
		return byte == '[' || byte == 'O' ? (int)read_sequence() :
		    KEY_UNKNOWN;
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

/* Draw the line over itself and put the cursor where it belongs. */
static void
draw(const struct line *l)
{
	console_hold();
	kprintf("\r%s%.*s\033[K", l->prompt, (int)l->len, l->text);
	if (l->cursor < l->len)
		kprintf("\033[%zuD", l->len - l->cursor);
	console_release();
}

static void
insert(struct line *l, char c)
{
	if (l->len + 1 >= LINE_MAX) {
		console_write("\a", 1);
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

static void
replace(struct line *l, const char *text)
{
	l->len = strlen(text);
	memcpy(l->text, text, l->len);
	l->cursor = l->len;
}

/* ---- Lines of the past -------------------------------------------------- */

static void
remember(const char *text)
{
	if (text[0] == '\0' || (npast > 0 &&
	    strcmp(past[(npast - 1) % HISTORY], text) == 0))
		return;
	memcpy(past[npast++ % HISTORY], text, strlen(text) + 1);
}

/* Show line number which of the past; npast is the one being typed. */
static void
recall(struct line *l, uint32_t which)
{
	if (which > npast || npast - which > HISTORY)
		return;
	if (l->shown == npast) {
		memcpy(l->draft, l->text, l->len);
		l->draft[l->len] = '\0';
	}
	l->shown = which;
	replace(l, which == npast ? l->draft : past[which % HISTORY]);
}

/* ---- Completion --------------------------------------------------------- */

static bool
in_first_word(const struct line *l)
{
	for (size_t i = 0; i < l->cursor; i++)
		if (l->text[i] == ' ')
			return false;
	return true;
}

static void
show_matches(const struct line *l,
    const char *(*match)(const char *head, size_t len, size_t i))
{
	const char *word;

	kprintf("\n");
	for (size_t i = 0; (word = match(l->text, l->cursor, i)) != NULL; i++)
		kprintf("%s  ", word);
	kprintf("\n");
}

/* Add what all words that fit have in common; if that is nothing, show them. */
static void
complete(struct line *l,
    const char *(*match)(const char *head, size_t len, size_t i))
{
	const char *first = match(l->text, l->cursor, 0), *word;
	size_t      common;

	if (first == NULL || !in_first_word(l))
		return;
	common = strlen(first);
	for (size_t i = 1; (word = match(l->text, l->cursor, i)) != NULL; i++) {
		size_t same = 0;

		while (same < common && word[same] == first[same])
			same++;
		common = same;
	}
	if (common == l->cursor && match(l->text, l->cursor, 1) != NULL)
		show_matches(l, match);
	for (size_t i = l->cursor; i < common; i++)
		insert(l, first[i]);
	if (match(l->text, l->cursor, 1) == NULL && l->cursor == l->len)
		insert(l, ' ');
}

/* ---- Editing ------------------------------------------------------------ */

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
		kprintf("\033[H\033[2J");
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
	    l->len + 1 >= LINE_MAX)
		return false;
	insert(l, c);
	console_write(&c, 1);
	return true;
}

bool
line_read(const char *prompt, char *buf,
    const char *(*match)(const char *head, size_t len, size_t i))
{
	struct line l = { .prompt = prompt, .text = buf, .shown = npast };

	draw(&l);
	for (;;) {
		int key = read_key();

		if (key == KEY_END_OF_INPUT || (key == CTRL('D') && l.len == 0))
			return false;
		if (key == CTRL('C'))
			l.len = 0;
		if (key == '\n' || key == CTRL('C'))
			break;
		if (type_at_end(&l, key))
			continue;
		if (key == '\t')
			complete(&l, match);
		else
			press(&l, key);
		draw(&l);
	}
	kprintf("\n");
	buf[l.len] = '\0';
	remember(buf);
	return true;
}
