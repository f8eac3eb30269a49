/*
 * chan_ring.h - the elements of a channel and the ring that buffers them.
 *
 * chan.h describes the ring (CHAN-1), and what send_stop and recv_stop promise
 * to the fast paths of chan_send.c and chan_recv.c (CHAN-2, CHAN-3).  All
 * functions here are called with the channel's lock held.  The kind of the
 * channel is a parameter: most callers pass a constant, and then the compiler
 * leaves out the code for all other kinds.
 *
 * Elements with pointers are copied with the write barrier, because the
 * destination may be a goroutine's stack or a buffer that has been scanned.  A
 * slot that becomes free is cleared; otherwise it would keep alive the objects
 * to which its old element points.
 */
#pragma once

#include "gc/gc.h"
#include "kernel/order.h"
#include "lib/str.h"
#include "runtime/chan/chan.h"
#include "runtime/sched/g.h"

/* A word: an element that one load and one store copy. */
typedef uint64_t chan_word_t __attribute__((may_alias));

/* ---- elements ---- */

/* Return how many bytes lie from one slot to the next: also for elements of no
 * bytes, slots have different addresses. */
INLINE size_t
chan_stride(const struct chan *c)
{
	return c->elem->size != 0 ? c->elem->size : 1;
}

/* Copy an element with pointers, and zero one.  Most such elements are a single
 * pointer. */
INLINE void
chan_move(const struct gc_type *elem, void *to, const void *from)
{
	if (LIKELY(elem->size == sizeof(void *)))
		gc_store_ptr(to, *(void *const *)from);
	else
		gc_move(elem, to, from, 1);
}

INLINE void
chan_wipe(const struct gc_type *elem, void *to)
{
	if (LIKELY(elem->size == sizeof(void *)))
		gc_store_ptr(to, NULL);
	else
		gc_clear(elem, to, 1);
}

/* Copy an element of c, which has the kind kind. */
INLINE void
chan_copy(struct chan *c, void *to, const void *from, uint64_t kind)
{
	if ((kind & CHAN_COPY) == 0)
		*(chan_word_t *)to = *(const chan_word_t *)from;
	else if (kind & CHAN_TYPED)
		chan_move(c->elem, to, from);
	else
		memcpy(to, from, c->elem->size);
}

/* Zero the element of c at to, which is not in the buffer and may be NULL. */
INLINE void
chan_clear(struct chan *c, void *to)
{
	if (to == NULL)
		return;
	if (load_relaxed(&c->kind) & CHAN_TYPED)
		chan_wipe(c->elem, to);
	else
		memset(to, 0, c->elem->size);
}

/* ---- the ring ---- */

/* Return the slot after the slot at. */
INLINE uintptr_t
ring_after(const struct chan *c, uintptr_t at, uint64_t kind)
{
	at += kind & CHAN_COPY ? chan_stride(c) : sizeof(chan_word_t);
	return at == c->end ? (uintptr_t)c->buf : at;
}

/* Put *value into the slot at send_at, which must be free. */
INLINE void
ring_put(struct chan *c, const void *value, uint64_t kind)
{
	/* relaxed: under the lock; also below. */
	uintptr_t at = load_relaxed(&c->send_at);

	chan_copy(c, (void *)at, value, kind);
	store_relaxed(&c->send_at, ring_after(c, at, kind));
	store_relaxed(&c->recv_shut, 0);		/* CHAN-5 */
}

/* Take the element at recv_at out of the ring, and copy it to *out if out is
 * not NULL. */
INLINE void
ring_take(struct chan *c, void *out, uint64_t kind)
{
	uintptr_t at = load_relaxed(&c->recv_at);

	if (out != NULL)
		chan_copy(c, out, (const void *)at, kind);
	if (kind & CHAN_TYPED)
		chan_wipe(c->elem, (void *)at);
	store_relaxed(&c->recv_at, ring_after(c, at, kind));
	store_relaxed(&c->send_shut, 0);		/* CHAN-5 */
}

INLINE bool
ring_empty(const struct chan *c)
{
	return load_relaxed(&c->recv_at) == load_relaxed(&c->send_at);
}

INLINE bool
ring_full(const struct chan *c, uint64_t kind)
{
	return ring_after(c, load_relaxed(&c->send_at), kind) ==
	    load_relaxed(&c->recv_at);
}

/*
 * ---- what puts and takes order (kernel/order.h) ----
 *
 * A send happens before the receive of its element.  For that order the
 * explorer is given the address of the element's slot.
 *
 * The k-th receive happens before the (k + cap)-th send, for which it makes
 * room.  The ring has cap + 1 slots, so that send fills the slot just before
 * the slot that the receive emptied.  For that order the explorer is given
 * CHAN_EMPTIED of the emptied slot: the receive passes its own slot, and the
 * send passes the slot after its own.
 */
#define CHAN_EMPTIED(at) ((const void *)((at) ^ 1UL << 63))

INLINE void
chan_order_put(const struct chan *c, uintptr_t at, uint64_t kind)
{
	uintptr_t after = EXPLORE ? ring_after(c, at, kind) : 0;

	order_acquire(CHAN_EMPTIED(after));
	order_release((const void *)at);
	(void)at, (void)after;
}

/* Do what chan_order_put does, for a put on behalf of gp, which waits to send.
 */
INLINE void
chan_order_put_for(struct g *gp, const struct chan *c, uintptr_t at,
    uint64_t kind)
{
	uintptr_t after = EXPLORE ? ring_after(c, at, kind) : 0;

	order_acquire_for(&gp->strand, CHAN_EMPTIED(after));
	order_release_for(&gp->strand, (const void *)at);
	(void)gp, (void)at, (void)after;
}

INLINE void
chan_order_take(uintptr_t at)
{
	order_acquire((const void *)at);
	order_release(CHAN_EMPTIED(at));
	(void)at;
}

/* Open the fast path of sends (receives) at c.  c is an open channel of words
 * with a buffer, at which no goroutine waits to receive, CHAN-2 (to send,
 * CHAN-3).  The last slot is left to the slow path, which wraps around. */
INLINE void
ring_open_send(struct chan *c)
{
	uintptr_t recv_at = load_relaxed(&c->recv_at);

	c->send_stop = (recv_at > load_relaxed(&c->send_at) ? recv_at :
	    c->end) - sizeof(chan_word_t);
}

INLINE void
ring_open_recv(struct chan *c)
{
	uintptr_t send_at = load_relaxed(&c->send_at);

	c->recv_stop = send_at >= load_relaxed(&c->recv_at) ? send_at :
	    c->end - sizeof(chan_word_t);
}
