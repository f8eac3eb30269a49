/*
 * check.h - statements that must be true.
 *
 *	CHECK		in all builds: for what is a fatal error if false
 *	ASSERT		in debug builds: cheap enough for every call
 *	ASSERT_SLOW	in debug builds: walks a structure
 *
 * lib/ cannot panic by itself: check_failed and panic are functions of the
 * kernel (kernel/panic.c), or of the host test runner.
 */
#pragma once

#include "lib/compiler.h"

/* Report that a CHECK is false, and stop the machine.  Any hart, any
 * context. */
NORETURN COLD void check_failed(const char *expr, const char *file, int line);

/*
 * Report a fatal error of the runtime, "module: what happened", in printf
 * style.  Stops every hart, prints where each one was, and ends the machine
 * with a failure status.  Any hart, any context, including traps and with locks
 * held.  Never allocates, never takes a lock, never returns.
 */
NORETURN COLD void panic(const char *fmt, ...) PRINTF(1, 2);

#define CHECK(e) \
	(LIKELY(e) ? (void)0 : check_failed(#e, __FILE__, __LINE__))

#if DEBUG
#define ASSERT(e)      CHECK(e)
#define ASSERT_SLOW(e) CHECK(e)
#else
/* e is not evaluated, but still compiled, so that an ASSERT cannot rot. */
#define ASSERT(e)      ((void)sizeof(!(e)))
#define ASSERT_SLOW(e) ((void)sizeof(!(e)))
#endif
