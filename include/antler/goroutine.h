/*
 * goroutine.h - start goroutines; yield, sleep, park, and end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct g;	/* a goroutine; opaque */

/*
 * A variable that is _Thread_local (__thread) belongs to the goroutine: each
 * goroutine has its own, which begins with the initial value.  A pointer in
 * such a variable does not keep alive the object that it points to.
 */

/*
 * Start a goroutine that runs fn(arg).  It is runnable at once, on the P of the
 * caller, and its stack has 60 KiB.  The new goroutine keeps the object that
 * arg points to alive.  Panics if fn is NULL ("go of nil func value").  Fatal
 * if there is no memory for a stack.
 */
void go(void (*fn)(void *arg), void *arg);

/*
 * Start a goroutine as go does, with a stack of at least bytes.  Only the part
 * of a stack that is used takes memory.  Panics if bytes is 0 or more than
 * GO_STACK_MAX.  A goroutine that needs more stack than it has ends the program
 * with the fatal error "stack overflow".
 */
#define GO_STACK_MAX (16 * 1024 * 1024 - 4096)
void go_stack(void (*fn)(void *arg), void *arg, size_t bytes);

/* Start a goroutine as go does, with a name that tracebacks and ps show.  name
 * is not copied: it must stay as it is for as long as the goroutine exists. */
void go_named(const char *name, void (*fn)(void *arg), void *arg);

/*
 * For the inline functions of these headers only: the registers that a call
 * clobbers when it may switch to another goroutine.  That is nearly all of
 * them.  So the compiler saves those registers that the caller really uses, and
 * the switch need not save all twelve callee-saved ones each time.
 */
#if defined(__riscv)
#define ANTLER_LIGHT_CLOBBERS_                                             \
	"ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4",  \
	"a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",  \
	"s9", "s10", "s11", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5",      \
	"ft6", "ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2",   \
	"fa3", "fa4", "fa5", "fa6", "fa7", "memory"
#endif

/* Let other goroutines run.  The caller stays runnable. */
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

/* Sleep for at least ns nanoseconds; yield if ns <= 0.  A sleep that would end
 * after the end of the clock, which is 292 years away, never ends. */
void sleep_ns(int64_t ns);

/* Run the deferred calls of this goroutine, then end it.  When main calls it,
 * the program goes on until all other goroutines have ended, as with
 * runtime.Goexit.
 */
void goexit(void) __attribute__((noreturn));

/* Return the goroutine that calls. */
struct g *self(void);

/* Return the number of the goroutine that calls.  That of main is 1; no number
 * is used twice. */
uint64_t goid(void);

/* Return how many goroutines exist, those of the runtime not counted. */
uint64_t num_goroutine(void);

/*
 * Stop running until another goroutine calls ready() for this one.  A ready()
 * that comes before the park() ends that park() at once, so no wake-up is lost;
 * but two that come before one park() count as one.  ps and tracebacks show
 * why, a string that is not copied.
 */
void park(const char *why);

/* End the park() of gp, or the next one if gp is not parked.  Panics if gp is
 * no goroutine.  The record of a goroutine that has ended is used for a new
 * one: a ready() that comes so late is meant for the new goroutine. */
void ready(struct g *gp);

/*
 * Run fn(arg), which keeps this hart busy or asleep for long; for example it
 * polls a slow device.  Other goroutines go on meanwhile, because the right to
 * run them (the P) may move to another hart.  fn runs on the stack of the hart,
 * which has 16 KiB, and must not call any function of antler.h but now_ns,
 * format and print.  A fault in fn is fatal, since no goroutine runs there that
 * could panic.
 */
void blocking_call(void (*fn)(void *arg), void *arg);

/*
 * Return how many goroutines are leaked: they wait at channels, locks and the
 * like that no goroutine can reach which will ever run again, as Go's goroutine
 * leak profile finds them.  Print each of them with its stack if tell is true.
 * A goroutine that could still be woken is not counted (docs/CAVEATS.md has an
 * exception).  Stops the world for as long as it takes to mark the whole heap.
 * Returns -1 if there is no memory for the search.
 */
long leaked_goroutines(bool tell);
