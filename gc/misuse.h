/*
 * misuse.h - tell a program that it asked for what cannot be.
 */
#pragma once

#include "gc/host.h"
#include "lib/check.h"

/* Panic: the goroutine, if gc_host can do that, else the machine.  To be called
 * while no lock is held and nothing is half done. */
#define GC_MISUSE(...)                                                      \
	do {                                                                \
		if (gc_host.misuse != NULL)                                 \
			gc_host.misuse(__VA_ARGS__);                        \
		panic(__VA_ARGS__);                                         \
	} while (0)
