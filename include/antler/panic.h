/*
 * panic.h - deferred calls, panics, and recovering from them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * defer(fn, arg); makes fn(arg) run at the end of the enclosing block: when
 * control leaves it in any way C knows, when a panic unwinds past it, and on
 * goexit().  The newest runs first.  It is a declaration and a statement, so
 * it stands in a block, not behind an if.
 *
 *	static void unlock(void *mu) { mutex_unlock(mu); }
 *
 *	mutex_lock(&mu);
 *	defer(unlock, &mu);
 *	...			// return, goto, go_panic: unlocked
 *
 * As in Go a deferred call may end the panic that runs it, with recover().
 * Then the function that deferred it returns to its caller at once, after its
 * other deferred calls.  What it returns is not specified: let results go
 * through pointers, as here, or use try_call, which is made of the two.
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
 * A function that defers is never inlined.  After a panic by a fault (a bad
 * pointer, say) the compiler may not yet have done stores that stand before
 * the access that failed; those before the defer are done.
 *
 * antler_defer(fn, arg) is the same under a name that nobody else takes.  Use
 * it in a program that wants the defer statement of C's Technical Specification
 * 25755 as well (clang -fdefer-ts, and perhaps a later C): include <stddefer.h>
 * before antler.h, which then leaves the word defer alone; where defer is a
 * keyword, write #undef defer after antler.h.  That statement runs when control
 * leaves its block as C knows it: neither a panic nor goexit() runs it.
 */
#include "defer.h"
#define antler_defer(fn_, arg_) ANTLER_DEFER_(__COUNTER__, fn_, arg_)
#ifndef defer
#define defer(fn_, arg_) antler_defer(fn_, arg_)
#endif

/* What a panic is about. */
enum { PANIC_TEXT = 200 };
struct panic_info {
	void       *value;	/* what go_panic_value was given, or NULL */
	uintptr_t   pc;		/* the caller of go_panic, or what faulted */
	const char *cause;	/* the trap that was the reason, or NULL */
	uintptr_t   addr;	/* that it touched */
	const char *file;	/* of a failed check in a program, or NULL */
	uint32_t    line;
	char        text[PANIC_TEXT];	/* "panic: " and this is printed */
};

/*
 * Begin a panic of this goroutine: its deferred calls run, newest first, until
 * one recovers; if none does, "panic: text" and a traceback end the machine
 * with status 2.  A panic in a deferred call takes the place of the one that
 * runs it.
 *
 * What a program does wrong panics too, with Go's words: "runtime error:
 * invalid memory address or nil pointer dereference" for any bad pointer, also
 * one given to a function here (antler.h says what else may be wrong with
 * arguments); "misaligned memory address"; illegal instructions; division by
 * zero and, where the compiler knows its length, an index beyond an array (APP=
 * programs are compiled with checks for the two).  A stack that is full is a
 * fatal error, as are misuse of a mutex, a deadlock and a lack of memory: these
 * nobody recovers from.
 */
void go_panic(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn, cold));

/* The same with a value for whoever recovers. */
void go_panic_value(void *value, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn, cold));

/*
 * In a deferred call that a panic runs, or a function it calls: end that panic
 * as soon as the deferred call returns, and tell what it was about.  NULL
 * everywhere else: without a panic, on goexit, the second time, and in calls
 * that were deferred by functions which the first deferred call calls.  (Go
 * wants it called by the deferred function itself.)  What is returned lives as
 * long as the deferred call: copy it to keep it.
 */
const struct panic_info *recover(void);

/*
 * Call fn(arg).  False if it panicked, with the reason in *why unless why is
 * NULL.  goexit() in fn ends the goroutine as ever.
 */
bool try_call(void (*fn)(void *arg), void *arg, struct panic_info *why);
