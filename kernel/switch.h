/*
 * switch.h - leaving a strand and coming back to it (switch.S).
 */
#pragma once

#include "kernel/hart.h"

/* Continue with strand, whose hart is set, and leave the caller's stack for
 * good.  Never returns, but is not declared so, so that its caller can end in a
 * jump.  Any stack. */
void switch_to(struct strand *strand);

/* Save this strand and run fn(this strand) on the hart's g0; fn never returns.
 * This call returns, perhaps on another hart, when a hart calls
 * switch_to(this strand).  Called on a goroutine's stack. */
void switch_to_g0(void (*fn)(struct strand *strand));

/* Do what switch_to_g0 does without saving s1-s11, for callers that keep
 * nothing there. */
void switch_to_g0_light(void (*fn)(struct strand *strand));

/*
 * Save this strand and continue with next, whose hart is set.  In between, once
 * this stack is no longer used, release lock, which points to the state of a
 * spin lock.  Returns when a hart calls switch_to(this strand): this strand, or
 * 0 if CTX_RETURN_0 was set in its ctx meanwhile.  Does not save s1-s11: only
 * for functions that afterwards do nothing but return, panic, or pass the
 * result to another function, and that are called like ANTLER_CALL_LIGHT_ (in
 * include/antler.h).
 */
uintptr_t switch_pass(struct strand *next, void *lock);

/* Do what switch_pass does, but instead of releasing a lock store value in
 * *word, with release order. */
void switch_put(struct strand *next, void *word, uint64_t value);

/* Do what switch_to_g0 does for a strand that has ended: saves nothing. */
NORETURN void switch_to_g0_for_good(void (*fn)(struct strand *strand));

/* Call fn(arg) on the hart's g0; this strand's ctx is saved meanwhile.  fn must
 * not switch.  Called on a goroutine's stack. */
void call_on_g0(void (*fn)(void *arg), void *arg);

/* The first pc of a new strand, whose ctx strand_prepare has set.  A variable,
 * because its value is loaded by one instruction, and the address of a function
 * takes two.  If the image has thread-local variables, tls_init stores
 * strand_start_tls there, which first gives the strand its own; no other code
 * stores to it. */
extern void (*strand_start_pc)(void);
void strand_start_tls(void);

/* The address to which a strand's fn returns: the pc of a strand's outermost
 * frame. */
extern const char strand_started[];

/* Make strand begin with fn(arg) on its stack.  When fn returns, the strand is
 * left for good and then(strand) runs on g0.  Nothing of what the strand ran
 * before is kept. */
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
