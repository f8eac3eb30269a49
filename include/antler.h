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
 * Unless a function says otherwise it may be called by any goroutine.
 *
 * What happens to a call that cannot be is the same for all functions:
 *
 *  - A wrong argument is a panic of the goroutine that calls (panic.h), which
 *    it may recover from: memory that is not there, is constant or misaligned
 *    where words are changed atomically, NULL where nothing is said of it; an
 *    object of another kind, or one that was overwritten; a length that no
 *    machine has room for; and what cannot be done in the state that an object
 *    is in ("close of closed channel").  Nothing of the runtime has changed.
 *  - What Go lets nobody recover from is fatal: the program ends with "fatal
 *    error: ...", a traceback and status 2.  That is to unlock what is not
 *    locked, to have no memory left, a stack that is full, a deadlock, and a
 *    fault in what blocking_call runs.
 *  - What may well happen is returned: NULL by the gc_try_ functions, false by
 *    the others with try in their names, enum io_error (console.h).
 *
 * No argument makes others wait or ends the machine in another way.  But C has
 * pointers to anything: docs/CAVEATS.md says what cannot be told from a good
 * argument.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "antler/atomic.h"
#include "antler/chan.h"
#include "antler/console.h"
#include "antler/context.h"
#include "antler/goroutine.h"
#include "antler/heap.h"
#include "antler/machine.h"
#include "antler/memstats.h"
#include "antler/panic.h"
#include "antler/slice.h"
#include "antler/sync.h"
#include "antler/timer.h"
#include "antler/type.h"
