/*
 * shell.h - commands that register themselves.
 *
 *	SHELL_CMD(echo, "[WORD...]", "say the words again") { ... argv ... }
 *
 * A command runs on the shell's goroutine.  argv[0] is its own name; the words
 * may be kept until it returns.
 */
#pragma once

#include "lib/compiler.h"

struct shellcmd {
	const char *name;
	const char *args;
	const char *help;
	/* False: the words make no sense; the shell shows name and args. */
	bool      (*run)(int argc, char **argv);
	/* For completion: the i-th name that the command knows, NULL after the
	 * last.  NULL if it knows none; small words in args are known anyway.
	 */
	const char *(*word)(size_t i);
};

#define SHELL_CMD(name_, args_, help_) \
	SHELL_CMD_OF(name_, args_, help_, NULL)

/* The same for a command that takes one of the names that word_ gives. */
#define SHELL_CMD_OF(name_, args_, help_, word_)                            \
	static bool shellcmd_##name_(int argc, char **argv);                \
	static const struct shellcmd shellcmd_reg_##name_                   \
	    SECTION(".shellcmds") ALIGNED(8) = { .name = #name_,            \
		.args = (args_), .help = (help_), .run = shellcmd_##name_,  \
		.word = (word_) };                                          \
	static bool shellcmd_##name_(int argc __attribute__((unused)),      \
	    char **argv __attribute__((unused)))

struct m;

/* What m holds and runs, "P3" and "G17", or none for what it has not. */
enum { HART_NAME = 16 };
void shell_name_hart(const struct m *m, const char *none, char p[HART_NAME],
    char g[HART_NAME]);
