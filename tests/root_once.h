/*
 * root_once.h - roots of what is run more than once: tests and benchmarks are,
 * by name, and to register a root twice is a mistake (gc_root).
 */
#pragma once

#include <stdbool.h>

#include "include/antler.h"

/* gc_root(var) when this line is run for the first time.  One goroutine at a
 * time. */
#define ROOT_ONCE(var)                                                       \
	do {                                                                 \
		static bool rooted_;                                         \
		if (!rooted_)                                                \
			gc_root(var);                                        \
		rooted_ = true;                                              \
	} while (0)
