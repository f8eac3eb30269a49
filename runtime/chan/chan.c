/*
 * chan.c - making and closing channels, and what timers and the leak report
 * need of channels; chan.h is the place to begin.
 *
 * A close makes all waiting goroutines ready.  The closer sets CTX_RETURN_0 in
 * the saved registers of a waiter; so the wait returns 0, and the waiter learns
 * that a close has ended its wait.
 */
#include "runtime/chan/chan.h"

#include "runtime/chan/chan_pass.h"
#include "runtime/sched/preempt.h"

const char chan_lock_name[] = "chan";

/* How many goroutines a close wakes before it gives way. */
enum { CLOSE_PIECE = 64 };

/* ---- misuse, each message in one place ---- */

NORETURN COLD void
chan_panic_send_closed(void)
{
	go_panic("send on closed channel");
}

NORETURN COLD static void
panic_size(void)
{
	go_panic("makechan: size out of range");
}

NORETURN COLD static void
panic_close(const struct chan *c)
{
	go_panic("close of %s channel", c == NULL ? "nil" : "closed");
}

NORETURN COLD void
chan_wait_for_ever(const char *why)
{
	park_with(NULL, NULL, why);
	__builtin_unreachable();
}

NORETURN COLD FOR_PROGRAMS void
chan_panic_none(const struct chan *c)
{
	probe_read(c);		/* panics if no memory is there */
	if ((uintptr_t)c % _Alignof(struct chan) != 0)
		go_panic("runtime error: misaligned memory address");
	go_panic("runtime error: %p is not a channel", (const void *)c);
}

NOINLINE void
chan_settle_brief(struct chan *c, uint64_t state)
{
	if (UNLIKELY(!spin_settle_self(&c->lock, state)))
		chan_panic_none(c);
}

/* ---- making ---- */

/* A channel whose buffer is another object. */
GC_TYPE(chan, buf);

/* Initialize all of c but buf, which is set. */
static void
init(struct chan *c, const struct gc_type *elem, size_t cap, uint64_t kind)
{
	spin_init_self(&c->lock, chan_lock_name, RANK_CHAN);	/* CHAN-6 */
	waitq_init(&c->recvq);
	waitq_init(&c->sendq);
	c->elem = elem;
	c->cap = cap;
	c->end = (uintptr_t)c->buf + (cap + 1) * chan_stride(c);
	/* relaxed: no other goroutine has c yet. */
	store_relaxed(&c->send_at, (uintptr_t)c->buf);
	store_relaxed(&c->recv_at, (uintptr_t)c->buf);
	store_relaxed(&c->kind, kind);
}

static uint32_t
copy_kind(const struct gc_type *elem)
{
	if (elem->ptrdata != 0)
		return CHAN_TYPED;
	return elem->size == sizeof(chan_word_t) &&
	    elem->align % sizeof(chan_word_t) == 0 ? 0 : CHAN_BYTES;
}

FOR_PROGRAMS struct chan *
chan_make(const struct gc_type *elem, size_t cap)
{
	struct chan *c;
	size_t nbytes = 0;

	gc_check_type(elem, cap + 1);
	if (cap >= PTRDIFF_MAX || elem->size > GC_BYTES_MAX || (cap > 0 &&
	    (__builtin_mul_overflow(cap + 1, elem->size, &nbytes) ||
	    nbytes > GC_BYTES_MAX)))
		panic_size();
	if (nbytes == 0) {
		c = gc_new_bytes(sizeof(*c));
	} else if (elem->ptrdata == 0) {
		/* One object, which the collector need not scan. */
		c = gc_new_bytes(sizeof(*c) + nbytes);
		c->buf = (char *)(c + 1);
	} else {
		char *buf = gc_new_array(elem, cap + 1);

		c = gc_new(&chan_type);
		gc_store(&c->buf, buf);
	}
	init(c, elem, cap, copy_kind(elem) |
	    (cap != 0 ? CHAN_BUFFERED : 0));
	return c;
}

void
chan_init_timer(struct chan *c, struct timer *t, int64_t slots[2])
{
	c->buf = (char *)slots;
	c->timer = t;
	init(c, &gc_int_type, 1, CHAN_TIMER | CHAN_BUFFERED);
}

/* ---- close ---- */

/* End the wait of w, of gp, because c is closed; gp goes to wake. */
static void
end_wait(struct chan *c, struct chan_waiter *w, struct g *gp,
    struct gqueue *wake)
{
	(void)c;
	order_acquire_for(&gp->strand, c);
	if (w->group == NULL)
		gp->strand.ctx.full |= CTX_RETURN_0;
	else
		w->group->closed = true;
	gqueue_push(wake, gp);
}

/* End the waits of the next CLOSE_PIECE goroutines in line at c, which is
 * locked and closed; they go to wake.  Returns false if no more are in line. */
