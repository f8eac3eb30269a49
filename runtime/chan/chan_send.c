/*
 * chan_send.c - the paths through a send; chan.h is the place to begin.
 *
 *	fast	put a word into the buffer, while send_stop says that nothing
 *		else must be considered (CHAN-2); some 14 instructions under the
 *		lock
 *	slow	open channels of words: hand over the word to a waiting
 *		receiver, wrap around the ring, wait
 *	any	everything else: other elements, closed channels, timers
 *
 * Each path is taken if the one above cannot be.  The paths slow and any are
 * both chan_do_send (chan_pass.h): slow is compiled for a constant kind, any
 * for a kind that is known only at run time.
 */
#include "runtime/chan/chan_look.h"
#include "runtime/chan/chan_pass.h"

const char chan_why_send[] = "chan send";
const char chan_why_send_nil[] = "chan send (nil chan)";

/* Send by one of the paths slow and any.  c's lock is held briefly, and is
 * released on return.  Returns false if the send could not go, which happens
 * only if block is false. */
INLINE bool
send_rest(struct chan *c, const void *value, uint64_t kind, bool block)
{
	struct g *gp, *wake;
	chan_word_t word = place_fetch(c, value, kind);
	enum chan_result result = chan_do_send(c,
	    kind & CHAN_COPY ? value : &word, &wake, kind);

	if (result == CHAN_WAIT && block) {
		gp = this_g();
		gp->wait.value = (void *)value;
		chan_line_up_send(c, &gp->wait, kind);
		if (UNLIKELY(chan_wait_here(c, gp, chan_why_send) == 0))
			chan_panic_send_closed();
		return true;
	}
	if (result == CHAN_WAIT)
		chan_shut_send(c, kind);
	chan_unlock_brief(c);
	if (kind & CHAN_CLOSED && result == CHAN_ENDED)
		chan_panic_send_closed();
	if (wake != NULL)
		make_ready(wake);
	return result == CHAN_DONE;
}

static NOINLINE void
send_any(struct chan *c, const void *value)
{
	/* relaxed: under the lock; also below. */
	send_rest(c, value, load_relaxed(&c->kind), true);
}

static NOINLINE void
send_buffered(struct chan *c, const void *value)
{
	send_rest(c, value, CHAN_FAST, true);
}

static NOINLINE void
send_unbuffered(struct chan *c, const void *value)
{
	send_rest(c, value, 0, true);
}

INLINE void
send_slow(struct chan *c, const void *value)
{
	uint64_t kind = load_relaxed(&c->kind);

	if (kind == 0)
		send_unbuffered(c, value);
	else if (kind == CHAN_FAST)
		send_buffered(c, value);
	else
		send_any(c, value);
}

/* Send by the fast path, and release c's lock, which is held briefly.  Returns
 * false, with the lock still held, if CHAN-2 does not allow the fast path. */
INLINE bool
send_fast(struct chan *c, const void *value)
{
	uintptr_t at = load_relaxed(&c->send_at);

	if (UNLIKELY(at >= c->send_stop))
		return false;
	chan_order_put(c, at, CHAN_FAST);
	/* CHAN-2 */
	*(chan_word_t *)at = probe_load_locked(value, &c->lock);
	store_relaxed(&c->send_at, at + sizeof(chan_word_t));
	chan_unlock_brief(c);
	return true;
}

/* Send when spin_take_self failed and found state in c's lock: another hart
 * held the lock, or c is not a channel. */
static NOINLINE void
send_contended(struct chan *c, const void *value, uint64_t state)
{
	chan_settle_brief(c, state);
	if (!send_fast(c, value))
		send_slow(c, value);
}

FOR_PROGRAMS void
antler_chan_send(struct chan *c, const void *value)
{
	uint64_t state;

	if (UNLIKELY(c == NULL))
		chan_wait_for_ever(chan_why_send_nil);
	if (UNLIKELY(!spin_take_self(&c->lock, &state)))
		send_contended(c, value, state);
	else if (UNLIKELY(!send_fast(c, value)))
		send_slow(c, value);
}

static NOINLINE bool
try_send_any(struct chan *c, const void *value)
{
	/* relaxed: under the lock. */
	return send_rest(c, value, load_relaxed(&c->kind), false);
}

static NOINLINE bool
try_send_buffered(struct chan *c, const void *value)
{
	return send_rest(c, value, CHAN_FAST, false);
}

FOR_PROGRAMS bool
chan_try_send_now(struct chan *c, const void *value)
{
	uint64_t kind;

	chan_lock_brief(c);
	/* relaxed: under the lock. */
	kind = load_relaxed(&c->kind);
	if (kind == 0)
		return send_rest(c, value, 0, false);
	if (send_fast(c, value))
		return true;
	return kind == CHAN_FAST ? try_send_buffered(c, value) :
	    try_send_any(c, value);
}

FOR_PROGRAMS bool
chan_try_send(struct chan *c, const void *value)
{
	/* relaxed: the bits that are used here never change, and the others are
	 * loaded again. */
	if (c == NULL || chan_refuses_send(c, load_relaxed(&c->kind)))
		return false;
	return chan_try_send_now(c, value);
}

/* ---- for select ---- */

struct g *
chan_try_send_word(struct chan *c, const void *value)
{
	struct g *wake = NULL;
	chan_word_t word;

	chan_lock_brief(c);
	word = place_fetch(c, value, 0);
	/* relaxed: under the lock.  c may have been closed meanwhile. */
	if (LIKELY(load_relaxed(&c->kind) == 0))
		chan_do_send(c, &word, &wake, 0);
	chan_unlock_brief(c);
	return wake;
}
