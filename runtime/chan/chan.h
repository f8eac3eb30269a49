/*
 * chan.h - a channel from the runtime's side.
 *
 * The part that programs see is in include/antler/chan.h.  The chapter about
 * channels is, in this order:
 *
 *	chan.h		a channel and its invariants
 *	waitq.h		the goroutines that wait at a channel
 *	chan_ring.h	the elements and the ring that buffers them
 *	chan_place.h	the memory that the caller sends from or receives into
 *	chan_pass.h	how an element is passed, under the lock; waiting
 *	chan_look.h	whether an operation could go, with and without the lock
 *	chan_send.c	the paths through a send
 *	chan_recv.c	the paths through a receive
 *	chan.c		making and closing a channel; what timers need
 *	select.c	operations on several channels at once
 *	select_wait.c	a select of which no case can go
 *	chan_timer.c	channels on which a timer sends
 *
 * Rejected: a lock-free ring for buffered channels.  Taking and releasing the
 * lock costs two atomic operations, as many as a lock-free put and take need;
 * and with the lock, waiters, close and select need no second protocol.
 */
#pragma once

#include "include/antler.h"
#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/sched/waitq.h"

struct timer;

/* The properties of a channel that an operation must consider.  The kind is 0
 * for an open channel without a buffer whose elements are words: 64 bits,
 * aligned and without pointers. */
enum chan_kind {
	CHAN_CLOSED     = 1 << 0,
	CHAN_TIMER      = 1 << 1,	/* belongs to a timer */
	CHAN_BYTES      = 1 << 2,	/* elements are neither words, nor have
					 * pointers */
	CHAN_TYPED      = 1 << 3,	/* elements have pointers */
	CHAN_BUFFERED   = 1 << 4,	/* cap is not 0 */
	CHAN_FAST       = CHAN_BUFFERED, /* the only kind for which CHAN-2 and
					 * CHAN-3 allow the fast path */
	CHAN_COPY       = CHAN_BYTES | CHAN_TYPED,
};

/*
 * The buffer is a ring of cap + 1 slots, so that a full ring differs from an
 * empty ring.  A channel without a buffer has one slot that is never touched;
 * its ring is full and empty at the same time.
 *
 *	CHAN-1	buf <= send_at, recv_at < end, and both are a whole number of
 *		slots past buf.  The slots from recv_at up to send_at,
 *		cyclically, hold elements.
 *	CHAN-2	send_at < send_stop only if all slots in between are free and
 *		contiguous, at least one more slot is free, the channel is
 *		open, no goroutine waits to receive, and the elements are words.
 *		So a sender that finds send_at < send_stop need not look at
 *		anything else.
 *	CHAN-3	recv_at < recv_stop only if all slots in between are filled and
 *		contiguous, the channel is open, no goroutine waits to send,
 *		and the elements are words.
 *	CHAN-4	The buffer is empty while a goroutine waits to receive, and full
 *		while a goroutine waits to send.  Waiters that have lost
 *		(WAITQ-2) and waiters at a closed channel (CHAN-7) do not count.
 *	CHAN-5	If recv_shut is 1, the channel has a buffer, the buffer is
 *		empty, the channel is open, and send_stop is 0; so the next
 *		sender takes the slow path, which clears recv_shut.  If
 *		send_shut is 1, the channel has a buffer, the buffer is full,
 *		the channel is open, and recv_stop is 0; so the next receiver
 *		takes the slow path, which clears send_shut.
 *	CHAN-6	lock is self-named (LOCK-4).  An operation takes the lock of
 *		whatever pointer the program passes, and thereby also learns
 *		whether the pointer points to a channel.
 *	CHAN-7	Goroutines that wait in line at a closed channel are woken by
 *		the goroutine that closed the channel, and by no other: sends
 *		and receives at a closed channel do not look at its lines.
 *
 * Lock: the field lock guards all fields that are not immutable.
 * Field key:	[I] immutable	[L] by lock	[l] stored under lock, loaded
 *		by any
 */
struct chan {
	struct spinlock       lock;
	ATOMIC(uintptr_t)     send_at;		/* [l] slot to fill next */
	uintptr_t             send_stop;	/* [L] CHAN-2 */
	ATOMIC(uintptr_t)     recv_at;		/* [l] slot to empty next */
	uintptr_t             recv_stop;	/* [L] CHAN-3 */
	struct waitq          recvq;		/* [l] */
	struct waitq          sendq;		/* [l] */
	ATOMIC(uint64_t)      kind;		/* [l] enum chan_kind */
	ATOMIC(uint32_t)      send_shut;	/* [l] CHAN-5 */
	ATOMIC(uint32_t)      recv_shut;	/* [l] CHAN-5 */
	char                 *buf;		/* [I] the only pointer into the
						 * heap, unless the buffer
						 * follows this struct; NULL if
						 * the buffer has no bytes */
	uintptr_t             end;		/* [I] end of the last slot */
	size_t                cap;		/* [I] */
	const struct gc_type *elem;		/* [I] never in the heap */
	struct timer         *timer;		/* [I] the timer to which the
						 * channel belongs, or NULL */
};

