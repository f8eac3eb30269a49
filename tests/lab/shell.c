/*
 * shell.c - reading commands and running them.
 */
#include "tests/lab/shell.h"

#include "kernel/console.h"
#include "lib/str.h"
#include "tests/lab/lab.h"
#include "tests/lab/line.h"

enum { WORDS = 8 };

extern const struct shellcmd __shellcmds_start[], __shellcmds_end[];

/* Cut line at its blanks; at most WORDS words, argv ends in NULL. */
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

/* For completion: see line.h. */
static const char *
match_command(const char *head, size_t len, size_t i)
{
	for (const struct shellcmd *c = __shellcmds_start;
	     c < __shellcmds_end; c++)
		if (strncmp(c->name, head, len) == 0 && i-- == 0)
			return c->name;
	return NULL;
}

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
	char line[LINE_MAX];

	kprintf("\nhelp lists the commands; off, or ^D, powers off\n");
	while (line_read("antler> ", line, match_command))
		run_line(line);
	kprintf("\n");
}

/* The command that comes after name in the alphabet, or NULL. */
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
	return true;
}
