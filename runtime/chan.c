/*
 * chan.c - channels.
 *
 * A sender looks, under the channel's lock, first for a goroutine that waits to
 * receive, and hands it the element: straight to where it wants it, past the
 * buffer, which is empty then (CHAN-4).  Else the element goes into the buffer
 * if there is room, and else the sender waits in line itself with a note of
 * where its element is.  A receiver takes the oldest in the buffer and, if
 * somebody waits to send, moves the element of the first of those into the slot
 * that became free at the other end; without a buffer it takes that element
 * itself.  Who waits is woken with everything done: it has nothing left to do
 * but return.
 *
 * There are three ways through an operation, each for what the one before does
 * not do:
 *
 *	fast	words into or out of the buffer while send_stop or recv_stop
 *		says that nothing else is to be considered (CHAN-2, CHAN-3):
 *		some 14 instructions with the lock
 *	slow	channels of words: hand-over, wrapping around, waiting
 *	any	all else: other elements, closed channels, timers
 *
 * Waiting.  The goroutine puts itself in line and picks the next goroutine to
 * run while it still holds the lock and is on its own stack; switch_pass then
 * releases the lock when it is off.  That saves the way over g0, which is taken
 * when the P has nothing on its own queue.  antler_chan_send and _recv are
 * called from inline assembly that says that s1-s11 are lost (ANTLER_CALL_
 * LIGHT_ in antler.h), so nothing here may use a variable after switch_pass.
 *
 * Closing makes everybody ready.  To tell who waited that it was a close, the
 * closer sets CTX_RETURN_0 in its saved registers.
 *
 * Elements with pointers are copied by gc_move: the other end may be the stack
 * of a goroutine whose stack has been scanned, or a buffer that has.  The slot
 * that becomes free is cleared, or it would keep what it held alive.
 *
 * A place that is not there must not be found out by whoever meets us.  So each
 * operation touches its caller's place before it changes anything, by probes
 * (kernel/probe.h), of which the load of an element to be sent is one: a fault
 * there unlocks the channel and is the caller's panic.
 *
 * Rejected: a ring without lock for buffered channels.  A lock here is two
 * atomic operations, as many as a lock-free put and take have, and with it
 * waiters, close and select need no second protocol.
 */
#include "runtime/chan.h"

#include "gc/gc.h"
#include "kernel/page.h"
#include "kernel/probe.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched.h"
#include "runtime/timers.h"

/* More than any machine has: what must fail before it is tried. */
#define CHAN_BYTES_MAX (1UL << 47)

/* An element that is copied at once. */
typedef uint64_t word_t __attribute__((may_alias));

const char chan_why_send[] = "chan send";
const char chan_why_recv[] = "chan receive";
const char chan_why_send_nil[] = "chan send (nil chan)";
const char chan_why_recv_nil[] = "chan receive (nil chan)";

/* The name of every channel's lock, by which a channel is known. */
static const char chan_name[] = "chan";

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

/* ---- making ---- */

/* A channel with a pointer to its buffer. */
GC_TYPE(chan, buf);

/* Bytes from one slot to the next. */
INLINE size_t
stride_of(const struct chan *c)
{
	return c->elem->size != 0 ? c->elem->size : 1;
}

/* The rest of c, whose buf is set. */
static void
init(struct chan *c, const struct gc_type *elem, size_t cap, uint64_t kind)
{
	spin_init(&c->lock, chan_name, RANK_CHAN);
	waitq_init(&c->recvq);
	waitq_init(&c->sendq);
	c->elem = elem;
	c->cap = cap;
	c->end = (uintptr_t)c->buf + (cap + 1) * stride_of(c);
	/* relaxed: nobody else has c. */
	store_relaxed(&c->send_at, (uintptr_t)c->buf);
	store_relaxed(&c->recv_at, (uintptr_t)c->buf);
	store_relaxed(&c->kind, kind);
}

static uint32_t
copy_kind(const struct gc_type *elem)
{
	if (elem->ptrdata != 0)
		return CHAN_TYPED;
	return elem->size == sizeof(word_t) &&
	    elem->align % sizeof(word_t) == 0 ? 0 : CHAN_BYTES;
}

