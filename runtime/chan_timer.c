/*
 * chan_timer.c - timers and tickers, which send the time on a channel.
 *
 * As in Go since 1.23 the channel looks as if it had no buffer: after a stop or
 * a reset returns, no value from before it can be received.  And a timer that
 * nobody waits for costs nothing: only while a goroutine is blocked on its
 * channel is it in the heap of a P.  Else whoever looks at the channel compares
 * the time with due first, and puts the value in that should have come.  So
 * making and stopping a timer touches nothing but the timer, and one that is
 * forgotten, stopped or not, is garbage like anything else.
 *
 * Invariants, under the channel's lock:
 *
 *	CTIMER-1  due is when the next value is to come, or CLOCK_NEVER if the
 *		timer is not set.  A value is sent only by who finds due in the
 *		past, under the lock, and moves it: so each tick at most once.
 *	CTIMER-2  While nwaiting > 0 and the timer is set it is in a heap, or
 *		its call from there is on its way (between the heap's lock and
 *		ours).  While nwaiting is 0 it is in none.
 *	CTIMER-3  The buffer holds a value only if it was sent since the last
 *		stop or reset: both empty it.
 *
 * A call from the heap that comes too late, because the timer was stopped,
 * reset or looked at in between, finds due to be later or never and sends
 * nothing; it needs no sequence number, because the time itself says whether it
 * is right.
 *
 * The value is when the timer was due, not when it was looked at: on an idle
 * hart the two are the same, and for a value that was waiting Go says so too.
 * Ticks keep to the schedule of the first: a late one does not delay the next,
 * and what a slow receiver misses is dropped.
 *
 * Locking: the channel's, then (within) that of a heap.
 */
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/chan.h"
#include "runtime/sched.h"
#include "runtime/timer.h"

/*
 * Lock: that of chan guards all of it but t.r, which has its heap's.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 */
struct chan_timer {
	struct timer    t;		/* first: see timer.h */
	ATOMIC(nanos_t) due;		/* [l] CTIMER-1 */
	nanos_t         period;		/* [L] 0: once */
	uint32_t        nwaiting;	/* [L] CTIMER-2 */
	struct chan     chan;
};
GC_TYPE(chan_timer, t.r.child, t.r.next);

static struct chan_timer *
of(struct timer *t)
{
	return (struct chan_timer *)t;
}

/* When ct is due; its channel's lock held. */
static nanos_t
due(struct chan_timer *ct)
{
	/* relaxed: stored under the lock. */
	return load_relaxed(&ct->due);
}

static void
set_due(struct chan_timer *ct, nanos_t when)
{
	/* relaxed: a look without the lock is a hint (timer_chan_update). */
	store_relaxed(&ct->due, when);
}

/* ct, set for the past, sends.  Returns who received, if anybody waited. */
static struct g *
send_due_locked(struct chan_timer *ct, nanos_t now)
{
	nanos_t value = due(ct), periods;

	ASSERT(value <= now);
	if (ct->period == 0) {
		set_due(ct, CLOCK_NEVER);
	} else {
		periods = (now - value) / ct->period;
		set_due(ct, timers_after(value + periods * ct->period,
		    ct->period));
	}
	return chan_deliver_locked(&ct->chan, &value);
}

/* Make CTIMER-2 true again.  Lock held. */
static void
follow_due_locked(struct chan_timer *ct)
{
	if (ct->nwaiting != 0 && due(ct) != CLOCK_NEVER)
		rtimer_set(&ct->t.r, due(ct), 0);
	else
		rtimer_stop(&ct->t.r);
}

/* From the heap: somebody waits, or did. */
static void
fire_chan(struct rtimer *r, uint64_t seq, struct gqueue *ready_now)
{
	struct chan_timer *ct = (struct chan_timer *)r;
	nanos_t now = timers_now();
	struct g *gp = NULL;

	(void)seq;
	SYNC_POINT(timer_fire_before_lock);
	chan_lock(&ct->chan);
	if (due(ct) <= now)				/* CTIMER-1 */
		gp = send_due_locked(ct, now);
	follow_due_locked(ct);
	chan_unlock(&ct->chan);
	if (gp == NULL)
		return;
	g_become(gp, G_WAITING, G_RUNNABLE);
	gqueue_push(ready_now, gp);
}

