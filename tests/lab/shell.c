/*
 * shell.c - reading commands and running them.
 */
#include "tests/lab/shell.h"

#include "kernel/console.h"
#include "lib/str.h"
#include "runtime/io/line.h"
#include "tests/lab/lab.h"

enum { WORDS = 8 };

extern const struct shellcmd __shellcmds_start[], __shellcmds_end[];

/* Cut line at its blanks into at most WORDS words; argv ends in NULL.  Returns
 * the number of words. */
static int
split(char *line, char *argv[WORDS + 1])
{
	int argc = 0;

	for (;;) {
		while (*line == ' ')
			*line++ = '\0';
		if (*line == '\0' || argc == WORDS)
			break;
		argv[argc++] = line;
		while (*line != ' ' && *line != '\0')
			line++;
	}
	argv[argc] = NULL;
	return argc;
}

static const struct shellcmd *
find_command(const char *name)
{
	for (const struct shellcmd *c = __shellcmds_start;
	     c < __shellcmds_end; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* ---- Completion: see line_match in line.h ------------------------------- */

/* Returns the i-th command that begins with head[0 .. len), or NULL. */
static const char *
match_command(const char *head, size_t len, size_t i)
{
	for (const struct shellcmd *c = __shellcmds_start;
	     c < __shellcmds_end; c++)
		if (strncmp(c->name, head, len) == 0 && i-- == 0)
			return c->name;
	return NULL;
}

/* Returns the i-th word of a command's usage that begins with head[0 .. len),
 * or NULL.  Words that are typed as they are stand there in small letters:
 * "[NAME on|off]". */
static const char *
match_usage(const char *args, const char *head, size_t len, size_t i)
{
	static char word[LINE_MAX];
	size_t      n;

	for (; *args != '\0'; args += n > 0 ? n : 1) {
		for (n = 0; args[n] >= 'a' && args[n] <= 'z'; n++)
			;
		if (n > 0 && n >= len && n < sizeof(word) &&
		    strncmp(args, head, len) == 0 && i-- == 0) {
			memcpy(word, args, n);
			word[n] = '\0';
			return word;
		}
	}
	return NULL;
}

/* Returns the i-th of the names that c knows and that begin with head[0 ..
 * len), or NULL. */
static const char *
match_name(const struct shellcmd *c, const char *head, size_t len, size_t i)
{
	const char *name;

	for (size_t k = 0; c->word != NULL && (name = c->word(k)) != NULL; k++)
		if (strncmp(name, head, len) == 0 && i-- == 0)
			return name;
	return NULL;
}

/* Returns the i-th word that may stand at start: first a command, then what
 * that command takes. */
static const char *
match_word(const char *text, size_t start, size_t len, size_t i)
{
	const struct shellcmd *c;
	char        copy[LINE_MAX], *argv[WORDS + 1];
	const char *head = text + start, *word;
	size_t      n = 0;

	memcpy(copy, text, start);
	copy[start] = '\0';
	if (split(copy, argv) == 0)
		return match_command(head, len - start, i);
	c = find_command(argv[0]);
	if (c == NULL)
		return NULL;
	while ((word = match_usage(c->args, head, len - start, n)) != NULL) {
		if (n == i)
			return word;
		n++;
	}
	return match_name(c, head, len - start, i - n);
}

/* ---- Running ------------------------------------------------------------ */

static void
run_line(char *line)
{
	char                  *argv[WORDS + 1];
	int                    argc = split(line, argv);
	const struct shellcmd *c;

	if (argc == 0)
		return;
	c = find_command(argv[0]);
	if (c == NULL)
		kprintf("%s: no such command; help lists them\n", argv[0]);
	else if (!c->run(argc, argv))
		kprintf("usage: %s %s\n", c->name, c->args);
}

void
shell(void)
{
	static struct line_history history;
	static const struct line_style style = { .prompt = "antler> ",
		.history = &history, .match = match_word };
	char line[LINE_MAX];

	kprintf("\nhelp lists the commands; off, or ^D, powers off\n");
	while (line_read(&style, line, sizeof(line), 0) >= 0)
		run_line(line);
	kprintf("\n");
}

/* Returns the command that comes after name in the alphabet, or NULL. */
static const struct shellcmd *
command_after(const char *name)
{
	const struct shellcmd *next = NULL;

	for (const struct shellcmd *c = __shellcmds_start;
	     c < __shellcmds_end; c++)
		if (strcmp(c->name, name) > 0 &&
		    (next == NULL || strcmp(c->name, next->name) < 0))
			next = c;
	return next;
}

SHELL_CMD(help, "", "this list")
{
	for (const struct shellcmd *c = command_after(""); c != NULL;
	     c = command_after(c->name))
		kprintf("  %-6s %-23s %s\n", c->name, c->args, c->help);
	kprintf("  %-6s %-23s %s\n", "^\\", "", "at any time: where every "
	    "goroutine and hart is");
	return true;
}