FOR_PROGRAMS struct chan *
chan_make(const struct gc_type *elem, size_t cap)
{
	struct chan *c;
	size_t nbytes = 0;

	if (cap >= CHAN_BYTES_MAX || (cap > 0 &&
	    (__builtin_mul_overflow(cap + 1, elem->size, &nbytes) ||
	    nbytes > CHAN_BYTES_MAX)))
		panic_size();
	if (nbytes == 0 || elem->ptrdata == 0) {
		/* In one piece, in which the collector need not look. */
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
chan_init_timer(struct chan *c, struct timer *t)
{
	c->buf = (char *)c->timer_slots;
	c->timer = t;
	init(c, &gc_int_type, 1, CHAN_TIMER | CHAN_BUFFERED);
}

/* ---- the caller's places ---- */

/* Touch an element of c that is no word. */
static NOINLINE void
touch_source(const struct chan *c, uintptr_t at)
{
	uintptr_t end = at + c->elem->size;

	for (; at < end; at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
		probe_read_locked((const void *)at, &c->lock);
}

/* The same for one to be written. */
static NOINLINE void
touch_target(const struct chan *c, uintptr_t at)
{
	uintptr_t end = at + c->elem->size;

	for (; at < end; at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
		probe_write_locked((void *)at, &c->lock);
}

/* The element at value, if it is a word; of others it is only tried whether
 * they are there.  Lock held, nothing changed. */
INLINE word_t
fetch(const struct chan *c, const void *value, uint64_t kind)
{
	if ((kind & CHAN_COPY) == 0)
		return probe_load_locked(value, &c->lock);
	touch_source(c, (uintptr_t)value);
	return 0;
}

/* Is out a place for what is received?  As above. */
INLINE void
touch_out_locked(const struct chan *c, void *out, uint64_t kind)
{
	if (out == NULL)
		return;
	if ((kind & CHAN_COPY) == 0)
		probe_storable_locked(out, &c->lock);
	else
		touch_target(c, (uintptr_t)out);
}

/* ---- elements ---- */

/* Copy an element of c, which is of that kind. */
INLINE void
copy(struct chan *c, void *to, const void *from, uint64_t kind)
{
	if ((kind & CHAN_COPY) == 0)
		*(word_t *)to = *(const word_t *)from;
	else if (kind & CHAN_TYPED)
		gc_move(c->elem, to, from, 1);
	else
		memcpy(to, from, c->elem->size);
}

/* Zero an element outside the buffer; NULL: nowhere. */
static void
clear(struct chan *c, void *to)
{
	if (to == NULL)
		return;
	if (load_relaxed(&c->kind) & CHAN_TYPED)
		gc_clear(c->elem, to, 1);
	else
		memset(to, 0, c->elem->size);
}

/* The slot after at. */
INLINE uintptr_t
slot_after(const struct chan *c, uintptr_t at, uint64_t kind)
{
	at += kind & CHAN_COPY ? stride_of(c) : sizeof(word_t);
	return at == c->end ? (uintptr_t)c->buf : at;
}

/* Put *value into the slot at send_at, which is free. */
INLINE void
buffer_put(struct chan *c, const void *value, uint64_t kind)
{
	/* relaxed: under the lock; also below. */
	uintptr_t at = load_relaxed(&c->send_at);

	copy(c, (void *)at, value, kind);
	store_relaxed(&c->send_at, slot_after(c, at, kind));
}

/* Take the element at recv_at to *out. */
INLINE void
buffer_take(struct chan *c, void *out, uint64_t kind)
{
	uintptr_t at = load_relaxed(&c->recv_at);

	if (out != NULL)
		copy(c, out, (const void *)at, kind);
	if (kind & CHAN_TYPED)
		gc_clear(c->elem, (void *)at, 1);
	store_relaxed(&c->recv_at, slot_after(c, at, kind));
}

INLINE bool
buffer_empty(const struct chan *c)
{
	return load_relaxed(&c->recv_at) == load_relaxed(&c->send_at);
}

INLINE bool
buffer_full(const struct chan *c, uint64_t kind)
{
	return slot_after(c, load_relaxed(&c->send_at), kind) ==
	    load_relaxed(&c->recv_at);
}

/* Open the fast path of a channel of words that nobody waits at to receive
 * (CHAN-2), or to send (CHAN-3).  The last slot is left to the slow way, which
 * wraps around. */
INLINE void
open_send(struct chan *c)
{
	uintptr_t recv_at = load_relaxed(&c->recv_at);

	c->send_stop = (recv_at > load_relaxed(&c->send_at) ? recv_at :
	    c->end) - sizeof(word_t);
}

INLINE void
open_recv(struct chan *c)
{
	uintptr_t send_at = load_relaxed(&c->send_at);

	c->recv_stop = send_at >= load_relaxed(&c->recv_at) ? send_at :
	    c->end - sizeof(word_t);
}

/* ---- waiters ---- */

/* Let w, a select's that was first in line, win its group (WAITQ-2). */
INLINE bool
win(struct chan_waiter *w)
{
	struct chan_waiter *none = NULL;

	/* relaxed: under the lock. */
	store_relaxed(&w->link.next, NULL);		/* WAITQ-3 */
	/* acq_rel: what was done before the select is seen here, and the other
	 * way round; the locks of two channels do not order it. */
	if (!cas_acq_rel(&w->group->winner, &none, w))
		return false;
	/* acquire: pairs with the release in switch_pass; gp's ctx is complete.
	 * A few dozen instructions away at the most, none of which needs what
	 * we hold. */
	while (load_acquire(&w->group->parking) != 0)
		cpu_relax();
	return true;
}

/* Take first, of q, off. */
INLINE void
unlink_first(struct waitq *q, struct waitq *first)
{
	/* relaxed: under the lock. */
	struct waitq *next = load_relaxed(&first->next);

	next->prev = q;
	store_relaxed(&q->next, next);
}

/*
 * The first of q, of c, that is still to be woken, taken off, and whose it is;
 * or NULL.  The caller wakes it.  If out is not NULL, the word that w offers is
 * stored there; before anything has changed, in case it is not there.
 */
INLINE struct chan_waiter *
take_waiter(struct chan *c, struct waitq *q, struct g **gp, void *out)
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
				    *(const word_t *)w->value, &c->lock);
			unlink_first(q, first);
			*gp = CONTAINER_OF(w, struct g, wait);
			return w;
		}
		if (out != NULL)
			probe_storable_locked(out, &c->lock);
		unlink_first(q, first);
		if (win(w)) {
			if (out != NULL)
				*(word_t *)out = *(const word_t *)w->value;
			*gp = w->group->gp;
			return w;
		}
	}
}

