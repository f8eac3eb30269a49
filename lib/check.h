/*
 * check.h - statements that must be true.
 *
 *	CHECK		always on: a broken one is a fatal error
 *	ASSERT		debug builds: cheap enough for every call
 *	ASSERT_SLOW	debug builds: walks a structure
 *
 * lib/ cannot panic by itself: check_failed and panic are the kernel's
 * (kernel/panic.c), or the host test runner's.
 */
#pragma once

#include "lib/compiler.h"

/* Report a broken CHECK and stop the machine.  Any hart, any context. */
NORETURN COLD void check_failed(const char *expr, const char *file, int line);

/*
 * A fatal error of the runtime: "module: what happened", printf style.  Stops
 * every hart, prints where each one was, and ends the machine with a failure
 * status.  Any hart, any context, traps and held locks included; never
 * allocates, never takes a lock, never returns.
 */
NORETURN COLD void panic(const char *fmt, ...) PRINTF(1, 2);

#define CHECK(e) \
	(LIKELY(e) ? (void)0 : check_failed(#e, __FILE__, __LINE__))

#if DEBUG
#define ASSERT(e)      CHECK(e)
#define ASSERT_SLOW(e) CHECK(e)
#else
/* Not evaluated, but still compiled: an ASSERT cannot rot. */
#define ASSERT(e)      ((void)sizeof(!(e)))
#define ASSERT_SLOW(e) ((void)sizeof(!(e)))
#endif
