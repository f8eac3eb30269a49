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
 * Unless a function says otherwise it may be called by any goroutine, and
 * misuse is a fatal error that names the caller.
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
