/*
 * chan_look.h - could a send or a receive go?
 *
 * chan_can answers with a few loads.  With the lock held its answer is exact,
 * except that waiters that have lost (WAITQ-2) still count; without the lock
 * its answer is a hint.
 *
 * chan_refuses_send and chan_refuses_recv need no lock.  If they return true,
 * there was a moment during the call at which the channel was open and the
 * operation could not go.  So an operation that does not block can fail without
 * writing anything, and many goroutines that poll a channel do not disturb each
 * other.  If they return false, the caller must take the lock to find out.
 *
 * In a channel without a buffer that moment is when the line of the opposite
 * side is loaded and found empty.  The kind is loaded after the line.  If the
 * kind says then that the channel is open, the channel was open at that moment
 * too, because a closed channel never opens again.
 *
 * In a channel with a buffer, a direct look would take two loads, of send_at
 * and recv_at.  Between the two loads the ring may have gone around once, so
 * that it looks empty although it never was.  So an operation that has failed
 * under the lock leaves a note, recv_shut or send_shut, which is true until it
 * is cleared (CHAN-5); the moment is when the note is loaded.  The first
 * goroutine that polls takes the lock, and those after it do not.
 *
 * The fence (a) makes an element that was sent before the sender's fence
 * visible to every goroutine that looks after its own fence.
 *
 *	one goroutine				another goroutine
 *	  send on c				  send on d
 *	  fence (a)				  fence (a)
 *	  does d refuse to receive?		  does c refuse to receive?
 *
 * At most one of the two answers is yes, although neither goroutine takes a
 * lock that the other one has held.
 *
 * Rejected: counting the laps of the ring, to detect a lap between the two
 * loads.  Both sides would have to count, each time in two steps, so that no
 * count is seen half done.  A note costs one store, on the slow path only.
 */
#pragma once

#include "runtime/chan/chan.h"
#include "runtime/chan/chan_ring.h"

/* Could a send (if send is true) or a receive (if not) at c go?  c has the kind
 * kind, and may be closed. */
INLINE bool
chan_can(const struct chan *c, bool send, uint64_t kind)
{
	if ((kind & (CHAN_BUFFERED | CHAN_CLOSED)) == 0)
		return !waitq_empty(send ? &c->recvq : &c->sendq);
	if (kind & CHAN_CLOSED)
		return true;
	/* CHAN-4: receivers wait only at an empty buffer, which is not full,
	 * and senders wait only at a full buffer, which is not empty. */
	return send ? !ring_full(c, kind) : !ring_empty(c);
}

/* Was q, a line of c, empty while c was open? */
INLINE bool
chan_is_deserted(const struct chan *c, const struct waitq *q)
{
	if (!waitq_empty(q))
		return false;
	fence_acquire();	/* load the line first, then kind */
	/* relaxed: ordered by the fence. */
	return (load_relaxed(&c->kind) & CHAN_CLOSED) == 0;
}

/* Was c, which has the kind kind, open at some moment of the call, while a send
 * (a receive) could not go?  False means: take the lock to find out.  The
 * caller holds no locks. */
INLINE bool
chan_refuses_send(const struct chan *c, uint64_t kind)
{
	fence_seq_cst();				/* (a) */
	/* relaxed: the fence orders it, and the caller reads nothing that the
	 * answer would have to publish. */
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

/* Leave the note that a send (a receive) cannot go, for goroutines that poll c
 * later.  c's lock is held. */
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
