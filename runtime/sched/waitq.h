/*
 * waitq.h - goroutines that wait at a channel, first come, first served.
 *
 * A waiter is a record that lives as long as the wait: in the struct g for an
 * operation on one channel, in chan_select's frame for a select, which has one
 * for each case.  So blocking allocates nothing.
 *
 * A queue is a ring through its head, so that neither putting in nor taking out
 * has a special case.
 *
 *	WAITQ-1	A waiter that is on a queue waits.  Who takes a lone one off
 *		must wake its goroutine.
 *	WAITQ-2	Of the waiters of one select at most one is woken: the one that
 *		the select's group names as winner, by CAS from NULL.  Others
 *		may linger on their queues until their goroutine has taken them
 *		off; they are passed over.
 *		A group is won while its goroutine may still be on its way to
 *		park; who has won waits until it is off its stack.
 *	WAITQ-3	next of a select's waiter is NULL while it is on no queue.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct g;
struct chan_waiter;

/*
 * Lock: the channel's guards its queues and what is on them.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 *		[I] immutable while it waits	[C] changed by CAS
 */
struct waitq {
	ATOMIC(struct waitq *) next;	/* [l] an empty head: itself */
	struct waitq          *prev;	/* [L] */
};

/* The waiters of one select. */
struct wait_group {
	struct g                *gp;	/* [I] whose select it is */
	ATOMIC(struct chan_waiter *) winner; /* [C] WAITQ-2 */
	ATOMIC(uint32_t)         parking; /* [a] SPIN_HELD until gp is off its
					 * stack: switch_pass clears it */
	bool                     closed; /* [w] woken because of a close; by
					 * who has won */
};

struct chan_waiter {
	struct waitq       link;	/* first: a link is a waiter */
	void              *value;	/* [I] where from or to, or NULL */
	struct wait_group *group;	/* [I] NULL: alone, in a struct g */
};

_Static_assert(offsetof(struct chan_waiter, link) == 0, "a link is a waiter");

INLINE void
waitq_init(struct waitq *q)
{
	/* relaxed: under the lock, here and below. */
	store_relaxed(&q->next, q);
	q->prev = q;
}

/* Does nobody wait?  Waiters that have lost count as well; without the lock it
 * is a hint. */
INLINE bool
waitq_empty(const struct waitq *q)
{
	return load_relaxed(&q->next) == q;
}

/* Put w at the end. */
INLINE void
waitq_put(struct waitq *q, struct chan_waiter *w)
{
	struct waitq *last = q->prev;

	store_relaxed(&w->link.next, q);
	w->link.prev = last;
	store_relaxed(&last->next, &w->link);
	q->prev = &w->link;
}

/* Take w, a select's, off its queue if it is on one. */
INLINE void
waitq_remove(struct chan_waiter *w)
{
	struct waitq *next = load_relaxed(&w->link.next);

	if (next == NULL)
		return;
	store_relaxed(&w->link.prev->next, next);
	next->prev = w->link.prev;
	store_relaxed(&w->link.next, NULL);		/* WAITQ-3 */
}

/* Take first, of q, off. */
INLINE void
waitq_remove_first(struct waitq *q, struct waitq *first)
{
	/* relaxed: under the lock. */
	struct waitq *next = load_relaxed(&first->next);

	next->prev = q;
	store_relaxed(&q->next, next);
}

/* Let w, a select's that was first in line, win its group (WAITQ-2). */
INLINE bool
waitq_win(struct chan_waiter *w)
{
	struct chan_waiter *none = NULL;

	/* relaxed: under the lock. */
	store_relaxed(&w->link.next, NULL);		/* WAITQ-3 */
	/* acq_rel: what was done before the select is seen here, and the other
	 * way round; the locks of two channels do not order it. */
	if (!cas_acq_rel(&w->group->winner, &none, w))
		return false;
	/* acquire: pairs with the release in switch_pass; gp's ctx is complete.
	 * A few dozen instructions away at the most, none of which needs what
	 * we hold. */
	while (load_acquire(&w->group->parking) != 0)
		cpu_relax();
	return true;
}
