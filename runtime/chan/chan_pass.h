/*
 * chan_pass.h - how an element gets across: what a send and a receive do under
 * the channel's lock, and waiting.
 *
 * A sender looks first for a goroutine that waits to receive, and hands it the
 * element: straight to where it wants it, past the buffer, which is empty then
 * (CHAN-4).  Else the element goes into the buffer if there is room, and else
 * the sender waits in line itself with a note of where its element is.  A
 * receiver takes the oldest in the buffer and, if somebody waits to send, moves
 * the element of the first of those into the slot that became free at the other
 * end; without a buffer it takes that element itself.  Who waits is woken with
 * everything done: it has nothing left to do but return.
 *
 * Waiting.  The goroutine puts itself in line and picks the next goroutine to
 * run while it still holds the lock and is on its own stack; switch_pass then
 * releases the lock when it is off.  That saves the way over g0, which is taken
 * when the P has nothing on its own queue.  antler_chan_send and _recv are
 * called from inline assembly that says that s1-s11 are lost (ANTLER_CALL_
 * LIGHT_ in antler.h), so nothing here may use a variable after switch_pass.
 */
#pragma once

#include "kernel/order.h"
#include "lib/check.h"
#include "runtime/chan/chan_place.h"
#include "runtime/chan/chan_ring.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"

/* ---- who waits ---- */

/*
 * The first of q, of c, that is still to be woken, taken off, and whose it is;
 * or NULL.  The caller wakes it.  If out is not NULL, the word that w offers is
 * stored there; before anything has changed, in case it is not there.
 */
INLINE struct chan_waiter *
chan_take_waiter(struct chan *c, struct waitq *q, struct g **gp, void *out)
{
	for (;;) {
		/* relaxed: under the lock. */
		struct waitq *first = load_relaxed(&q->next);
		struct chan_waiter *w = (struct chan_waiter *)first;

		if (first == q)
			return NULL;
		if (LIKELY(w->group == NULL)) {
			if (out != NULL)
				probe_store_locked(out,
				    *(const chan_word_t *)w->value, &c->lock);
			waitq_remove_first(q, first);
			*gp = CONTAINER_OF(w, struct g, wait);
			return w;
		}
		if (out != NULL)
			probe_storable_locked(out, &c->lock);
		waitq_remove_first(q, first);
		if (waitq_win(w)) {
			if (out != NULL)
				chan_copy(c, out, w->value, 0);
			*gp = w->group->gp;
			return w;
		}
	}
}

/* The first that waits to receive, or NULL. */
INLINE struct chan_waiter *
chan_take_receiver(struct chan *c, struct g **gp, uint64_t kind)
{
	struct chan_waiter *w = chan_take_waiter(c, &c->recvq, gp, NULL);

	/* For those of a select it is the select that says unblock. */
	if (kind & CHAN_TIMER && w != NULL && w->group == NULL)
		timer_chan_unblock(c->timer);
	return w;
}

INLINE void
chan_line_up_send(struct chan *c, struct chan_waiter *w, uint64_t kind)
{
	if (kind == CHAN_FAST)
		c->recv_stop = 0;		/* CHAN-3 */
	waitq_put(&c->sendq, w);
}

INLINE void
chan_line_up_recv(struct chan *c, struct chan_waiter *w, uint64_t kind)
{
	if (kind & CHAN_TIMER)
		timer_chan_block(c->timer);
	if (kind == CHAN_FAST)
		c->send_stop = 0;		/* CHAN-2 */
	waitq_put(&c->recvq, w);
}

/* This goroutine is in line at c: let others run, and release c's lock, taken
 * briefly.  Nothing may be done after it but to return, or to panic. */
INLINE uintptr_t
chan_wait_here(struct chan *c, struct g *gp, const char *why)
{
	spin_disown_brief(&c->lock);
	return switch_pass(park_prepare(gp, why), &c->lock.state);
}

/* ---- what that orders ---- */

/*
 * A send to gp, which waits to receive, has happened.  Without a buffer the two
 * meet.  With one it is as if the element had gone through the slot at send_at,
 * which the next send fills.  What a timer sends comes after it was set.
 */
INLINE void
chan_order_handed(struct chan *c, struct g *gp, uint64_t kind)
{
	uintptr_t at = c->send_at.v_;
	uintptr_t after = EXPLORE ? ring_after(c, at, kind) : 0;

	if (kind & CHAN_TIMER) {
		order_acquire_for(&gp->strand, c->timer);
	} else if (kind & CHAN_BUFFERED) {
		chan_order_put(c, at, kind);
		order_acquire_for(&gp->strand, (const void *)at);
		order_release_for(&gp->strand, CHAN_EMPTIED(after));
	} else {
		order_meet(&gp->strand);
	}
	(void)gp, (void)at, (void)after;
}

/* ---- the two operations ---- */

enum chan_result {
	CHAN_WAIT,	/* cannot go now */
	CHAN_DONE,
	CHAN_ENDED,	/* a receive that found it closed and empty, or a send
			 * that found it closed */
};

INLINE enum chan_result
chan_do_send(struct chan *c, const void *value, struct g **wake, uint64_t kind)
{
	struct chan_waiter *w;

	*wake = NULL;
	if (kind & CHAN_CLOSED)
		return CHAN_ENDED;
	w = chan_take_receiver(c, wake, kind);
	if (w != NULL) {
		chan_order_handed(c, *wake, kind);
		if (w->value != NULL)
			chan_copy(c, w->value, value, kind);
		return CHAN_DONE;
	}
	if ((kind & CHAN_BUFFERED) == 0 || ring_full(c, kind))
		return CHAN_WAIT;
	chan_order_put(c, c->send_at.v_, kind);
	ring_put(c, value, kind);
	if (kind == CHAN_FAST)
		ring_open_send(c);
	return CHAN_DONE;
}

INLINE enum chan_result
chan_do_recv(struct chan *c, void *out, struct g **wake, uint64_t kind)
{
	struct chan_waiter *w;

	*wake = NULL;
	w = kind & CHAN_CLOSED ? NULL :			/* CHAN-7 */
	    chan_take_waiter(c, &c->sendq, wake, kind == 0 ? out : NULL);
	if (w != NULL) {
		if ((kind & CHAN_BUFFERED) == 0) {
			order_meet(&(*wake)->strand);
			if (kind != 0 && out != NULL)
				chan_copy(c, out, w->value, kind);
			return CHAN_DONE;
		}
		chan_order_take(c->recv_at.v_);
		ring_take(c, out, kind);
		chan_order_put_for(*wake, c, c->send_at.v_, kind);
		ring_put(c, w->value, kind);
		c->send_stop = 0;	/* full; at may have wrapped: CHAN-2 */
	} else if (kind & CHAN_BUFFERED && !ring_empty(c)) {
		chan_order_take(c->recv_at.v_);
		if (kind & CHAN_TIMER)
			order_acquire(c->timer);
		ring_take(c, out, kind);
	} else if (kind & CHAN_CLOSED) {
		order_acquire(c);
		chan_clear(c, out);
		return CHAN_ENDED;
	} else {
		return CHAN_WAIT;
	}
	if (kind == CHAN_FAST && waitq_empty(&c->sendq))
		ring_open_recv(c);
	return CHAN_DONE;
}
