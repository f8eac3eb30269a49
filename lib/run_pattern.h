/*
 * run_pattern.h - which tests or benchmarks to run, in the notation of the -run
 * and -bench of go test.
 *
 * A pattern is a list of regular expressions (lib/regexp.h), with slashes
 * between them, outside ( ) and [ ].  Slashes divide a name as well.  The first
 * expression must match somewhere in the first part of the name, the second
 * expression in the second part, and so on; if the pattern or the name has more
 * parts, the rest is ignored.  Several such lists, with | between them, match
 * every name that one of them matches.  "" matches every name.  ("go help
 * testflag" describes what go test does.)
 */
#pragma once

#include "lib/regexp.h"

enum { RUN_PATTERN_PARTS = 64 };

struct run_pattern {
	struct regexp re;
	uint32_t      nparts;
	struct {
		int16_t entry;		/* of the expression, in re */
		bool    last;		/* it is the last in its list */
	} part[RUN_PATTERN_PARTS];
};

/* Compile text into p.  Returns NULL, or what is wrong with text, a phrase as
 * from regexp_add. */
const char *run_pattern_set(struct run_pattern *p, const char *text) MUST_USE;

/* Does name match p? */
bool run_pattern_takes(const struct run_pattern *p, const char *name);
