/*
 * misuse.h - every public function called as it must not be.  In the text of
 * programs, since what a program inlines faults there.
 */
#pragma once

#include "lib/compiler.h"

struct misuse {
	const char *name;
	void      (*fn)(void *bad);
	const char *text;	/* of the panic; may end in ... */
	bool        wild;	/* takes any bad pointer, not only NULL */
};

extern const struct misuse misuses[];
extern const uint32_t      nmisuses;

/* What some of them use; a goroutine, before any of them is called. */
void misuse_init(void);