/* ---- locking what a program calls a channel ---- */

/* Panic because c is not a channel. */
NORETURN COLD void chan_panic_none(const struct chan *c);

/* Wait for c's lock, in which spin_take_self found state, and take it briefly.
 * Panics if c is not a channel.  The caller holds no locks. */
void chan_settle_brief(struct chan *c, uint64_t state);

/* The name of every channel's lock. */
extern const char chan_lock_name[];

/* Is c, which is not NULL, a channel?  Checks the lock's name as well as what
 * spin_take_self checks, because the head of an empty list also contains its
 * own address.  Only for functions that are FOR_PROGRAMS. */
INLINE bool
chan_is(const struct chan *c)
{
	/* relaxed: the bits that spin_is_self checks never change. */
	return spin_is_self(&c->lock, load_relaxed(&c->lock.state)) &&
	    c->lock.name == chan_lock_name;
}

/* Panic unless c, which is not NULL, is a channel. */
INLINE void
chan_check(const struct chan *c)
{
	if (UNLIKELY(!chan_is(c)))
		chan_panic_none(c);
}

/* Take c's lock briefly.  Panics if c is not a channel.  The caller holds no
 * locks. */
INLINE void
chan_lock_brief(struct chan *c)
{
	uint64_t state;

	if (UNLIKELY(!spin_take_self(&c->lock, &state)))
		chan_settle_brief(c, state);
}

INLINE void
chan_unlock_brief(struct chan *c)
{
	spin_unlock_brief(&c->lock);
}

/* ---- for select.c ---- */

/* Do what chan_try_send and chan_try_recv do, but take the lock at once: for a
 * caller to which c already looked ready.  c is not NULL.  If c is a timer's
 * channel, timer_chan_update has been called. */
bool chan_try_send_now(struct chan *c, const void *value);
bool chan_try_recv_now(struct chan *c, void *out, bool *ok);

/* Try once to pass a word to (from) a goroutine that waits at c to receive (to
 * send); c had kind 0 when the caller looked.  Returns that goroutine, which
 * the caller must make ready; the operation is then complete.  Returns NULL,
 * and does nothing, if none waits or the kind has changed.  The caller holds no
 * locks. */
struct g *chan_try_send_word(struct chan *c, const void *value);
struct g *chan_try_recv_word(struct chan *c, void *out);

NORETURN COLD void chan_panic_send_closed(void);

/* Park this goroutine for ever, with the reason why: it uses a nil channel. */
NORETURN COLD void chan_wait_for_ever(const char *why);

/* ---- for leaks.c ---- */

/* The reasons for which goroutines wait: at a channel; at a nil channel; in a
 * select with cases (which chan_select_of returns), and in a select without
 * cases.  A reason is recognized by its address. */
extern const char chan_why_send[], chan_why_recv[];
extern const char chan_why_send_nil[], chan_why_recv_nil[];
extern const char select_why[], select_why_none[];

/* Find the channel at which w is in line.  Returns NULL if it cannot be found.
 * Takes time proportional to the length of the line.  World stopped. */
struct chan *chan_of_waiter(const struct chan_waiter *w);

/* Find the cases of the select in which gp waits.  Stores where they begin in
 * *cases, and returns where they end.  World stopped. */
struct select_case *chan_select_of(const struct g *gp,
    struct select_case **cases);

/* ---- for timers ---- */

/*
 * Make c, which is zeroed and part of t, the channel of the timer t.  Its
 * elements are int64_t.  Its buffer, slots, has room for one element, which
 * chan_len and chan_cap do not count.  Operations on the channel call
 * timer_chan_update, timer_chan_block and timer_chan_unblock (timers.h): for
 * each block there is one unblock, under the lock.
 */
void      chan_init_timer(struct chan *c, struct timer *t, int64_t slots[2]);

/* Take and release c's lock.  chan_lock panics if c is not a channel. */
void      chan_lock(struct chan *c);
void      chan_unlock(struct chan *c);

/* Send *value if a receiver waits or there is room, else drop *value.  Returns
 * the receiver, which is still G_WAITING and which the caller makes ready after
 * it has unlocked c; or NULL if none waited.  c's lock is held.  Any M with a
 * P. */
struct g *chan_deliver_locked(struct chan *c, const int64_t *value);

/* Drop the element in the buffer of c, a timer's channel.  Returns true if
 * there was an element.  c's lock is held. */
bool      chan_drain_locked(struct chan *c);
