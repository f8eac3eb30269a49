/*
 * waitq.h - goroutines that wait at a channel, first come, first served.
 *
 * A waiter is a record that lives as long as the wait.  It is in the struct g
 * for an operation on one channel, and in the frame of chan_select for a
 * select, which has one waiter for each case.  So blocking allocates nothing.
 *
 * A queue is a ring through its head, so that neither insertion nor removal has
 * a special case.
 *
 *	WAITQ-1	The goroutine of a waiter on a queue waits.  A goroutine that
 *		takes a waiter without a group off must wake that goroutine.
 *	WAITQ-2	Of the waiters of one select at most one is woken: the winner of
 *		the select's group, which is set by CAS from NULL.  The other
 *		waiters may stay on their queues until their goroutine has taken
 *		them off; until then they are passed over.
 *		A group may be won while its goroutine is still on its way to
 *		park; the goroutine that has set the winner then waits until the
 *		parking goroutine is off its stack.
 *	WAITQ-3	next of a select's waiter is NULL while it is on no queue.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct g;
struct chan_waiter;

/*
 * Lock: a channel's lock guards the channel's queues and the links of the
 * waiters on them.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 *		[I] immutable while the goroutine waits
 *		[C] changed by CAS	[a] other atomic
 *		[w] stored by the goroutine that has set winner
 */
struct waitq {
	ATOMIC(struct waitq *) next;	/* [l] in an empty queue's head: the
					 * head itself */
	struct waitq          *prev;	/* [L] */
};

/* The waiters of one select. */
struct wait_group {
	struct g                *gp;	/* [I] the selecting goroutine */
	ATOMIC(struct chan_waiter *) winner; /* [C] WAITQ-2 */
	ATOMIC(uint32_t)         parking; /* [a] SPIN_HELD until gp is off its
					 * stack: switch_pass clears it */
	bool                     closed; /* [w] woken because of a close */
};

struct chan_waiter {
	struct waitq       link;	/* first: a link is a waiter */
	void              *value;	/* [I] where the value to send is, or
					 * where to put the received one, or
					 * NULL */
	struct wait_group *group;	/* [I] NULL for the waiter of a struct
					 * g, which belongs to no select */
};

_Static_assert(offsetof(struct chan_waiter, link) == 0, "a link is a waiter");

INLINE void
waitq_init(struct waitq *q)
{
	/* relaxed: under the lock, here and in the functions below. */
	store_relaxed(&q->next, q);
	q->prev = q;
}

/* Is no waiter on q?  Waiters of selects that another waiter has won count as
 * well.  Without the lock, the answer is a hint. */
INLINE bool
waitq_empty(const struct waitq *q)
{
	return load_relaxed(&q->next) == q;
}

/* Put w at the end of q. */
INLINE void
waitq_put(struct waitq *q, struct chan_waiter *w)
{
	struct waitq *last = q->prev;

	store_relaxed(&w->link.next, q);
	w->link.prev = last;
	store_relaxed(&last->next, &w->link);
	q->prev = &w->link;
}

/* Take w, which belongs to a select, off its queue if it is on one. */
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

/* Take first, the first waiter of q, off q. */
INLINE void
waitq_remove_first(struct waitq *q, struct waitq *first)
{
	/* relaxed: under the lock. */
	struct waitq *next = load_relaxed(&first->next);

	next->prev = q;
	store_relaxed(&q->next, next);
}

/* Let w, a waiter of a select that was just taken off its queue, win its group
 * (WAITQ-2).  Returns false if another waiter of the group has won already;
 * otherwise the caller must wake the group's goroutine, which is off its stack.
 */
INLINE bool
waitq_win(struct chan_waiter *w)
{
	struct chan_waiter *none = NULL;

	/* relaxed: under the lock. */
	store_relaxed(&w->link.next, NULL);		/* WAITQ-3 */
	/* acq_rel: we see what the selecting goroutine did before its select,
	 * and it sees what we did before this.  Two goroutines that try to win
	 * one group may hold the locks of two different channels, which do not
	 * order them. */
	if (!cas_acq_rel(&w->group->winner, &none, w))
		return false;
	/* acquire: pairs with the release in switch_pass; gp's ctx is complete.
	 * gp is at most a few dozen instructions away from that release, and
	 * none of them needs a lock that we hold. */
	while (load_acquire(&w->group->parking) != 0)
		cpu_relax();
	return true;
}
