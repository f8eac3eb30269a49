/*
 * timer_heap.h - timers in the order of their times: an intrusive pairing heap.
 *
 * A timer is a record in whatever it serves: on the stack of a goroutine that
 * sleeps, in a poll descriptor, in a collected object.  The heap is only links
 * between such records.  What it promises is at the head of timer_heap.c.
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
 * What a timer does when it is due: on g0, of an M with a P, no locks held.  t
 * is in no heap any more, and may be set again, by this function too.  seq is
 * what it was set with.  Goroutines that it wakes it makes G_RUNNABLE and
 * pushes to ready, or readies in any other way.  Must not park, nor take long.
 */
typedef void rtimer_fn(struct rtimer *t, uint64_t seq, struct gqueue *ready);

/*
 * A timer of the runtime's own.  Zeroed, with fire set, it is ready for
 * rtimer_set (timers.h).
 *
 * Lock: that of the heap it is in; in none, only p may be looked at.
 * Field key:	[L] by lock	[I] immutable
 *		[l] stored under the lock of the heap it leaves or enters,
 *		    loaded by any
 */
struct rtimer {
	nanos_t          when;		/* [L] due from then on */
	uint64_t         order;		/* [L] first come, first served */
	struct rtimer   *child;		/* [L] first of those that come later */
	struct rtimer   *next;		/* [L] sibling */
	struct rtimer   *prev;		/* [L] sibling before, or parent */
	ATOMIC(struct p *) p;		/* [l] whose heap it is in, or NULL */
	rtimer_fn       *fire;		/* [I] NULL: wakes gp */
	union {
		struct g *gp;		/* [I] sleeps until then */
		uint64_t  seq;		/* [L] the setter's, handed to fire */
	};
};

/* Put t, which is in no heap, into the heap at root. */
void timer_heap_insert(struct rtimer **root, struct rtimer *t);

/* Take t out of the heap at root, in which it is.  Clears its links. */
void timer_heap_remove(struct rtimer **root, struct rtimer *t);

/* Put all of the heap other into the heap at root. */
void timer_heap_meld(struct rtimer **root, struct rtimer *other);

/* Walk a heap from its root in an order of no meaning: the one after t, or
 * NULL. */
struct rtimer *timer_heap_walk(const struct rtimer *t);

/* Panic if the heap at root is not one.  For tests. */
void timer_heap_check(struct rtimer *root);
