/*
 * goroutine.h - starting goroutines, and what one may do with itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct g;	/* a goroutine; opaque */

/*
 * Start fn(arg) as a new goroutine; it becomes runnable at once, on this P. arg
 * is kept alive by the new goroutine.  Panics if fn is NULL ("go of nil func
 * value").  Fatal if there is no memory for a stack.
 */
void go(void (*fn)(void *arg), void *arg);

/*
 * The same with a stack of at least bytes, of which only what is used takes
 * memory; go() gives 60 KiB.  Panics if bytes is 0 or more than GO_STACK_MAX.
 * Whoever needs more stack than there is ends the program: "stack overflow".
 */
#define GO_STACK_MAX (16 * 1024 * 1024 - 4096)
void go_stack(void (*fn)(void *arg), void *arg, size_t bytes);

/* The same as go, with a name for tracebacks and ps; name is not copied. */
void go_named(const char *name, void (*fn)(void *arg), void *arg);

/*
 * For the inline functions of these headers only: leave this goroutine's stack
 * and run fn(it) on the scheduler's; goes on when somebody executes it.  It is
 * a call that preserves next to nothing: so the compiler saves what the caller
 * really has in registers, once, and not the switch all twelve of them each
 * time.
 */
#if defined(__riscv)
#define ANTLER_LIGHT_CLOBBERS_                                             \
	"ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4",  \
	"a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",  \
	"s9", "s10", "s11", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5",      \
	"ft6", "ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2",   \
	"fa3", "fa4", "fa5", "fa6", "fa7", "memory"
#endif

/* Let other goroutines run; this one stays runnable. */
void antler_yield(void);
static inline void
yield(void)
{
#if defined(__riscv)
	__asm__ volatile("call antler_yield"
	    : : : "a0", "a1", ANTLER_LIGHT_CLOBBERS_);
#else
	antler_yield();
#endif
}

/* Sleep for at least ns nanoseconds; ns <= 0 is a yield.  A sleep beyond the
 * end of the clock, which is 292 years away, never ends. */
void sleep_ns(int64_t ns);

/* End this goroutine, after its deferred calls.  From main: wait for the
 * others, as runtime.Goexit does. */
void goexit(void) __attribute__((noreturn));

/* The running goroutine, and its number (main is 1). */
struct g *self(void);
uint64_t  goid(void);

/* Goroutines that exist, system ones not counted. */
uint64_t num_goroutine(void);

/*
 * Stop running until somebody calls ready() on this goroutine.  Each ready()
 * ends one park(), also one that has not begun: a wake-up is never lost, but
 * two before a park() are one.  why is shown by ps and tracebacks.
 */
void park(const char *why);

/* End gp's park(), now or to come.  Any goroutine.  Panics if gp is none; if it
 * has ended, and its record is that of another by now, that one is meant. */
void ready(struct g *gp);

/*
 * Run fn(arg), which keeps this hart busy or asleep for long: polls a slow
 * device, say.  Others go on meanwhile: the right to run goroutines (the P) may
 * move to another hart.  fn runs on the hart's own stack, 16 KiB, and must not
 * call anything of antler.h but now_ns, format and print.  There is no
 * goroutine there that could panic: a fault in fn is fatal.
 */
void blocking_call(void (*fn)(void *arg), void *arg);

/*
 * How many goroutines are leaked: wait at channels, locks and the like that
 * nobody can reach who will ever run again, as Go's goroutine leak profile
 * finds them.  With tell each is told on the console, with its stack.  None
 * that could still be woken is counted.  Stops the world for as long as marking
 * the whole heap takes; -1 if there is no memory to find out.
 */
long leaked_goroutines(bool tell);
