/*
 * chan_ring.h - the elements of a channel and the ring that buffers them.
 *
 * CHAN-1 says what the ring is, CHAN-2 and CHAN-3 what the two stops promise to
 * the short ways of chan_send.c and chan_recv.c; both in chan.h.  All here is
 * called with the channel's lock held.  The kind of a channel is a parameter:
 * most callers know it, and then the compiler leaves out what it excludes.
 *
 * Elements with pointers are copied with the barrier: the other end may be the
 * stack of a goroutine whose stack has been scanned, or a buffer that has.  The
 * slot that becomes free is cleared, or it would keep what it held alive.
 */
#pragma once

#include "gc/gc.h"
#include "kernel/order.h"
#include "lib/str.h"
#include "runtime/chan/chan.h"
#include "runtime/sched/g.h"

/* An element that is copied at once. */
typedef uint64_t chan_word_t __attribute__((may_alias));

/* ---- elements ---- */

/* Bytes from one slot to the next. */
INLINE size_t
chan_stride(const struct chan *c)
{
	return c->elem->size != 0 ? c->elem->size : 1;
}

/* Copy an element with pointers, or zero it: most are just one. */
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

/* Copy an element of c, which is of that kind. */
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

/* Zero an element outside the buffer; NULL: nowhere. */
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

/* The slot after at. */
INLINE uintptr_t
ring_after(const struct chan *c, uintptr_t at, uint64_t kind)
{
	at += kind & CHAN_COPY ? chan_stride(c) : sizeof(chan_word_t);
	return at == c->end ? (uintptr_t)c->buf : at;
}

/* Put *value into the slot at send_at, which is free. */
INLINE void
ring_put(struct chan *c, const void *value, uint64_t kind)
{
	/* relaxed: under the lock; also below. */
	uintptr_t at = load_relaxed(&c->send_at);

	chan_copy(c, (void *)at, value, kind);
	store_relaxed(&c->send_at, ring_after(c, at, kind));
	store_relaxed(&c->recv_shut, 0);		/* CHAN-5 */
}

/* Take the element at recv_at to *out. */
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
 * ---- what that orders (kernel/order.h) ----
 *
 * A send comes before the receive of its element: by the address of the slot.
 * And a receive comes before the send for which it has made room, which is cap
 * sends later: of cap + 1 slots that is the one before, or, seen from the send,
 * the one after its own.  The address for that is another.
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

/* The same for gp, which waits. */
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

/* Open the fast path of a channel of words that nobody waits at to receive
 * (CHAN-2), or to send (CHAN-3).  The last slot is left to the slow way, which
 * wraps around. */
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
