/*
 * regexp.h - regular expressions, to choose tests and benchmarks by name.
 *
 * The language is the part of RE2's language (which is also that of Go's
 * package regexp) that names need:
 *
 *	.  [a-z_]  [^...]  \d \D \w \W \s \S		one character
 *	\. and so on					that character itself
 *	xy  x|y  (x)  (?:x)				in turn, either, a group
 *	x*  x+  x?  x{n}  x{n,}  x{n,m}			x repeated; also *? ...
 *	^ $ \A \z \b \B					no character, at a place
 *
 * What is not listed here is refused, never misread: flags, names of groups,
 * classes like [:alpha:] and \pL.  A character is a byte.
 *
 * An expression is compiled to the instructions of a machine that is in many
 * states at once, so that the time of a match is proportional to the length of
 * the text and to that of the expression, whatever they contain (K. Thompson,
 * "Regular expression search algorithm", CACM 11(6), 1968; R. Cox, "Regular
 * Expression Matching: the Virtual Machine Approach", 2009).
 *
 * A program may hold several expressions, one after the other.  It lies where
 * its owner puts it; no function here allocates.
 */
#pragma once

#include "lib/compiler.h"

enum {
	REGEXP_CODE = 512,	/* instructions of one program */
	REGEXP_SETS = 24,	/* sets, as of [a-z], of one program */
};

struct regexp_insn {
	uint8_t op;
	uint8_t arg;	/* a character, or the number of a set */
	int16_t to;	/* distance to the instruction of a JUMP or SPLIT */
};

/* A program.  All zero, it is empty. */
struct regexp {
	uint32_t           ncode, nsets;
	struct regexp_insn code[REGEXP_CODE];
	uint8_t            set[REGEXP_SETS][256 / 8];
};

/*
 * Compile the expression of len characters at text and add it to re.  Returns
 * its entry, for regexp_match, or -1 if the expression is wrong; *why then
 * tells what is wrong, in a phrase like "missing closing )".
 */
int regexp_add(struct regexp *re, const char *text, size_t len,
    const char **why) MUST_USE;

/* Does the expression at entry match some part of the len characters at s? */
bool regexp_match(const struct regexp *re, int entry, const char *s,
    size_t len);