/* The first that waits to receive, or NULL. */
INLINE struct chan_waiter *
take_receiver(struct chan *c, struct g **gp, uint64_t kind)
{
	struct chan_waiter *w = take_waiter(c, &c->recvq, gp, NULL);

	/* For those of a select it is the select that says unblock. */
	if (kind & CHAN_TIMER && w != NULL && w->group == NULL)
		timer_chan_unblock(c->timer);
	return w;
}

INLINE void
wait_send(struct chan *c, struct chan_waiter *w, uint64_t kind)
{
	if (kind == CHAN_FAST)
		c->recv_stop = 0;		/* CHAN-3 */
	waitq_put(&c->sendq, w);
}

INLINE void
wait_recv(struct chan *c, struct chan_waiter *w, uint64_t kind)
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
wait_here(struct chan *c, struct g *gp, const char *why)
{
	spin_disown_brief(&c->lock);
	return switch_pass(park_prepare(gp, why), &c->lock.state);
}

NORETURN COLD static void
wait_for_ever(const char *why)
{
	park_with(NULL, NULL, why);
	__builtin_unreachable();
}

/* ---- the two operations, under the lock ---- */

INLINE enum chan_result
send_locked(struct chan *c, const void *value, struct g **wake, uint64_t kind)
{
	struct chan_waiter *w;

	*wake = NULL;
	if (kind & CHAN_CLOSED)
		return CHAN_ENDED;
	w = take_receiver(c, wake, kind);
	if (w != NULL) {
		if (w->value != NULL)
			copy(c, w->value, value, kind);
		return CHAN_DONE;
	}
	if ((kind & CHAN_BUFFERED) == 0 || buffer_full(c, kind))
		return CHAN_WAIT;
	buffer_put(c, value, kind);
	if (kind == CHAN_FAST)
		open_send(c);
	return CHAN_DONE;
}

INLINE enum chan_result
recv_locked(struct chan *c, void *out, struct g **wake, uint64_t kind)
{
	struct chan_waiter *w;

	*wake = NULL;
	w = take_waiter(c, &c->sendq, wake, kind == 0 ? out : NULL);
	if (w != NULL) {
		if ((kind & CHAN_BUFFERED) == 0) {
			if (kind != 0 && out != NULL)
				copy(c, out, w->value, kind);
			return CHAN_DONE;
		}
		buffer_take(c, out, kind);
		buffer_put(c, w->value, kind);
		c->send_stop = 0;	/* full; at may have wrapped: CHAN-2 */
	} else if (kind & CHAN_BUFFERED && !buffer_empty(c)) {
		buffer_take(c, out, kind);
	} else if (kind & CHAN_CLOSED) {
		clear(c, out);
		return CHAN_ENDED;
	} else {
		return CHAN_WAIT;
	}
	if (kind == CHAN_FAST && waitq_empty(&c->sendq))
		open_recv(c);
	return CHAN_DONE;
}

