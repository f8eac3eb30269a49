/*
 * chan_timer.c - timers and tickers, which send the time on a channel.
 *
 * As in Go since 1.23, the channel behaves as if it had no buffer: once a stop
 * or a reset has returned, no value from before it can be received.  And a
 * timer for which no goroutine waits costs nothing: the timer is in the heap of
 * a P only while a goroutine is blocked on its channel.  At any other time,
 * each operation on the channel first compares the time with due, and puts the
 * value that is due into the buffer.  So making and stopping a timer touches
 * nothing but the timer; and a timer that the program has forgotten is garbage
 * like any other object, whether or not it was stopped.
 *
 * Invariants, under the channel's lock:
 *
 *	CTIMER-1  due is the time at which the next value is due, or CLOCK_NEVER
 *		if the timer is not set.  A value is sent only by a caller that
 *		finds due in the past, under the lock, and changes due.  So
 *		each tick is sent at most once.
 *	CTIMER-2  While nwaiting > 0 and the timer is set, the timer is in a
 *		heap, or the heap's call of fire_chan is between releasing the
 *		heap's lock and taking the channel's.  While nwaiting is 0, the
 *		timer is in no heap.
 *	CTIMER-3  The buffer holds a value only if the value was sent since the
 *		last stop or reset, because both empty the buffer.
 *
 * A call from the heap may come too late, because the timer was stopped or
 * reset, or because an operation on the channel has sent the value.  Such a
 * call finds that due is later or CLOCK_NEVER, and sends nothing.  It needs no
 * sequence number, because due itself tells whether the call is still right.
 *
 * The value is the time at which the timer was due, not the time at which it
 * was sent.  On an idle hart both times are the same, and for a value that had
 * to wait for its receiver Go also gives the time at which it was due.  Ticks
 * keep to the schedule of the first tick: a late tick does not delay the next,
 * and ticks that a slow receiver misses are dropped.
 *
 * A timer consists of two objects: the second, with the channel and what the
 * heap needs, is made when the program asks for the channel.  Rejected: one
 * object for both.  That would save the 45 instructions of a second small
 * object where the channel is used, and cost 160 instructions where it is not,
 * as with a ticker that is reset or stopped at once.
 *
 * Locking: the channel's lock first, then the lock of a heap.
 */
#include "kernel/order.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/chan/chan.h"
#include "runtime/chan/timer.h"
#include "runtime/sched/sched.h"

/*
 * The first object of a timer, which timer_new makes.  A stop before the
 * program has asked for the channel finds opened still 0 and only changes due.
 * It takes no lock, because there is none yet:
 *
 *	stop					timer_chan, then an operation
 *	  due = never				  opened = 1
 *	  fence (a)				  fence (b)
 *	  opened still 0?			  due in the past?
 *
 * At least one side sees the other side's store: either the operation sends
 * nothing, or the stop goes on to lock and empty the channel.
 *
 * Lock: the lock of the channel guards the fields marked [L] here and in
 * chan_part.
 * Field key:	[I] immutable	[L] by lock	[1] set once
 *		[C] changed by CAS or swap, and, except in the stop described
 *		above, under the lock
 */
struct chan_timer {
	struct timer      t;		/* first: see timer.h */
	ATOMIC(uint32_t)  opened;	/* [1] 1 once part is set */
	ATOMIC(nanos_t)   due;		/* [C] CTIMER-1 */
	nanos_t           period;	/* [L] 0 for a timer, not a ticker */
	struct chan_part *part;		/* [1] */
};
GC_TYPE(chan_timer, part);

/* The second object of a timer, made when the program asks for its channel.  It
 * keeps the first object alive, also for a program that kept only a pointer to
 * the channel. */
struct chan_part {
	struct rtimer r;		/* first */
	uint32_t      nwaiting;		/* [L] CTIMER-2 */
	struct chan   chan;
	int64_t       slots[2];		/* [L] the channel's buffer */
};
GC_TYPE(chan_part, r.child, r.next, chan.timer);

