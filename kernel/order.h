/*
 * order.h - tells the explorer what happens before what.
 *
 * Two accesses to one word race if nothing orders them.  The operations that
 * order accesses are those of mutexes, channels, starts of goroutines and the
 * like; each of them calls one of the macros below, because only there it is
 * known what is ordered.  In an explore image the macros call explore/races.c;
 * in every other image they do nothing.
 *
 * The hooks may be called with locks held, in traps and on any stack.  They use
 * no atomic access and no lock.
 */
#pragma once

#include "lib/compiler.h"

struct strand;

/* Filled by the explorer; a hook that is NULL is not called. */
struct order_hooks {
	/* The running goroutine sees what happened before all releases of the
	 * address at so far. */
	void (*acquire)(const void *at);
	/* Goroutines that acquire the address at from now on see what the
	 * running goroutine has done. */
	void (*release)(const void *at);
	/* acquire and release on behalf of the goroutine of strand, which does
	 * not run. */
	void (*acquire_for)(struct strand *strand, const void *at);
	void (*release_for)(struct strand *strand, const void *at);
	/* The running goroutine and the goroutine of strand meet: each sees
	 * what the other has done. */
	void (*meet)(struct strand *strand);
	/* The running goroutine has started the goroutine of strand. */
	void (*born)(struct strand *strand);
	/* The next goroutine that this hart's scheduler starts without being
	 * told to by a goroutine acquires the address at. */
	void (*born_after)(const void *at);
	/* The goroutine of strand has ended. */
	void (*ended)(struct strand *strand);
	/* Everything that has happened so far happened before what the running
	 * goroutine does next. */
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

/* The running goroutine acquires and releases the address at. */
#define order_both(at)                                                      \
	do {                                                                \
		order_acquire(at);                                          \
		order_release(at);                                          \
	} while (0)
