/*
 * bootargs.h - the words of /chosen/bootargs, NAME=value or NAME.
 *
 * Each module declares the names it knows with BOOTARG; a word nobody knows,
 * or a value that does not parse, stops the boot with a message that names it
 * and lists what is known.
 */
#pragma once

#include "lib/compiler.h"

struct bootarg {
	const char *name;
	const char *help;		/* "N  the number of Ps at start" */
	/* Take value ("" if there was none).  False: not a legal value. */
	bool      (*parse)(const char *value);
};

#define BOOTARG(id, name_, help_, parse_)                                   \
	static const struct bootarg bootarg_##id SECTION(".bootargs")       \
	    ALIGNED(8) = { .name = (name_), .help = (help_), .parse = (parse_) }

/* Parse line; panics ("bootargs: ...") on a word it cannot take. */
void bootargs_parse(const char *line);

/* Print every known argument, a line each. */
void bootargs_help(void);