/* Guards the setting of opened and part. */
static struct spinlock open_lock = SPINLOCK_INIT("timer open", RANK_CHAN);

static struct chan_timer *
of(struct timer *t)
{
	return (struct chan_timer *)t;
}

/* Return when ct is due.  The channel's lock is held. */
static nanos_t
due(struct chan_timer *ct)
{
	/* relaxed: stored under the lock. */
	return load_relaxed(&ct->due);
}

static void
set_due(struct chan_timer *ct, nanos_t when)
{
	/* relaxed: to a load without the lock, due is a hint
	 * (timer_chan_update). */
	store_relaxed(&ct->due, when);
}

/* Send the value of ct, whose due is not in the future, unless ct is just being
 * stopped.  Returns the receiver, if one waited, else NULL.  The channel's lock
 * is held. */
static struct g *
send_due_locked(struct chan_timer *ct, nanos_t now)
{
	nanos_t value = due(ct), was = value, next = CLOCK_NEVER;

	if (ct->period != 0) {
		nanos_t periods = (now - value) / ct->period;

		next = timers_after(value + periods * ct->period, ct->period);
	}
	/* relaxed: a stop that changes due without the lock does not know the
	 * channel. */
	if (!cas_relaxed(&ct->due, &was, next))
		return NULL;
	return chan_deliver_locked(&ct->part->chan, &value);
}

/* Make CTIMER-2 true again after due has changed.  The channel's lock is held.
 */
static void
follow_due_locked(struct chan_timer *ct)
{
	struct chan_part *part = ct->part;

	if (part->nwaiting != 0 && due(ct) != CLOCK_NEVER)
		rtimer_set(&part->r, due(ct), 0);
	else
		rtimer_stop(&part->r);
}

/* Handle the call from the heap, which comes because a goroutine waits at the
 * channel, or waited until just now. */
static void
fire_chan(struct rtimer *r, uint64_t seq, struct gqueue *ready_now)
{
	struct chan_part *part = (struct chan_part *)r;
	struct chan_timer *ct = of(part->chan.timer);
	nanos_t now = timers_now();
	struct g *gp = NULL;

	(void)seq;
	SYNC_POINT(timer_fire_before_lock);
	chan_lock(&part->chan);
	if (due(ct) <= now)				/* CTIMER-1 */
		gp = send_due_locked(ct, now);
	follow_due_locked(ct);
	chan_unlock(&part->chan);
	if (gp == NULL)
		return;
	g_become(gp, G_WAITING, G_RUNNABLE);
	gqueue_push(ready_now, gp);
}

/* ---- for operations on the channel ---- */

/* Send what is due, unless t is in a heap: then fire_chan does so. */
void
timer_chan_update(struct timer *t)
{
	struct chan_timer *ct = of(t);
	nanos_t now = timers_now();

	/* relaxed: due is loaded again under the lock.  If the caller knows of
	 * a reset, then what told the caller has also ordered the reset before
	 * this load. */
	if (LIKELY(load_relaxed(&ct->due) > now))
		return;
	chan_lock(&ct->part->chan);
	if (ct->part->nwaiting == 0 && due(ct) <= now) {
		struct g *gp = send_due_locked(ct, now);

		CHECK(gp == NULL);
	}
	chan_unlock(&ct->part->chan);
}

void
timer_chan_block(struct timer *t)
{
	struct chan_timer *ct = of(t);

	if (ct->part->nwaiting++ == 0 && due(ct) != CLOCK_NEVER)
		rtimer_set(&ct->part->r, due(ct), 0);
}

void
timer_chan_unblock(struct timer *t)
{
	struct chan_part *part = of(t)->part;

	ASSERT(part->nwaiting > 0);
	if (--part->nwaiting == 0)
		rtimer_stop(&part->r);
}

/* ---- the channel ---- */

