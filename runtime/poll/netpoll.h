/*
 * netpoll.h - from a device's interrupt to the goroutine that waits for it.
 *
 * An interrupt handler may make no goroutine ready: it holds no P and may have
 * interrupted anything.  So the handler puts the descriptor (polldesc.h) on a
 * lock-free list, and netpoll(), on some M's g0, makes the waiters runnable.
 * When all Ms sleep, one of them, the poller, is woken for that.
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

/* Note that something changed on pd in these directions (POLL_IN, POLL_OUT),
 * for the goroutines that wait there.  Trap or any other context. */
void netpoll_notify(struct poll_desc *pd, uint32_t dirs);

/* Returns whether any notification is pending.  Any context. */
bool netpoll_pending(void);

/* Make every goroutine runnable whose descriptor was notified, and append it to
 * ready.  On g0, no locks. */
void netpoll(struct gqueue *ready);

/* Returns whether any goroutine waits on a descriptor; then there is no
 * deadlock.  Any context. */
bool netpoll_any_waiters(void);

/* Note that m goes to sleep until deadline, or that m has woken.  If there is
 * no poller, m becomes the poller when it goes to sleep.  The caller holds
 * sched.lock. */
void netpoll_sleep_begin(struct m *m, nanos_t deadline);
void netpoll_sleep_end(struct m *m);

/* Wake the poller, which then looks for work.  Returns false if there is none,
 * because all Ms are awake.  Any context. */
bool netpoll_break(void);

/* Wake the poller if it would sleep beyond when.  Any M. */
void netpoll_wake_before(nanos_t when);

/* Returns when netpoll was last called; 0 while the poller sleeps, because it
 * will call netpoll.  Any context; so far only tests need it. */
nanos_t netpoll_last(void);

/* Returns until when the poller sleeps at most: CLOCK_NEVER if it sleeps
 * without end, 0 if there is no poller.  Any context; so far nobody needs
 * it. */
nanos_t netpoll_until(void);