enum chan_result
chan_send_locked(struct chan *c, const void *value, struct g **wake)
{
	ASSERT_HELD(&c->lock);
	/* relaxed: under the lock. */
	return send_locked(c, value, wake, load_relaxed(&c->kind));
}

enum chan_result
chan_recv_locked(struct chan *c, void *out, struct g **wake)
{
	ASSERT_HELD(&c->lock);
	/* relaxed: under the lock. */
	return recv_locked(c, out, wake, load_relaxed(&c->kind));
}

bool
chan_can_send_odd(const struct chan *c)
{
	uint64_t kind = load_relaxed(&c->kind);

	return !waitq_empty(&c->recvq) || !buffer_full(c, kind) ||
	    kind & CHAN_CLOSED;
}

bool
chan_can_recv_odd(const struct chan *c)
{
	return !waitq_empty(&c->sendq) || !buffer_empty(c) ||
	    load_relaxed(&c->kind) & CHAN_CLOSED;
}

struct g *
chan_try_send_word(struct chan *c, const void *value)
{
	struct g *wake = NULL;
	word_t word;

	spin_lock_brief(&c->lock);
	word = fetch(c, value, 0);
	/* relaxed: under the lock; it may have been closed; also below. */
	if (LIKELY(load_relaxed(&c->kind) == 0))
		send_locked(c, &word, &wake, 0);
	spin_unlock_brief(&c->lock);
	return wake;
}

struct g *
chan_try_recv_word(struct chan *c, void *out)
{
	struct g *wake = NULL;

	spin_lock_brief(&c->lock);
	if (LIKELY(load_relaxed(&c->kind) == 0))
		recv_locked(c, out, &wake, 0);
	spin_unlock_brief(&c->lock);
	return wake;
}

void
chan_wait_send_locked(struct chan *c, struct chan_waiter *w)
{
	ASSERT_HELD(&c->lock);
	wait_send(c, w, load_relaxed(&c->kind));
}

void
chan_wait_recv_locked(struct chan *c, struct chan_waiter *w)
{
	ASSERT_HELD(&c->lock);
	wait_recv(c, w, load_relaxed(&c->kind));
}

/* ---- send ---- */

/* The lock is held, briefly; it is not any more on return.  block: false from
 * it only if not. */
