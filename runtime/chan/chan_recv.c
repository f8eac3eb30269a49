/*
 * chan_recv.c - the paths through a receive: fast, slow and any, which
 * correspond to the paths through a send (chan_send.c).  The fast path is for
 * a word from the buffer, while recv_stop allows it (CHAN-3).
 */
#include "runtime/chan/chan_look.h"
#include "runtime/chan/chan_pass.h"

const char chan_why_recv[] = "chan receive";
const char chan_why_recv_nil[] = "chan receive (nil chan)";

/* Receive by one of the paths slow and any.  c's lock is held briefly, and is
 * released on return.  If block is true, returns what antler_chan_recv returns;
 * else returns an enum chan_result. */
INLINE uintptr_t
recv_rest(struct chan *c, void *out, uint64_t kind, bool block)
{
	struct g *gp, *wake;
	enum chan_result result;

	if (kind != 0)
		place_touch_out(c, out, kind);
	result = chan_do_recv(c, out, &wake, kind);

	if (result == CHAN_WAIT && block) {
		if (kind == 0)
			place_touch_out(c, out, kind);
		gp = this_g();
		gp->wait.value = out;
		chan_line_up_recv(c, &gp->wait, kind);
		return chan_wait_here(c, gp, chan_why_recv);
	}
	if (result == CHAN_WAIT)
		chan_shut_recv(c, kind);
	chan_unlock_brief(c);
	if (wake != NULL)
		make_ready(wake);
	return block ? result == CHAN_DONE : (uintptr_t)result;
}

/* If c is a timer's channel, let the timer send what is due.  c's lock is held
 * briefly, and released in between. */
static void
update_and_lock(struct chan *c)
{
	if (LIKELY(c->timer == NULL))
		return;
	chan_unlock_brief(c);
	timer_chan_update(c->timer);
	chan_lock_brief(c);
}

static NOINLINE uintptr_t
recv_any(struct chan *c, void *out)
{
	update_and_lock(c);
	/* relaxed: under the lock; also below. */
	return recv_rest(c, out, load_relaxed(&c->kind), true);
}

static NOINLINE uintptr_t
recv_buffered(struct chan *c, void *out)
{
	return recv_rest(c, out, CHAN_FAST, true);
}

static NOINLINE uintptr_t
recv_unbuffered(struct chan *c, void *out)
{
	return recv_rest(c, out, 0, true);
}

INLINE uintptr_t
recv_slow(struct chan *c, void *out)
{
	uint64_t kind = load_relaxed(&c->kind);

	if (kind == 0)
		return recv_unbuffered(c, out);
	return kind == CHAN_FAST ? recv_buffered(c, out) : recv_any(c, out);
}

/* Does CHAN-3 allow the fast path for the element at at, which is c's oldest?
 * c's lock is held. */
INLINE bool
recv_open(const struct chan *c, uintptr_t at)
{
	return LIKELY(at < c->recv_stop);
}

/* Receive the word at at by the fast path (CHAN-3), and release c's lock.
 * Returns at, which as a result of antler_chan_recv is true: it is not 0. */
INLINE uintptr_t
recv_fast(struct chan *c, uintptr_t at, void *out)
{
	chan_order_take(at);
	if (LIKELY(out != NULL))
		probe_store_locked(out, *(const chan_word_t *)at, &c->lock);
	store_relaxed(&c->recv_at, at + sizeof(chan_word_t));
	chan_unlock_brief(c);
	return at;
}

/* Receive when spin_take_self failed and found state in c's lock: another hart
 * held the lock, or c is not a channel. */
static NOINLINE uintptr_t
recv_contended(struct chan *c, void *out, uint64_t state)
{
	uintptr_t at;

	chan_settle_brief(c, state);
	at = load_relaxed(&c->recv_at);
	return recv_open(c, at) ? recv_fast(c, at, out) : recv_slow(c, out);
}

FOR_PROGRAMS uintptr_t
antler_chan_recv(struct chan *c, void *out)
{
	uint64_t state;
	uintptr_t at;

	if (UNLIKELY(c == NULL))
		chan_wait_for_ever(chan_why_recv_nil);
	if (UNLIKELY(!spin_take_self(&c->lock, &state)))
		return recv_contended(c, out, state);
	at = load_relaxed(&c->recv_at);
	return recv_open(c, at) ? recv_fast(c, at, out) : recv_slow(c, out);
}

static NOINLINE enum chan_result
try_recv_any(struct chan *c, void *out)
{
	/* relaxed: under the lock. */
	return (enum chan_result)recv_rest(c, out, load_relaxed(&c->kind),
	    false);
}

static NOINLINE enum chan_result
try_recv_buffered(struct chan *c, void *out)
{
	return (enum chan_result)recv_rest(c, out, CHAN_FAST, false);
}

FOR_PROGRAMS bool
chan_try_recv_now(struct chan *c, void *out, bool *ok)
{
	enum chan_result result = CHAN_DONE;
	uint64_t kind;
	uintptr_t at;

	chan_lock_brief(c);
	/* relaxed: under the lock. */
	kind = load_relaxed(&c->kind);
	at = load_relaxed(&c->recv_at);
	if (kind == 0)
		result = (enum chan_result)recv_rest(c, out, 0, false);
	else if (recv_open(c, at))
		recv_fast(c, at, out);
	else
		result = kind == CHAN_FAST ? try_recv_buffered(c, out) :
		    try_recv_any(c, out);
	if (ok != NULL && result != CHAN_WAIT)
		*ok = result == CHAN_DONE;
	return result != CHAN_WAIT;
}

/* Do chan_try_recv for c, which is a timer's channel. */
static NOINLINE bool
try_recv_timer(struct chan *c, void *out, bool *ok)
{
	chan_check(c);
	timer_chan_update(c->timer);
	return chan_try_recv_now(c, out, ok);
}

FOR_PROGRAMS bool
chan_try_recv(struct chan *c, void *out, bool *ok)
{
	uint64_t kind;

	if (c == NULL)
		return false;
	/* relaxed: the bits that are used here never change, and the others are
	 * loaded again. */
	kind = load_relaxed(&c->kind);
	if (UNLIKELY(kind & CHAN_TIMER))
		return try_recv_timer(c, out, ok);
	return !chan_refuses_recv(c, kind) && chan_try_recv_now(c, out, ok);
}

/* ---- for select ---- */

struct g *
chan_try_recv_word(struct chan *c, void *out)
{
	struct g *wake = NULL;

	chan_lock_brief(c);
	if (LIKELY(load_relaxed(&c->kind) == 0))
		chan_do_recv(c, out, &wake, 0);
	chan_unlock_brief(c);
	return wake;
}
