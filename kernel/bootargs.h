/*
 * bootargs.h - the words of /chosen/bootargs, NAME=value or NAME.
 *
 * Each module declares the names it knows with BOOTARG; a word nobody knows,
 * or a value that does not parse, stops the boot with a message that names it
 * and lists what is known.  Blanks part the words; there are no quotes.
 */
#pragma once

#include "lib/compiler.h"

struct bootarg {
	/* A name that ends in * stands for all that begin so; its parse is
	 * given the word from there on: "APP_*" and APP_n=3 give "n=3". */
	const char *name;
	const char *help;		/* "N  the number of Ps at start" */
	/* Take value ("" if there was none), which is never freed.  False: not
	 * a legal value. */
	bool      (*parse)(const char *value);
	/* Is it wanted before the address space is made?  Then parse is called
	 * twice, with a value that goes away the first time. */
	bool        early;
};

#define BOOTARG(id, name_, help_, parse_)                                   \
	static const struct bootarg bootarg_##id SECTION(".bootargs")       \
	    ALIGNED(8) = { .name = (name_), .help = (help_), .parse = (parse_) }
#define EARLY_BOOTARG(id, name_, help_, parse_)                             \
	static const struct bootarg bootarg_##id SECTION(".bootargs")       \
	    ALIGNED(8) = { .name = (name_), .help = (help_),                \
	    .parse = (parse_), .early = true }

/* Parse the early arguments of line, and pass over all other words and over bad
 * values, which bootargs_parse reports when there is a console.  Boot hart,
 * once. */
void bootargs_parse_early(const char *line);

/* Parse line; a word that it cannot take ends the machine (fatal_config).
 * Boot hart, once. */
void bootargs_parse(const char *line);

/* Print every known argument, a line each. */
void bootargs_help(void);
