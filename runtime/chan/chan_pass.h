/*
 * chan_pass.h - how an element is passed: what a send and a receive do under
 * the channel's lock, and how a goroutine waits.
 *
 * A sender first looks for a goroutine that waits to receive.  If there is one,
 * the sender copies the element directly to where the receiver wants it, past
 * the buffer, which is empty then (CHAN-4).  Otherwise, if the buffer has room,
 * the element goes into the buffer.  Otherwise the sender waits in line, and
 * its waiter tells where its element is.
 *
 * A receiver takes the oldest element of the buffer.  If a sender waits, the
 * receiver also moves the element of the first waiting sender into the buffer,
 * which has a free slot now.  Without a buffer the receiver takes the first
 * waiting sender's element itself.  A waiter is woken when its whole operation
 * has been done for it; it only has to return.
 *
 * Waiting.  The waiting goroutine puts itself in line and picks the next
 * goroutine to run, while it still holds the lock and runs on its own stack.
 * switch_pass releases the lock once the goroutine is off its stack.  That
 * saves the switch to g0, which is needed only if the P's own queue is empty.
 * antler_chan_send and antler_chan_recv are called from inline assembly that
 * declares s1-s11 as clobbered (ANTLER_CALL_LIGHT_ in include/antler/chan.h),
 * so nothing here may use a variable after switch_pass.
 */
#pragma once

#include "kernel/order.h"
#include "lib/check.h"
#include "runtime/chan/chan_place.h"
#include "runtime/chan/chan_ring.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"

/* ---- waiters ---- */

/*
 * Take the first waiter that has not lost off q, a line of c.  Returns the
 * waiter, and stores in *gp its goroutine, which the caller must wake; returns
 * NULL if there is none.  If out is not NULL, the waiter sends a word, which is
 * stored in *out.  Whether out can be stored to is tried before anything
 * changes, because a fault there must leave the channel as it was.
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

/* Take the first waiter that has not lost off c's line of receivers, as
 * chan_take_waiter does. */
INLINE struct chan_waiter *
chan_take_receiver(struct chan *c, struct g **gp, uint64_t kind)
{
	struct chan_waiter *w = chan_take_waiter(c, &c->recvq, gp, NULL);

	/* A select calls timer_chan_unblock for its waiters itself. */
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

/* Park gp, this goroutine, which is in line at c, and release c's lock, which
 * was taken briefly.  Returns 0 if a close ended the wait.  After the call, the
 * caller may only return or panic. */
INLINE uintptr_t
chan_wait_here(struct chan *c, struct g *gp, const char *why)
{
	spin_disown_brief(&c->lock);
	return switch_pass(park_prepare(gp, why), &c->lock.state);
}

/* ---- what a hand-over orders (kernel/order.h) ---- */

/*
 * Tell the explorer that an element was sent to gp, which waited to receive.
 * In a channel without a buffer, sender and receiver meet.  With a buffer, the
 * order is as if the element had gone through the slot at send_at, which the
 * next send fills.  The element that a timer sends comes after the setting of
 * the timer.
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
	CHAN_WAIT,	/* the operation cannot go now */
	CHAN_DONE,
	CHAN_ENDED,	/* a receive found the channel closed and empty, or a
			 * send found the channel closed */
};

/* Send *value, or receive into *out, if that can be done without waiting.
 * Stores in *wake the waiter that was served, which the caller must make ready
 * after it has released the lock; or NULL.  c's lock is held; kind is c's kind.
 */
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
		/* CHAN-2: the buffer is full, and send_at may have wrapped. */
		c->send_stop = 0;
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
