/*
 * bootargs.h - the words of /chosen/bootargs, NAME=value or NAME.
 *
 * Each module declares the names it knows with BOOTARG.  A word that no module
 * knows, or a value that does not parse, stops the boot with a message that
 * names the word; for an unknown word it also lists the known names.  Words are
 * separated by blanks; there are no quotes.
 */
#pragma once

#include "lib/compiler.h"

struct bootarg {
	/* A name that ends in * matches every word that begins like it; parse
	 * is then given the rest of the word.  With the name "APP_*", the word
	 * APP_n=3 calls parse("n=3"). */
	const char *name;
	const char *help;		/* "N  the number of Ps at start" */
	/* Take value, which is "" if the word has none and is never freed.
	 * Returns false if the value is not legal. */
	bool      (*parse)(const char *value);
	/* Is the value needed before the address space is made?  Then parse is
	 * called twice, and the value of the first call does not stay valid. */
	bool        early;
};

#define BOOTARG(id, name_, help_, parse_)                                   \
	static const struct bootarg bootarg_##id SECTION(".bootargs")       \
	    ALIGNED(8) = { .name = (name_), .help = (help_), .parse = (parse_) }
#define EARLY_BOOTARG(id, name_, help_, parse_)                             \
	static const struct bootarg bootarg_##id SECTION(".bootargs")       \
	    ALIGNED(8) = { .name = (name_), .help = (help_),                \
	    .parse = (parse_), .early = true }

/* Parse the early arguments of line.  Passes over all other words and over bad
 * values, which bootargs_parse reports once there is a console.  Boot hart,
 * once. */
void bootargs_parse_early(const char *line);

/* Parse line, calling the parse functions in the order of the words.  Ends the
 * machine (fatal_config) at a word that it cannot take.  Boot hart, once. */
void bootargs_parse(const char *line);

/* Print every known argument, one on a line. */
void bootargs_help(void);
