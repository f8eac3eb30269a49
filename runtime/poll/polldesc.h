/*
 * polldesc.h - something that goroutines wait for: a device that is read from
 * and written to, each direction with its own waiter and its own deadline.
 *
 * The contract is that of Go's pollDesc.  A goroutine tries the device; if
 * that has nothing it calls polldesc_wait, and tries again:
 *
 *	polldesc_set_deadline(pd, POLL_IN, deadline);
 *	while (!device_has(dev))
 *		if ((why = polldesc_wait(pd, POLL_READ, "dev")) != POLL_OK)
 *			return why;
 *
 * The device's driver calls netpoll_notify (netpoll.h) when something changed.
 * A descriptor is permanent memory: it may be closed and opened again, but is
 * never freed, since the pending list or a timer may still hold it.
 *
 *	POLL-1	who is POLL_NIL, POLL_READY (an event nobody has taken yet), or
 *		the goroutine that is parked.  One waiter for each direction.
 *	POLL-2	A descriptor is on the pending list at most once (queued).
 *	POLL-3	An event is a hint.  Who waited looks at the device again: the
 *		event may be an old one, even of before the last open.
 *	POLL-4	A deadline's timer carries the number of that deadline (seq).
 *		Each new deadline of the side has another, for good, also after
 *		closing; a timer with an old one does nothing.  So one that
 *		comes late hurts neither a later deadline nor a descriptor
 *		opened anew.
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

/* How a wait ends. */
enum poll_result { POLL_OK, POLL_TIMEOUT, POLL_CLOSED };

enum { POLL_NIL = 0, POLL_READY = 1 };

/*
 * Lock: the descriptor's.
 * Field key:	[C] by CAS	[L] by lock
 */
struct poll_side {
	ATOMIC(uintptr_t) who;		/* [C] POLL-1 */
	uint64_t          seq;		/* [L] POLL-4 */
	struct rtimer     timer;	/* [L] to set and stop; set for seq */
};

/*
 * Lock: lock guards opening, closing and deadlines; it is never taken in a
 * trap.
 * Field key:	[C] by CAS or swap	[l] stored under lock, loaded by any
 *		[Q] by who set queued	[a] atomic	[O] by polldesc_open
 */
struct poll_desc {
	struct spinlock    lock;
	ATOMIC(uint32_t)   state;	/* [l] open? closing? which deadlines
					 * have passed? see polldesc.c */
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
 * Open pd, which is new or closed: no deadlines, no events.  arm, if not NULL,
 * is called before each wait, for devices that interrupt only when asked to;
 * it may call netpoll_notify.  A goroutine.
 */
void polldesc_open(struct poll_desc *pd,
    void (*arm)(struct poll_desc *pd, enum poll_dir dir));

/* The device goes away: who waits, and who is going to, gets POLL_CLOSED.  A
 * goroutine. */
void polldesc_evict(struct poll_desc *pd);

/* Evict, and end the use of pd: fatal if somebody still waits after that.  The
 * caller knows that nobody uses pd any more.  A goroutine. */
void polldesc_close(struct poll_desc *pd);

/* Is waiting in this direction still allowed?  Forgets an event that nobody
 * has taken, so that the next wait is for what comes after. */
enum poll_result polldesc_prepare(struct poll_desc *pd, enum poll_dir dir);

/*
 * Park until there is an event for dir (or has been since the last wait), its
 * deadline has passed, or pd is evicted.  A goroutine; fatal if another one is
 * waiting for the same direction.  why as in park().
 */
enum poll_result polldesc_wait(struct poll_desc *pd, enum poll_dir dir,
    const char *why);

/*
 * From deadline (timers_now) on, waits in the directions of dirs end with
 * POLL_TIMEOUT, also one that is under way.  0: no deadline; one that has
 * passed counts at once.  A goroutine.
 */
void polldesc_set_deadline(struct poll_desc *pd, uint32_t dirs,
    nanos_t deadline);

/* For netpoll.c: events of pd have come.  Append whom they wake, now
 * G_RUNNABLE, to ready.  On g0. */
void polldesc_events(struct poll_desc *pd, uint32_t events,
    struct gqueue *ready);

/* Goroutines that wait on any descriptor. */
uint32_t polldesc_waiters(void);