INLINE bool
end_waits(struct chan *c, uint64_t kind, struct gqueue *wake)
{
	struct chan_waiter *w;
	struct g *gp;

	while ((w = chan_take_receiver(c, &gp, kind)) != NULL) {
		chan_clear(c, w->value);
		end_wait(c, w, gp, wake);
		if (UNLIKELY(wake->n == CLOSE_PIECE))
			return true;
	}
	while ((w = chan_take_waiter(c, &c->sendq, &gp, NULL)) != NULL) {
		end_wait(c, w, gp, wake);
		if (UNLIKELY(wake->n == CLOSE_PIECE))
			return true;
	}
	return false;
}

/*
 * The channel is closed for all as soon as kind says so.  If many goroutines
 * wait, they are woken in pieces, and the caller gives way after each piece.
 * Those that have not been woken yet stay in line (CHAN-7).
 */
FOR_PROGRAMS void
chan_close(struct chan *c)
{
	struct gqueue wake = { 0 };
	struct g *gp;
	uint64_t kind;
	bool more;

	if (c == NULL)
		panic_close(c);
	chan_check(c);
	chan_lock(c);
	/* relaxed: under the lock. */
	kind = load_relaxed(&c->kind);
	if (kind & CHAN_CLOSED) {
		chan_unlock(c);
		panic_close(c);
	}
	order_release(c);
	store_relaxed(&c->kind, kind | CHAN_CLOSED);
	c->send_stop = 0;				/* CHAN-2 */
	c->recv_stop = 0;				/* CHAN-3 */
	/* relaxed: also for loads without the lock; chan_look.h says why. */
	store_relaxed(&c->send_shut, 0);		/* CHAN-5 */
	store_relaxed(&c->recv_shut, 0);
	for (;;) {
		more = end_waits(c, kind, &wake);
		chan_unlock(c);
		while ((gp = gqueue_pop(&wake)) != NULL)
			make_ready(gp);
		if (LIKELY(!more))
			return;
		give_way();
		chan_lock(c);
	}
}

/* ---- len, cap ---- */

FOR_PROGRAMS size_t
chan_len(struct chan *c)
{
	size_t nbytes;

	if (c == NULL)
		return 0;
	chan_check(c);
	chan_lock_brief(c);
	/* relaxed: under the lock. */
	nbytes = load_relaxed(&c->send_at) - load_relaxed(&c->recv_at);
	chan_unlock_brief(c);
	if (c->timer != NULL)
		return 0;
	if ((intptr_t)nbytes < 0)
		nbytes += c->end - (uintptr_t)c->buf;
	return nbytes / chan_stride(c);
}

FOR_PROGRAMS size_t
chan_cap(struct chan *c)
{
	if (c == NULL)
		return 0;
	chan_check(c);
	return c->timer != NULL ? 0 : c->cap;
}

/* ---- for timers ---- */

void
chan_lock(struct chan *c)
{
	chan_lock_brief(c);
	if (!DEBUG)		/* debug builds list brief locks anyway */
		spin_link(&c->lock, (uintptr_t)__builtin_return_address(0));
}

void
chan_unlock(struct chan *c)
{
	spin_unlock(&c->lock);
}

struct g *
chan_deliver_locked(struct chan *c, const int64_t *value)
{
	struct g *wake;

	ASSERT_HELD(&c->lock);
	chan_do_send(c, value, &wake, load_relaxed(&c->kind));
	return wake;
}

bool
chan_drain_locked(struct chan *c)
{
	bool any = !ring_empty(c);

	ASSERT_HELD(&c->lock);
	if (any)
		ring_take(c, NULL, load_relaxed(&c->kind));
	return any;
}

/* ---- for leaks.c, with the world stopped ---- */

/* Find the channel in the object o that has head as the head of one of its
 * lines.  Returns NULL if o contains no such channel. */
static struct chan *
chan_with_line(const struct gc_object *o, const struct waitq *head)
{
	const size_t lines[] = { offsetof(struct chan, recvq),
		offsetof(struct chan, sendq) };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		uintptr_t at = (uintptr_t)head - lines[i];
		struct chan *c = (struct chan *)at;

		if (at >= (uintptr_t)o->base && at + sizeof(*c) <=
		    (uintptr_t)o->base + o->size &&
		    c->lock.name == chan_lock_name)
			return c;
	}
	return NULL;
}

struct chan *
chan_of_waiter(const struct chan_waiter *w)
{
	const struct waitq *at = &w->link;
	struct gc_object o;
	struct chan *c;

	do {
		/* relaxed: world stopped. */
		at = load_relaxed(&at->next);
		if (gc_find_object(at, &o)) {
			c = chan_with_line(&o, at);
			if (c != NULL)
				return c;
		}
	} while (at != &w->link);
	return NULL;
}
