/*
 * panic.h - deferred calls, panics, and recovering from them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * defer(fn, arg); makes fn(arg) run at the end of the enclosing block: when
 * control leaves the block in any way that C knows, when a panic unwinds past
 * it, and on goexit().  Calls that were deferred later run earlier.  It is a
 * declaration and a statement, so it must stand in a block, not behind an if.
 *
 *	static void unlock(void *mu) { mutex_unlock(mu); }
 *
 *	mutex_lock(&mu);
 *	defer(unlock, &mu);
 *	...			// return, goto, go_panic: unlocked
 *
 * As in Go, a deferred call may end the panic that runs it, by recover().  Then
 * the function that deferred the call returns to its caller, after its other
 * deferred calls.  Its result is not specified: let results go through
 * pointers, as below, or use try_call.
 *
 *	static void give_up(void *ok) { *(bool *)ok = recover() == NULL; }
 *
 *	static void parse(const char *text, bool *ok)
 *	{
 *		*ok = true;
 *		defer(give_up, ok);
 *		parse_value(text);	// may panic anywhere below
 *	}
 *
 * A function that defers is never inlined.  If it panics by a fault, for
 * example at a bad pointer, the compiler may have moved stores that stand
 * before the failed access behind it; but the stores that stand before the
 * defer are done.
 *
 * antler_defer(fn, arg) does the same, under a name that cannot clash.  It is
 * for programs that also use the defer statement of C's Technical Specification
 * 25755 (clang -fdefer-ts, and perhaps a later C): include <stddefer.h> before
 * antler.h, which then leaves the word defer alone; where defer is a keyword,
 * write #undef defer after antler.h.  That statement runs when control leaves
 * its block in a way that C knows: neither a panic nor goexit() runs it.
 */
#if !defined(__cplusplus)
#include "defer.h"
#define antler_defer(fn_, arg_) ANTLER_DEFER_(__COUNTER__, fn_, arg_)
#ifndef defer
#define defer(fn_, arg_) antler_defer(fn_, arg_)
#endif
#endif

/* Why a goroutine panicked. */
enum { PANIC_TEXT = 200 };
struct panic_info {
	void       *value;	/* the argument of go_panic_value, or NULL */
	uintptr_t   pc;		/* of the call of go_panic, or of the fault */
	const char *cause;	/* the kind of trap, or NULL without one */
	uintptr_t   addr;	/* the address that the trap was about */
	const char *file;	/* where a check of the compiler failed, or
				 * NULL */
	uint32_t    line;	/* in file */
	char        text[PANIC_TEXT];	/* printed behind "panic: " */
};

/*
 * Begin a panic of this goroutine.  Its deferred calls run, the newest first,
 * until one recovers.  If none does, the program ends: "panic: text" and a
 * traceback are printed, and the exit status is 2.  A panic in a deferred call
 * replaces the panic that runs the call.
 *
 * The mistakes of a program panic too, in Go's words: "runtime error: invalid
 * memory address or nil pointer dereference" for any bad pointer, also one that
 * is passed to a function of antler.h (which says what else may be wrong with
 * an argument); "misaligned memory address"; illegal instructions; division by
 * zero and, where the compiler knows the length, an index beyond the end of an
 * array (programs built with APP= are compiled with checks for these two).
 */
void go_panic(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn, cold));

/* Begin a panic as go_panic does, with a value for the function that recovers.
 */
void go_panic_value(void *value, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn, cold));

/*
 * Called in a deferred call that a panic runs, or in a function that it calls:
 * let the panic end when the deferred call returns.  Returns what the panic is
 * about, in memory that is valid until the deferred call returns.  Returns NULL
 * everywhere else: without a panic, on goexit(), at the second call, and in
 * calls deferred by functions that the deferred call calls.  (In Go only the
 * deferred function itself may call recover.)
 */
const struct panic_info *recover(void);

/*
 * Call fn(arg).  Returns true if fn returned.  Returns false if it panicked,
 * and stores the reason into *why unless why is NULL.  A goexit() in fn ends
 * the goroutine as it does elsewhere.
 */
bool try_call(void (*fn)(void *arg), void *arg, struct panic_info *why);
