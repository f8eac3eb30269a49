/*
 * timer_heap.h - timers in the order of their times: an intrusive pairing heap.
 *
 * A timer is a record inside of what it serves: it lies on the stack of a
 * sleeping goroutine, in a poll descriptor, or in a collected object.  The heap
 * consists only of links between such records.  Its invariants and costs are at
 * the head of timer_heap.c.
 */
#pragma once

#include <stdint.h>

#include "lib/atomic.h"
#include "lib/compiler.h"

struct g;
struct gqueue;
struct p;
struct rtimer;

/*
 * What a timer does when it is due.  t is in no heap any more, and may be set
 * again, by this function, too.  seq is the number that t was set with.  The
 * function makes goroutines that it wakes G_RUNNABLE and pushes them to ready,
 * or readies them in any other way.  It must neither park nor take long.  On g0
 * of an M with a P, no locks held.
 */
typedef void rtimer_fn(struct rtimer *t, uint64_t seq, struct gqueue *ready);

/*
 * A timer of the runtime's own.  A record of zeros with fire set is ready for
 * rtimer_set (timers.h).
 *
 * Lock: the lock of the heap that contains the timer.  If no heap does, only p
 * may be looked at.
 *
 * Field key:	[L] by lock	[I] immutable
 *		[l] stored under the lock of the heap that the timer leaves or
 *		    enters, loaded by any
 */
struct rtimer {
	nanos_t          when;		/* [L] due from this time on */
	uint64_t         order;		/* [L] first come, first served */
	struct rtimer   *child;		/* [L] first child */
	struct rtimer   *next;		/* [L] next sibling */
	struct rtimer   *prev;		/* [L] previous sibling, or parent */
	ATOMIC(struct p *) p;		/* [l] P whose heap it is in, or NULL */
	rtimer_fn       *fire;		/* [I] if NULL, gp is made ready */
	union {
		struct g *gp;		/* [I] the goroutine that sleeps */
		uint64_t  seq;		/* [L] the setter's, handed to fire */
	};
};

/* Put t, which is in no heap, into the heap at root. */
void timer_heap_insert(struct rtimer **root, struct rtimer *t);

/* Take t out of the heap at root, which contains t, and clear t's links. */
void timer_heap_remove(struct rtimer **root, struct rtimer *t);

/* Put all timers of the heap other into the heap at root. */
void timer_heap_meld(struct rtimer **root, struct rtimer *other);

/* Returns the timer after t in a walk over a heap that begins at its root, or
 * NULL after the last.  The order has no meaning. */
struct rtimer *timer_heap_walk(const struct rtimer *t);

/* Panic if the invariants of the heap at root do not hold.  For tests. */
void timer_heap_check(struct rtimer *root);