/* ---- for chan.c ---- */

/*
 * Before any operation on t's channel: send what is due, if t is not in a heap
 * and so nobody else will.  A goroutine, no locks.
 */
void
timer_chan_update(struct timer *t)
{
	struct chan_timer *ct = of(t);
	nanos_t now = timers_now();

	/* relaxed: looked at again under the lock; a reset that the caller must
	 * have seen was ordered by whatever told it. */
	if (LIKELY(load_relaxed(&ct->due) > now))
		return;
	chan_lock(&ct->chan);
	if (ct->nwaiting == 0 && due(ct) <= now) {
		struct g *gp = send_due_locked(ct, now);

		CHECK(gp == NULL);
	}
	chan_unlock(&ct->chan);
}

/* A goroutine is about to wait on t's channel, the lock of which is held. */
void
timer_chan_block(struct timer *t)
{
	struct chan_timer *ct = of(t);

	if (ct->nwaiting++ == 0 && due(ct) != CLOCK_NEVER)
		rtimer_set(&t->r, due(ct), 0);
}

/* One fewer waits on t's channel, the lock of which is held. */
void
timer_chan_unblock(struct timer *t)
{
	struct chan_timer *ct = of(t);

	ASSERT(ct->nwaiting > 0);
	if (--ct->nwaiting == 0)
		rtimer_stop(&t->r);
}

/* ---- for timer.c ---- */

/* Take back what ct was set for, and what of it is still in the buffer.  True
 * if there was either.  Lock held. */
static bool
unset_locked(struct chan_timer *ct)
{
	bool was_set = due(ct) != CLOCK_NEVER;

	set_due(ct, CLOCK_NEVER);
	return chan_drain_locked(&ct->chan) || was_set;		/* CTIMER-3 */
}

bool
chan_timer_stop(struct timer *t)
{
	struct chan_timer *ct = of(t);
	bool was_set;

	chan_lock(&ct->chan);
	was_set = unset_locked(ct);
	if (UNLIKELY(ct->nwaiting != 0))
		rtimer_stop(&t->r);
	chan_unlock(&ct->chan);
	return was_set;
}

bool
chan_timer_reset(struct timer *t, int64_t ns, int64_t period)
{
	struct chan_timer *ct = of(t);
	bool was_set;

	chan_lock(&ct->chan);
	if (UNLIKELY((ct->period == 0) != (period == 0))) {
		chan_unlock(&ct->chan);
		go_panic("reset of a %s as a %s", period == 0 ? "ticker" :
		    "timer", period == 0 ? "timer" : "ticker");
	}
	was_set = unset_locked(ct);
	set_due(ct, timers_after(timers_now(), ns));
	ct->period = period;
	if (UNLIKELY(ct->nwaiting != 0))
		follow_due_locked(ct);
	chan_unlock(&ct->chan);
	return was_set;
}

struct chan *
timer_chan(struct timer *t)
{
	return t->kind == TIMER_CHAN ? &of(t)->chan : NULL;
}

/* ---- making them ---- */

static struct timer *
make(int64_t ns, int64_t period)
{
	struct chan_timer *ct = gc_new(&chan_timer_type);

	ct->t.r.fire = fire_chan;
	ct->t.kind = TIMER_CHAN;
	ct->period = period;
	chan_init_timer(&ct->chan, &ct->t);
	set_due(ct, timers_after(timers_now(), ns));
	return &ct->t;
}

struct timer *
timer_new(int64_t ns)
{
	return make(ns, 0);
}

struct timer *
ticker_new(int64_t ns)
{
	if (ns <= 0)
		go_panic("non-positive interval for NewTicker");
	return make(ns, ns);
}

struct chan *
after(int64_t ns)
{
	return &of(make(ns, 0))->chan;
}
