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
	/* Returns false if the words make no sense; the shell then shows name
	 * and args. */
	bool      (*run)(int argc, char **argv);
	/* For completion: returns the i-th name that the command knows, or NULL
	 * after the last.  The pointer is NULL if the command knows no names.
	 * Words in small letters in args are known anyway. */
	const char *(*word)(size_t i);
};

#define SHELL_CMD(name_, args_, help_) \
	SHELL_CMD_OF(name_, args_, help_, NULL)

/* Register a command that takes one of the names that word_ returns. */
#define SHELL_CMD_OF(name_, args_, help_, word_)                            \
	static bool shellcmd_##name_(int argc, char **argv);                \
	static const struct shellcmd shellcmd_reg_##name_                   \
	    SECTION(".shellcmds") ALIGNED(8) = { .name = #name_,            \
		.args = (args_), .help = (help_), .run = shellcmd_##name_,  \
		.word = (word_) };                                          \
	static bool shellcmd_##name_(int argc __attribute__((unused)),      \
	    char **argv __attribute__((unused)))

struct m;

/* Write what m holds and runs, as "P3" and "G17", into p and g.  A missing P is
 * "-", a missing G is none. */
enum { HART_NAME = 16 };
void shell_name_hart(const struct m *m, const char *none, char p[HART_NAME],
    char g[HART_NAME]);
