/*
 * chan_recv.c - the ways through a receive: fast, slow and any, as those of a
 * send (chan_send.c).  The fast one is CHAN-3's.
 */
#include "runtime/chan_pass.h"

const char chan_why_recv[] = "chan receive";
const char chan_why_recv_nil[] = "chan receive (nil chan)";

/* As send_rest.  Returns what antler_chan_recv does; if it does not block, an
 * enum chan_result. */
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
	spin_unlock_brief(&c->lock);
	if (wake != NULL)
		make_ready(wake);
	return block ? result == CHAN_DONE : (uintptr_t)result;
}

/* The lock is held: let a timer's channel have what is due. */
static void
update_and_lock(struct chan *c)
{
	if (LIKELY(c->timer == NULL))
		return;
	spin_unlock_brief(&c->lock);
	timer_chan_update(c->timer);
	spin_lock_brief(&c->lock);
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

/* Is the fast way open for the element at, which is first?  The lock is held.
 */
INLINE bool
recv_open(const struct chan *c, uintptr_t at)
{
	return LIKELY(at < c->recv_stop);
}

/* Take it (CHAN-3), and unlock.  Returns at, which is not 0. */
INLINE uintptr_t
recv_fast(struct chan *c, uintptr_t at, void *out)
{
	if (LIKELY(out != NULL))
		probe_store_locked(out, *(const chan_word_t *)at, &c->lock);
	store_relaxed(&c->recv_at, at + sizeof(chan_word_t));
	spin_unlock_brief(&c->lock);
	return at;
}

static NOINLINE uintptr_t
recv_contended(struct chan *c, void *out, unsigned long state)
{
	uintptr_t at;

	spin_wait(&c->lock, (uint32_t)state);
	at = load_relaxed(&c->recv_at);
	return recv_open(c, at) ? recv_fast(c, at, out) : recv_slow(c, out);
}

FOR_PROGRAMS uintptr_t
antler_chan_recv(struct chan *c, void *out)
{
	unsigned long state;
	uintptr_t at;

	if (UNLIKELY(c == NULL))
		chan_wait_for_ever(chan_why_recv_nil);
	state = spin_take_brief(&c->lock);
	if (UNLIKELY(state != 0))
		return recv_contended(c, out, state);
	at = load_relaxed(&c->recv_at);
	return recv_open(c, at) ? recv_fast(c, at, out) : recv_slow(c, out);
}

static NOINLINE enum chan_result
try_recv_any(struct chan *c, void *out)
{
	update_and_lock(c);
	/* relaxed: under the lock. */
	return (enum chan_result)recv_rest(c, out, load_relaxed(&c->kind),
	    false);
}

FOR_PROGRAMS bool
chan_try_recv(struct chan *c, void *out, bool *ok)
{
	enum chan_result result = CHAN_DONE;
	uintptr_t at;

	if (c == NULL)
		return false;
	spin_lock_brief(&c->lock);
	/* relaxed: under the lock. */
	at = load_relaxed(&c->recv_at);
	if (load_relaxed(&c->kind) == 0)
		result = (enum chan_result)recv_rest(c, out, 0, false);
	else if (recv_open(c, at))
		recv_fast(c, at, out);
	else
		result = try_recv_any(c, out);
	if (ok != NULL && result != CHAN_WAIT)
		*ok = result == CHAN_DONE;
	return result != CHAN_WAIT;
}

/* ---- for select ---- */

enum chan_result
chan_recv_locked(struct chan *c, void *out, struct g **wake)
{
	ASSERT_HELD(&c->lock);
	/* relaxed: under the lock. */
	return chan_do_recv(c, out, wake, load_relaxed(&c->kind));
}

bool
chan_can_recv_odd(const struct chan *c)
{
	return !waitq_empty(&c->sendq) || !ring_empty(c) ||
	    load_relaxed(&c->kind) & CHAN_CLOSED;
}

struct g *
chan_try_recv_word(struct chan *c, void *out)
{
	struct g *wake = NULL;

	spin_lock_brief(&c->lock);
	if (LIKELY(load_relaxed(&c->kind) == 0))
		chan_do_recv(c, out, &wake, 0);
	spin_unlock_brief(&c->lock);
	return wake;
}

void
chan_wait_recv_locked(struct chan *c, struct chan_waiter *w)
{
	ASSERT_HELD(&c->lock);
	chan_line_up_recv(c, w, load_relaxed(&c->kind));
}