INLINE bool
send_rest(struct chan *c, const void *value, uint64_t kind, bool block)
{
	struct g *gp, *wake;
	word_t word = fetch(c, value, kind);
	enum chan_result result = send_locked(c,
	    kind & CHAN_COPY ? value : &word, &wake, kind);

	if (result == CHAN_WAIT && block) {
		gp = this_g();
		gp->wait.value = (void *)value;
		wait_send(c, &gp->wait, kind);
		if (UNLIKELY(wait_here(c, gp, chan_why_send) == 0))
			chan_panic_send_closed();
		return true;
	}
	spin_unlock_brief(&c->lock);
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

/* The fast way; false if it is not open.  The lock is held, and still held if
 * false. */
INLINE bool
send_fast(struct chan *c, const void *value)
{
	uintptr_t at = load_relaxed(&c->send_at);

	if (UNLIKELY(at >= c->send_stop))
		return false;
	/* CHAN-2 */
	*(word_t *)at = probe_load_locked(value, &c->lock);
	store_relaxed(&c->send_at, at + sizeof(word_t));
	spin_unlock_brief(&c->lock);
	return true;
}

/* Somebody else had the lock, and left state in it. */
static NOINLINE void
send_contended(struct chan *c, const void *value, unsigned long state)
{
	spin_wait(&c->lock, (uint32_t)state);
	if (!send_fast(c, value))
		send_slow(c, value);
}

FOR_PROGRAMS void
antler_chan_send(struct chan *c, const void *value)
{
	unsigned long state;

	if (UNLIKELY(c == NULL))
		wait_for_ever(chan_why_send_nil);
	state = spin_take_brief(&c->lock);
	if (UNLIKELY(state != 0))
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

FOR_PROGRAMS bool
chan_try_send(struct chan *c, const void *value)
{
	if (c == NULL)
		return false;
	spin_lock_brief(&c->lock);
	/* relaxed: under the lock. */
	if (load_relaxed(&c->kind) == 0)
		return send_rest(c, value, 0, false);
	return send_fast(c, value) || try_send_any(c, value);
}

/* ---- receive ---- */

/* As send_rest.  Returns what antler_chan_recv does; if it does not block, an
 * enum chan_result. */
INLINE uintptr_t
recv_rest(struct chan *c, void *out, uint64_t kind, bool block)
{
	struct g *gp, *wake;
	enum chan_result result;

	if (kind != 0)
		touch_out_locked(c, out, kind);
	result = recv_locked(c, out, &wake, kind);

	if (result == CHAN_WAIT && block) {
		if (kind == 0)
			touch_out_locked(c, out, kind);
		gp = this_g();
		gp->wait.value = out;
		wait_recv(c, &gp->wait, kind);
		return wait_here(c, gp, chan_why_recv);
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
		probe_store_locked(out, *(const word_t *)at, &c->lock);
	store_relaxed(&c->recv_at, at + sizeof(word_t));
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
		wait_for_ever(chan_why_recv_nil);
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

/* ---- close ---- */

/* w has waited and now sees a close. */
static void
end_wait(struct chan_waiter *w, struct g *gp, struct gqueue *wake)
{
	if (w->group == NULL)
		gp->strand.ctx.full |= CTX_RETURN_0;
	else
		w->group->closed = true;
	gqueue_push(wake, gp);
}

FOR_PROGRAMS void
chan_close(struct chan *c)
{
	struct gqueue wake = { 0 };
	struct chan_waiter *w;
	struct g *gp;

	if (c == NULL)
		panic_close(c);
	spin_lock(&c->lock);
	/* relaxed: under the lock. */
	if (load_relaxed(&c->kind) & CHAN_CLOSED) {
		spin_unlock(&c->lock);
		panic_close(c);
	}
	store_relaxed(&c->kind, load_relaxed(&c->kind) | CHAN_CLOSED);
	c->send_stop = 0;				/* CHAN-2 */
	c->recv_stop = 0;				/* CHAN-3 */
	while ((w = take_receiver(c, &gp, load_relaxed(&c->kind))) != NULL) {
		clear(c, w->value);
		end_wait(w, gp, &wake);
	}
	while ((w = take_waiter(c, &c->sendq, &gp, NULL)) != NULL)
		end_wait(w, gp, &wake);
	spin_unlock(&c->lock);
	while ((gp = gqueue_pop(&wake)) != NULL)
		make_ready(gp);
}

/* ---- len, cap ---- */

FOR_PROGRAMS size_t
chan_len(struct chan *c)
{
	size_t nbytes;

	if (c == NULL || c->timer != NULL)
		return 0;
	spin_lock_brief(&c->lock);
	/* relaxed: under the lock. */
	nbytes = load_relaxed(&c->send_at) - load_relaxed(&c->recv_at);
	spin_unlock_brief(&c->lock);
	if ((intptr_t)nbytes < 0)
		nbytes += c->end - (uintptr_t)c->buf;
	return nbytes / stride_of(c);
}

FOR_PROGRAMS size_t
chan_cap(struct chan *c)
{
	return c == NULL || c->timer != NULL ? 0 : c->cap;
}

/* ---- for timers ---- */

void
chan_lock(struct chan *c)
{
	spin_lock(&c->lock);
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
	send_locked(c, value, &wake, load_relaxed(&c->kind));
	return wake;
}

bool
chan_drain_locked(struct chan *c)
{
	bool any = !buffer_empty(c);

	ASSERT_HELD(&c->lock);
	/* relaxed: under the lock. */
	store_relaxed(&c->recv_at, load_relaxed(&c->send_at));
	return any;
}

/* ---- for who looks, with the world stopped ---- */

/* The channel in o one of whose lines begins at head, or NULL. */
static struct chan *
chan_with_line(const struct gc_object *o, const struct waitq *head)
{
	const size_t lines[] = { offsetof(struct chan, recvq),
		offsetof(struct chan, sendq) };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		uintptr_t at = (uintptr_t)head - lines[i];
		struct chan *c = (struct chan *)at;

		if (at >= (uintptr_t)o->base && at + sizeof(*c) <=
		    (uintptr_t)o->base + o->size && c->lock.name == chan_name)
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
