/*
 * chan.h - a channel from the runtime's side.
 *
 * The part that programs see is in include/antler/chan.h.  The chapter about
 * channels is, in this order:
 *
 *	chan.h		a channel and its invariants
 *	waitq.h		who waits at one
 *	chan_ring.h	the elements and the ring that buffers them
 *	chan_place.h	where the caller's element is, or is to go
 *	chan_pass.h	how an element gets across, under the lock; waiting
 *	chan_look.h	could it?, asked with the lock and without
 *	chan_send.c	the ways through a send
 *	chan_recv.c	the ways through a receive
 *	chan.c		making, closing; for timers
 *	select.c	several at once; if none can go, select_wait.c
 *	chan_timer.c	those that a timer sends on
 *
 * Rejected: a ring without lock for buffered channels.  A lock here is two
 * atomic operations, as many as a lock-free put and take have, and with it
 * waiters, close and select need no second protocol.
 */
#pragma once

#include "include/antler.h"
#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/sched/waitq.h"

struct timer;

/* What there is to be considered; 0 for an open channel without a buffer, whose
 * elements are words: of 64 bits, aligned and without pointers. */
enum chan_kind {
	CHAN_CLOSED     = 1 << 0,
	CHAN_TIMER      = 1 << 1,	/* belongs to a timer */
	CHAN_BYTES      = 1 << 2,	/* elements are no words */
	CHAN_TYPED      = 1 << 3,	/* elements have pointers */
	CHAN_BUFFERED   = 1 << 4,	/* cap is not 0 */
	CHAN_FAST       = CHAN_BUFFERED, /* all that CHAN-2, CHAN-3 allow */
	CHAN_COPY       = CHAN_BYTES | CHAN_TYPED,
};

/*
 * The buffer is a ring of cap + 1 slots, so that a full one and an empty one
 * differ; a channel without buffer has one slot that is never touched, and is
 * full and empty at the same time.
 *
 *	CHAN-1	buf <= send_at, recv_at < end, whole slots from buf.  Slots
 *		from recv_at up to send_at, cyclically, hold elements.
 *	CHAN-2	send_at < send_stop only if the slots in between are free, in a
 *		row, and not all that are; the channel is open, nobody waits to
 *		receive, and its elements are words.  So a sender that finds it
 *		true has nothing else to look at.
 *	CHAN-3	recv_at < recv_stop only if the slots in between are filled, in
 *		a row; the channel is open, nobody waits to send, and its
 *		elements are words.
 *	CHAN-4	While a goroutine waits to receive the buffer is empty, and
 *		while one waits to send it is full; except waiters that have
 *		lost (WAITQ-2) and those of a closed channel (CHAN-7).
 *	CHAN-5	If recv_shut is 1, there is a buffer, empty, the channel is
 *		open, and send_stop is 0: who puts something in takes the slow
 *		way, which clears it.  If send_shut is 1, the buffer is full,
 *		the channel is open, and recv_stop is 0.
 *	CHAN-6	lock is self-named (LOCK-4): so the first look of each operation
 *		at what a program has given us also tells whether it is a
 *		channel.
 *	CHAN-7	Goroutines that are in line at a closed channel are woken by the
 *		one that closed it, and by no other: a send and a receive do not
 *		look there.
 *
 * Lock: lock guards all.
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
						 * heap, if not behind us; NULL
						 * if the buffer has no bytes */
	uintptr_t             end;		/* [I] */
	size_t                cap;		/* [I] */
	const struct gc_type *elem;		/* [I] never in the heap */
	struct timer         *timer;		/* [I] contains us, or NULL */
};

/* ---- locking what a program calls a channel ---- */

/* Panic: c is not a channel. */
NORETURN COLD void chan_panic_none(const struct chan *c);

/* c's lock, in which spin_take_self found state, is taken briefly after all; a
 * panic if c is no channel.  No locks held. */
void chan_settle_brief(struct chan *c, uint64_t state);

/* The name of every channel's lock. */
extern const char chan_lock_name[];

/* Is c, which is not NULL, a channel?  Looks more closely than who takes the
 * lock: the head of an empty list names itself, too.  In a function that is
 * FOR_PROGRAMS. */
INLINE bool
chan_is(const struct chan *c)
{
	/* relaxed: the bits that are looked at never change. */
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

/* Take c's lock briefly; a panic if c is no channel.  No locks held. */
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

/* chan_try_send and chan_try_recv, for who has looked already: they take the
 * lock.  c is not NULL; a timer's has what is due. */
bool chan_try_send_now(struct chan *c, const void *value);
bool chan_try_recv_now(struct chan *c, void *out, bool *ok);

/* One try at c, which looked as if somebody waited to send (or receive) there
 * and had kind 0: the goroutine that had, for the caller to make ready, with
 * all done; or NULL, and nothing done.  No locks held. */
struct g *chan_try_send_word(struct chan *c, const void *value);
struct g *chan_try_recv_word(struct chan *c, void *out);

NORETURN COLD void chan_panic_send_closed(void);

/* An operation on a nil channel. */
NORETURN COLD void chan_wait_for_ever(const char *why);

/* ---- for leaks.c ---- */

/* What a goroutine waits for at a channel, at none, in a select of some cases
 * (those of chan_select_of) and of none; told by their addresses. */
extern const char chan_why_send[], chan_why_recv[];
extern const char chan_why_send_nil[], chan_why_recv_nil[];
extern const char select_why[], select_why_none[];

/* The channel that w is in line at; NULL if it cannot be told.  As long as the
 * line.  World stopped. */
struct chan *chan_of_waiter(const struct chan_waiter *w);

/* The cases of the select that gp waits in: from *cases to before what is
 * returned.  World stopped. */
struct select_case *chan_select_of(const struct g *gp,
    struct select_case **cases);

/* ---- for timers ---- */

/*
 * Make c, zeroed and part of t, a timer's channel: of int64_t, with room for
 * one (slots), which chan_len and chan_cap do not tell.  Operations on it call
 * timer_chan_update, _block and _unblock (timers.h): one unblock, under the
 * lock, for each block.
 */
void      chan_init_timer(struct chan *c, struct timer *t, int64_t slots[2]);

/* Take c's lock, and release it; a panic if c is no channel. */
void      chan_lock(struct chan *c);
void      chan_unlock(struct chan *c);

/* Send *value if there is a receiver or room, else drop it.  A receiver is
 * returned, G_WAITING, for the caller to make ready when it has unlocked c, or
 * NULL.  c's lock held; any M with a P. */
struct g *chan_deliver_locked(struct chan *c, const int64_t *value);

/* Throw away what is in the buffer; true if there was anything.  c's lock held.
 */
bool      chan_drain_locked(struct chan *c);
