/*
 * netpoll.h - from a device's interrupt to the goroutine that waits for it.
 *
 * An interrupt handler may ready nobody (it holds no P and may have interrupted
 * anything), so it puts the descriptor (polldesc.h) on a lock-free list, and
 * netpoll(), on some M's g0, makes the waiters runnable.  When all Ms sleep,
 * one of them, the poller, is woken for that.
 *
 *	Go's netpoll		here
 *	netpollopen, close	polldesc_open, polldesc_close
 *	netpollarm		the function given to polldesc_open
 *	netpoll(0)		netpoll
 *	netpoll(delay)		stopm: an M sleeps, maybe as the poller, until
 *				delay is over, then calls netpoll (find.c)
 *	netpollBreak		netpoll_break
 *	wakeNetPoller		netpoll_wake_before
 *	sched.lastpoll		netpoll_last
 *	sched.pollUntil		netpoll_until
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct gqueue;
struct m;
struct poll_desc;

/* Something changed for who waits on pd in these directions (POLL_IN,
 * POLL_OUT).  Trap context or any other. */
void netpoll_notify(struct poll_desc *pd, uint32_t dirs);

/* Is any notification pending?  Any context. */
bool netpoll_pending(void);

/* Append every goroutine whose descriptor was notified, now G_RUNNABLE, to
 * ready.  On g0, no locks. */
void netpoll(struct gqueue *ready);

/* Does any goroutine wait?  Then it is no deadlock.  Any context. */
bool netpoll_any_waiters(void);

/* m goes to sleep until deadline, or has woken: the poller, if there is none
 * yet.  sched.lock held. */
void netpoll_sleep_begin(struct m *m, nanos_t deadline);
void netpoll_sleep_end(struct m *m);

/* Wake the poller, if an M sleeps as that: it looks for work.  False if none
 * does: all Ms are awake.  Any context. */
bool netpoll_break(void);

/* The same, if it would sleep beyond when.  Any M. */
void netpoll_wake_before(nanos_t when);

/* When netpoll was last called; 0 while the poller sleeps and will do it.  Any
 * context; for those who see to it that somebody polls. */
nanos_t netpoll_last(void);

/* Until when the poller sleeps at most; CLOCK_NEVER: without end; 0: there is
 * none. */
nanos_t netpoll_until(void);
