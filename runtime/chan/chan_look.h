/*
 * chan_look.h - could a send or a receive go?
 *
 * chan_can tells by a few loads: with the lock the truth, but for waiters that
 * have lost (WAITQ-2); without it a hint.
 *
 * chan_refuses_send and chan_refuses_recv need no lock and, if they say yes,
 * are right: there was a moment during the call when the channel was open and
 * the operation could not go.  So one that does not block may fail without
 * having written anything, and many who poll do not disturb each other.  If
 * they say no, the lock will tell.
 *
 * Without a buffer that moment is the load of the line of those one would meet,
 * which was empty: it comes first, and what is open when kind is loaded after
 * it was open then, because what is closed stays so.
 *
 * With one it would take two loads, of send_at and recv_at, and between the two
 * the ring may have gone all around: they look as if it was empty, and it never
 * was.  So who has failed with the lock leaves a note, recv_shut or send_shut,
 * which is true until it is cleared (CHAN-5), and the moment is the load of it.
 * The first to poll takes the lock and those after it do not.
 *
 * The fence: what was sent before it is there for all who look behind theirs.
 *
 *	one goroutine				another
 *	  send on c				  send on d
 *	  fence (a)				  fence (a)
 *	  does d refuse to receive?		  does c?
 *
 * Not both, although neither takes a lock that the other has had.
 *
 * Rejected: a count of the times around, to tell two loads with one lap between
 * them from two without.  Both ends would have to count, each time in two steps
 * so that none is seen half done; a note costs one store where the slow way is
 * taken anyway.
 */
#pragma once

#include "runtime/chan/chan.h"
#include "runtime/chan/chan_ring.h"

/* Of a c of that kind, open or closed: can a send go, or else a receive? */
INLINE bool
chan_can(const struct chan *c, bool send, uint64_t kind)
{
	if ((kind & (CHAN_BUFFERED | CHAN_CLOSED)) == 0)
		return !waitq_empty(send ? &c->recvq : &c->sendq);
	if (kind & CHAN_CLOSED)
		return true;
	/* CHAN-4: who waits to receive waits at an empty buffer, and so on. */
	return send ? !ring_full(c, kind) : !ring_empty(c);
}

/* For the one below: nobody is in line at q, and c is open. */
INLINE bool
chan_is_deserted(const struct chan *c, const struct waitq *q)
{
	if (!waitq_empty(q))
		return false;
	fence_acquire();	/* the line first, then kind */
	/* relaxed: ordered by the fence. */
	return (load_relaxed(&c->kind) & CHAN_CLOSED) == 0;
}

/* Of a c of that kind; no locks held. */
INLINE bool
chan_refuses_send(const struct chan *c, uint64_t kind)
{
	fence_seq_cst();				/* (a) */
	/* relaxed: ordered by the fence, and nothing is read because of it. */
	return kind & CHAN_BUFFERED ? load_relaxed(&c->send_shut) != 0 :
	    chan_is_deserted(c, &c->recvq);
}

INLINE bool
chan_refuses_recv(const struct chan *c, uint64_t kind)
{
	fence_seq_cst();				/* (a) */
	/* relaxed: as above. */
	return kind & CHAN_BUFFERED ? load_relaxed(&c->recv_shut) != 0 :
	    chan_is_deserted(c, &c->sendq);
}

/* With c's lock, when an operation has found that it cannot go: leave a note
 * for those to come. */
INLINE void
chan_shut_send(struct chan *c, uint64_t kind)
{
	if ((kind & CHAN_BUFFERED) == 0)
		return;
	c->recv_stop = 0;				/* CHAN-5 */
	store_relaxed(&c->send_shut, 1);
}

INLINE void
chan_shut_recv(struct chan *c, uint64_t kind)
{
	if ((kind & CHAN_BUFFERED) == 0)
		return;
	c->send_stop = 0;				/* CHAN-5 */
	store_relaxed(&c->recv_shut, 1);
}
