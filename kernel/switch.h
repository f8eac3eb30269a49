/*
 * switch.h - leaving a strand and coming back to it (switch.S).
 */
#pragma once

#include "kernel/hart.h"

/* Go on with strand, whose hart is set; the stack of the caller is left for
 * good.  Never returns, but is not declared so, that its caller can end in a
 * jump.  On any stack. */
void switch_to(struct strand *strand);

/* Save this strand and run fn(this strand) on the hart's g0; fn never returns.
 * This call returns, perhaps on another hart, at switch_to(this strand). */
void switch_to_g0(void (*fn)(struct strand *strand));

/* The same for callers that keep nothing in s1-s11, which are not saved. */
void switch_to_g0_light(void (*fn)(struct strand *strand));

/*
 * Save this strand, go on with next, whose hart is set, and release lock (the
 * state of a spin lock) in between, when this stack is no longer in use.
 * Returns at switch_to(this strand): this strand, or 0 if CTX_RETURN_0 was set
 * in its ctx meanwhile.  Does not save s1-s11 either: for functions that do
 * nothing after it but return, panic, or pass what it returned to another,
 * called in the way of ANTLER_CALL_LIGHT_ (in include/antler.h).
 */
uintptr_t switch_pass(struct strand *next, void *lock);

/* The same, but what happens in between is a store with release: *word = value.
 */
void switch_put(struct strand *next, void *word, uint64_t value);

/* As switch_to_g0, for a strand that has ended: saves nothing. */
NORETURN void switch_to_g0_for_good(void (*fn)(struct strand *strand));

/* Call fn(arg) on the hart's g0; this strand's ctx is saved meanwhile.  fn must
 * not switch.  Called on a goroutine's stack. */
void call_on_g0(void (*fn)(void *arg), void *arg);

/* The first pc of a new strand, which finds in its ctx what strand_prepare
 * left.  A variable, because its value is loaded by one instruction, and the
 * address of a function takes two.  Nobody stores to it. */
extern void (*strand_start_pc)(void);

/* Where fn returns to there: the pc of a strand's outermost frame. */
extern const char strand_started[];

/* Let strand begin with fn(arg) on its stack, and leave for good to
 * then(strand) on g0 when fn returns.  Nothing of what it ran before is kept.
 */
INLINE void
strand_prepare(struct strand *strand, void (*fn)(void *arg), void *arg,
    void (*then)(struct strand *strand))
{
	strand->ctx.ra = (uintptr_t)strand_start_pc;
	strand->ctx.sp = strand->stack_hi;
	strand->ctx.s[0] = (uintptr_t)then;
	strand->fn = fn;
	strand->arg = arg;
	strand->ctx.full = 0;
	strand->ctx.fp = 0;
}
