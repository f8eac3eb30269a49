/*
 * order.h - what happens before what, told to the explorer.
 *
 * Two accesses to one word race if nothing orders them.  What does is only
 * known where it is done: a mutex that is unlocked and then locked, an element
 * that comes through a channel, a goroutine that is started.  Each such place
 * calls one of the functions here.  In an explore image they lead to
 * explore/races.c; in every other image they are nothing.
 *
 * The hooks may be called with locks held, in traps and on any stack.  They use
 * no atomic access and no lock.
 */
#pragma once

#include "lib/compiler.h"

struct strand;

/* Filled by the explorer; a hook that is NULL is not called. */
struct order_hooks {
	/* The running goroutine sees what happened before the releases at. */
	void (*acquire)(const void *at);
	/* What the running goroutine did is seen by those that acquire at. */
	void (*release)(const void *at);
	/* The same for the goroutine of strand, which does not run. */
	void (*acquire_for)(struct strand *strand, const void *at);
	void (*release_for)(struct strand *strand, const void *at);
	/* The running goroutine and that of strand meet: each sees what the
	 * other did. */
	void (*meet)(struct strand *strand);
	/* The running goroutine has started that of strand. */
	void (*born)(struct strand *strand);
	/* The next goroutine that this hart's scheduler starts, and that no
	 * goroutine has started, acquires at. */
	void (*born_after)(const void *at);
	/* The goroutine of strand has ended. */
	void (*ended)(struct strand *strand);
	/* The running goroutine comes after all that has happened. */
	void (*acquire_all)(void);
	/* Memory that was in use may be used for something else from now on. */
	void (*forget)(void);
};

#if EXPLORE
extern struct order_hooks order_hooks;
#define ORDER_CALL(hook_, ...)                                              \
	do {                                                                \
		if (order_hooks.hook_ != NULL)                              \
			order_hooks.hook_(__VA_ARGS__);                     \
	} while (0)
#else
#define ORDER_CALL(hook_, ...) ((void)0)
#endif

#define order_acquire(at)             ORDER_CALL(acquire, at)
#define order_release(at)             ORDER_CALL(release, at)
#define order_acquire_for(strand, at) ORDER_CALL(acquire_for, strand, at)
#define order_release_for(strand, at) ORDER_CALL(release_for, strand, at)
#define order_meet(strand)            ORDER_CALL(meet, strand)
#define order_born(strand)            ORDER_CALL(born, strand)
#define order_born_after(at)          ORDER_CALL(born_after, at)
#define order_ended(strand)           ORDER_CALL(ended, strand)
#define order_acquire_all()           ORDER_CALL(acquire_all, )
#define order_forget()                ORDER_CALL(forget, )

/* The running goroutine does both. */
#define order_both(at)                                                      \
	do {                                                                \
		order_acquire(at);                                          \
		order_release(at);                                          \
	} while (0)
