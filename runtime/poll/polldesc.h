/*
 * polldesc.h - a descriptor: something that goroutines wait for, such as a
 * device that is read and written.  Each direction has its own waiter and its
 * own deadline.
 *
 * The contract is that of Go's pollDesc.  A goroutine tries the device; if the
 * device has nothing, the goroutine calls polldesc_wait, and tries again:
 *
 *	polldesc_set_deadline(pd, POLL_IN, deadline);
 *	while (!device_has(dev))
 *		if ((why = polldesc_wait(pd, POLL_READ, "dev")) != POLL_OK)
 *			return why;
 *
 * The device's driver calls netpoll_notify (netpoll.h) when something has
 * changed.  A descriptor is permanent memory: it may be closed and opened
 * again, but it is never freed, because the pending list or a timer may still
 * hold it.
 *
 *	POLL-1	who is POLL_NIL, POLL_READY (an event that nobody has taken
 *		yet), or the goroutine that is parked.  There is at most one
 *		waiter in each direction.
 *	POLL-2	A descriptor is on the pending list at most once (queued).
 *	POLL-3	An event is a hint.  The waiter looks at the device again,
 *		because the event may be an old one, even from before the last
 *		open.
 *	POLL-4	A deadline's timer carries the number of this deadline (seq).
 *		Each new deadline of a side has a new number, which is never
 *		used again, even after closing.  A timer with an old number does
 *		nothing.  So a late timer harms neither a later deadline nor a
 *		descriptor that was opened again.
 */
#pragma once

#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/time/timer_heap.h"

struct g;
struct gqueue;

enum poll_dir { POLL_READ, POLL_WRITE, POLL_NDIRS };

/* Sets of directions. */
enum { POLL_IN = 1 << POLL_READ, POLL_OUT = 1 << POLL_WRITE };

/* How a wait ended. */
enum poll_result { POLL_OK, POLL_TIMEOUT, POLL_CLOSED };

/* Values of who that are no goroutine. */
enum { POLL_NIL = 0, POLL_READY = 1 };

/*
 * Lock: the descriptor's.
 * Field key:	[C] by CAS	[L] by lock
 */
struct poll_side {
	ATOMIC(uintptr_t) who;		/* [C] POLL-1 */
	uint64_t          seq;		/* [L] POLL-4 */
	struct rtimer     timer;	/* [L] to set and stop; carries seq */
};

/*
 * Lock: lock guards opening, closing and deadlines; it is never taken in a
 * trap.
 *
 * Field key:	[C] by CAS or swap	[l] stored under lock, loaded by any
 *		[Q] by the hart that set queued	[a] atomic
 *		[O] by polldesc_open
 */
struct poll_desc {
	struct spinlock    lock;
	ATOMIC(uint32_t)   state;	/* [l] open, closing, and the deadlines
					 * that have passed; see polldesc.c */
	ATOMIC(uint32_t)   events;	/* [a] notified, not yet polled */
	ATOMIC(uint32_t)   queued;	/* [C] POLL-2 */
	struct poll_desc  *link;	/* [Q] pending list */
	/* [O] */
	void             (*arm)(struct poll_desc *pd, enum poll_dir dir);
	struct poll_side   side[POLL_NDIRS];
};

/* The initial value of every poll_desc. */
#define POLL_DESC_INIT { .lock = SPINLOCK_INIT("polldesc", RANK_POLLDESC) }

/*
 * Open pd, which is new or closed.  It has no deadlines and no events then.  If
 * arm is not NULL it is called before each wait, for devices that interrupt
 * only when asked to; it may call netpoll_notify.  A goroutine.
 */
void polldesc_open(struct poll_desc *pd,
    void (*arm)(struct poll_desc *pd, enum poll_dir dir));

/* Announce that the device goes away: present and future waits end with
 * POLL_CLOSED.  A goroutine. */
void polldesc_evict(struct poll_desc *pd);

/* Evict pd, and end its use.  The caller knows that nobody uses pd any more: it
 * is fatal if a goroutine still waits.  A goroutine. */
void polldesc_close(struct poll_desc *pd);

/* Returns whether waiting in this direction is still allowed: POLL_OK, or how
 * the wait would end.  Forgets an event that nobody has taken, so that the next
 * wait is for later events. */
enum poll_result polldesc_prepare(struct poll_desc *pd, enum poll_dir dir);

/*
 * Park until there is an event for dir, until its deadline has passed, or until
 * pd is evicted.  An event that came after the last wait counts.  Fatal if
 * another goroutine is waiting in this direction.  why as in park().  A
 * goroutine.
 */
enum poll_result polldesc_wait(struct poll_desc *pd, enum poll_dir dir,
    const char *why);

/*
 * Set a deadline, in the time of timers_now, for the directions dirs: from then
 * on waits end with POLL_TIMEOUT, including a wait that is under way.  0 means
 * no deadline; a deadline in the past takes effect at once.  A goroutine.
 */
void polldesc_set_deadline(struct poll_desc *pd, uint32_t dirs,
    nanos_t deadline);

/* Pass events to pd; for netpoll.c.  Appends the goroutines that they wake, now
 * G_RUNNABLE, to ready.  On g0. */
void polldesc_events(struct poll_desc *pd, uint32_t events,
    struct gqueue *ready);

/* Returns how many goroutines wait on any descriptor. */
uint32_t polldesc_waiters(void);
