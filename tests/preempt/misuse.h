/*
 * misuse.h - every public function called as it must not be.  The calls are in
 * text of programs, because what a program inlines faults there.
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

/* Make what some of the misuses use.  A goroutine calls this before any
 * misuse. */
void misuse_init(void);
