/*
 * run_pattern.h - which tests or benchmarks to run, as go test -run and -bench
 * say it.
 *
 * A pattern is a list of regular expressions (lib/regexp.h), with slashes
 * between them outside of ( ) and [ ].  Slashes divide a name as well.  The
 * first expression must match somewhere in the first part of the name, the
 * second in the second, and so on; if one of the two has more parts, those are
 * not looked at.  Several such lists, with | between them, take what any of
 * them takes.  "" takes everything.  ("go help testflag" tells what go test
 * does.)
 */
#pragma once

#include "lib/regexp.h"

enum { RUN_PATTERN_PARTS = 64 };

struct run_pattern {
	struct regexp re;
	uint32_t      nparts;
	struct {
		int16_t entry;		/* in re */
		bool    last;		/* of its list */
	} part[RUN_PATTERN_PARTS];
};

/* Compile text.  Returns NULL, or what is wrong with it, as regexp_add. */
const char *run_pattern_set(struct run_pattern *p, const char *text) MUST_USE;

/* Does p take name? */
bool run_pattern_takes(const struct run_pattern *p, const char *name);
