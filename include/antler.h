/*
 * antler.h - the whole public API of Antler: what a program includes.
 *
 * Antler runs goroutines on bare RISC-V harts: a program is a C file with a
 * main() and this header.
 *
 *	#include "antler.h"
 *
 *	static void hello(void *who) { print("hello from %s\n", (char *)who); }
 *
 *	int main(void)
 *	{
 *		go(hello, "a goroutine");
 *		yield();
 *		return 0;	// the machine's exit status
 *	}
 *
 * Unless its comment says otherwise, a function may be called by any goroutine.
 *
 * A function whose call cannot succeed does one of three things, and which one
 * follows the same rules everywhere:
 *
 *  - It panics (panic.h) if an argument is wrong: memory that is not there, is
 *    constant, or is misaligned where words are changed atomically; NULL where
 *    the comment does not allow it; an object of another kind, or one that was
 *    overwritten; a length that no machine has room for; an object in a state
 *    that forbids the operation ("close of closed channel").  The panic is that
 *    of the calling goroutine, which may recover from it, and the call has
 *    changed nothing.
 *  - It ends the program with "fatal error: ...", a traceback and exit status 2
 *    in those cases from which a Go program cannot recover either: unlocking
 *    what is not locked, no memory left, a full stack, a deadlock, and a fault
 *    in the function that blocking_call runs.  Comments call this *fatal*.
 *  - It returns an error if the failure is an ordinary event: functions named
 *    gc_try_... return NULL, others with try in their names return false, and
 *    those of console.h return an enum io_error.
 *
 * No argument makes other goroutines wait, and none ends the machine in another
 * way.  But a C pointer may point anywhere: docs/CAVEATS.md lists the wrong
 * arguments that cannot be told from right ones.
 *
 * C++ programs may include this header, from C++11 on with GNU
 * extensions.  They have all of it but defer: destructors are the tool there,
 * and a panic does not run them.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What C++ wants around names of C. */
#if defined(__cplusplus)
#define ANTLER_C_BEGIN_ extern "C" {
#define ANTLER_C_END_ }
#else
#define ANTLER_C_BEGIN_
#define ANTLER_C_END_
#endif

ANTLER_C_BEGIN_

#include "antler/atomic.h"
#include "antler/chan.h"
#include "antler/console.h"
#include "antler/context.h"
#include "antler/explore.h"
#include "antler/goroutine.h"
#include "antler/heap.h"
#include "antler/machine.h"
#include "antler/memstats.h"
#include "antler/panic.h"
#include "antler/slice.h"
#include "antler/sync.h"
#include "antler/timer.h"
#include "antler/type.h"

ANTLER_C_END_