/* Make the second object of ct. */
static NOINLINE void
open_chan(struct chan_timer *ct)
{
	struct chan_part *part = gc_new(&chan_part_type);

	part->r.fire = fire_chan;
	chan_init_timer(&part->chan, &ct->t, part->slots);
	/* Once more, with the write barrier. */
	gc_store(&part->chan.timer, &ct->t);
	spin_lock(&open_lock);
	/* relaxed: stored under the lock. */
	if (load_relaxed(&ct->opened) == 0) {
		gc_store(&ct->part, part);
		/* release: pairs with load_acquire in timer_chan; publishes
		 * part, which is complete. */
		store_release(&ct->opened, 1);
	}
	spin_unlock(&open_lock);
	fence_seq_cst();		/* (b), with (a) in chan_timer_stop */
}

FOR_PROGRAMS struct chan *
timer_chan(struct timer *t)
{
	struct chan_timer *ct = of(t);

	if (UNLIKELY(!timer_is(t, SEAL_TIMER_CHAN))) {
		if (timer_is(t, SEAL_TIMER_FUNC))
			return NULL;
		timer_panic_none("Chan");
	}
	/* acquire: pairs with store_release in open_chan. */
	if (load_acquire(&ct->opened) == 0)
		open_chan(ct);
	return &ct->part->chan;
}

/* ---- for timer.c ---- */

/* Make ct not set, and drop the value that is in the buffer.  Returns true if
 * ct was set or the buffer held a value.  The channel's lock is held. */
static bool
unset_locked(struct chan_timer *ct)
{
	/* acq_rel: there is no weaker swap; the lock would suffice. */
	bool was_set = swap_acq_rel(&ct->due, CLOCK_NEVER) != CLOCK_NEVER;

	return chan_drain_locked(&ct->part->chan) || was_set;	/* CTIMER-3 */
}

/* Do chan_timer_stop for ct, which has a channel. */
static NOINLINE bool
stop_opened(struct chan_timer *ct)
{
	struct chan *c = timer_chan(&ct->t);
	bool was_set;

	chan_lock(c);
	was_set = unset_locked(ct);
	if (ct->part->nwaiting != 0)
		rtimer_stop(&ct->part->r);
	chan_unlock(c);
	return was_set;
}

bool
chan_timer_stop(struct timer *t)
{
	struct chan_timer *ct = of(t);
	bool was_set;

	/* relaxed: opened is loaded again after the fence; stop_opened calls
	 * timer_chan, which loads it with acquire. */
	if (load_relaxed(&ct->opened) != 0)
		return stop_opened(ct);
	SYNC_POINT(timer_stop_unopened);
	/* acq_rel: there is no weaker swap; the fence would suffice. */
	was_set = swap_acq_rel(&ct->due, CLOCK_NEVER) != CLOCK_NEVER;
	fence_seq_cst();			/* (a), with (b) in open_chan */
	if (UNLIKELY(load_relaxed(&ct->opened) != 0))
		return stop_opened(ct) || was_set;
	return was_set;
}

bool
chan_timer_reset(struct timer *t, int64_t ns, int64_t period)
{
	struct chan_timer *ct = of(t);
	struct chan *c = timer_chan(t);
	bool was_set;

	chan_lock(c);
	if (UNLIKELY((ct->period == 0) != (period == 0))) {
		chan_unlock(c);
		go_panic("reset of a %s as a %s", period == 0 ? "ticker" :
		    "timer", period == 0 ? "timer" : "ticker");
	}
	order_release(t);
	was_set = unset_locked(ct);
	set_due(ct, timers_after(timers_now(), ns));
	ct->period = period;
	if (UNLIKELY(ct->part->nwaiting != 0))
		follow_due_locked(ct);
	chan_unlock(c);
	return was_set;
}

/* ---- making them ---- */

INLINE struct timer *
make(int64_t ns, int64_t period)
{
	struct chan_timer *ct = gc_new(&chan_timer_type);

	seal_set(&ct->t.seal, ct, SEAL_TIMER_CHAN);
	ct->period = period;
	order_release(&ct->t);
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
	return timer_chan(timer_new(ns));
}
