/*
 * netpoll.h - goroutines that wait for a device.
 *
 * A device's interrupt handler may ready nobody (it holds no P and may have
 * interrupted anything), so it puts a descriptor on a lock-free list, and
 * netpoll(), on some M's g0, makes the waiters runnable.  When all Ms sleep,
 * one of them, the poller, is woken for that.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct g;
struct gqueue;
struct m;

/*
 * Something a goroutine can wait for: one waiter at a time.
 *
 *	POLL-1	who is POLL_NIL, POLL_READY (an event nobody waited for), or the
 *		G that is parked.
 *	POLL-2	A descriptor is on the pending list at most once (queued).
 *
 * Field key:	[C] by CAS	[Q] by who set queued
 */
struct poll_desc {
	ATOMIC(uintptr_t)  who;		/* [C] POLL-1 */
	ATOMIC(uint32_t)   queued;	/* [C] POLL-2 */
	struct poll_desc  *link;	/* [Q] pending list */
};

enum { POLL_NIL = 0, POLL_READY = 1 };

/* Park until pd is notified, or return at once if it has been since the last
 * wait.  A goroutine; one at a time per pd. */
void netpoll_wait(struct poll_desc *pd, const char *why);

/* There is something for who waits on pd.  Trap context or any other. */
void netpoll_notify(struct poll_desc *pd);

/* Is any notification pending?  Any context. */
bool netpoll_pending(void);

/* Append every goroutine whose descriptor was notified, now G_RUNNABLE, to
 * ready.  On g0, no locks. */
void netpoll(struct gqueue *ready);

/* Does any goroutine wait?  Then it is no deadlock.  Any context. */
bool netpoll_any_waiters(void);

/* m goes to sleep, or has woken: the poller, if there is none yet.  sched.lock
 * held. */
void netpoll_sleep_begin(struct m *m);
void netpoll_sleep_end(struct m *m);
