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
 * A timer is two objects: the channel and what the heap needs are made when
 * somebody asks for the channel.  Rejected: one object for both.  It saves the
 * 45 instructions of a second small object where the channel is used, and costs
 * 160 where it is not, as with a ticker that is reset or stopped at once.
 *
 * Locking: the channel's, then (within) that of a heap.
 */
#include "kernel/order.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/chan/chan.h"
#include "runtime/chan/timer.h"
#include "runtime/sched/sched.h"

/*
 * What timer_new makes.  A stop before anybody asked for the channel finds
 * opened still 0 and changes due alone, without a lock, because there is none:
 *
 *	stop					timer_chan, then an operation
 *	  due = never				  opened = 1
 *	  fence (a)				  fence (b)
 *	  opened still 0?			  due in the past?
 *
 * One of them sees the other's store: either nothing is sent, or stop goes on
 * to lock and empty the channel.
 *
 * Lock: that of the channel guards what is marked [L] here and in chan_part.
 * Field key:	[I] immutable	[L] by lock	[C] changed by CAS or swap;
 *		except for that stop, under the lock	[1] set once
 */
struct chan_timer {
	struct timer      t;		/* first: see timer.h */
	ATOMIC(uint32_t)  opened;	/* [1] part is there */
	ATOMIC(nanos_t)   due;		/* [C] CTIMER-1 */
	nanos_t           period;	/* [L] 0: once */
	struct chan_part *part;		/* [1] */
};
GC_TYPE(chan_timer, part);

/* The rest of it, made when its channel is asked for.  It keeps the first half
 * alive, as for whoever has only the channel. */
struct chan_part {
	struct rtimer r;		/* first */
	uint32_t      nwaiting;		/* [L] CTIMER-2 */
	struct chan   chan;
	int64_t       slots[2];		/* [L] its buffer */
};
GC_TYPE(chan_part, r.child, r.next, chan.timer);

/* Guards the setting of opened and part. */
static struct spinlock open_lock = SPINLOCK_INIT("timer open", RANK_CHAN);

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

/* ct, set for the past, sends, unless it is just being stopped.  Returns who
 * received, if anybody waited.  Lock held. */
static struct g *
send_due_locked(struct chan_timer *ct, nanos_t now)
{
	nanos_t value = due(ct), was = value, next = CLOCK_NEVER;

	if (ct->period != 0) {
		nanos_t periods = (now - value) / ct->period;

		next = timers_after(value + periods * ct->period, ct->period);
	}
	/* relaxed: whoever changes due without the lock has no channel. */
	if (!cas_relaxed(&ct->due, &was, next))
		return NULL;
	return chan_deliver_locked(&ct->part->chan, &value);
}

/* Make CTIMER-2 true again.  Lock held. */
static void
follow_due_locked(struct chan_timer *ct)
{
	struct chan_part *part = ct->part;

	if (part->nwaiting != 0 && due(ct) != CLOCK_NEVER)
		rtimer_set(&part->r, due(ct), 0);
	else
		rtimer_stop(&part->r);
}

/* From the heap: somebody waits, or did. */
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
	chan_lock(&ct->part->chan);
	if (ct->part->nwaiting == 0 && due(ct) <= now) {
		struct g *gp = send_due_locked(ct, now);

		CHECK(gp == NULL);
	}
	chan_unlock(&ct->part->chan);
}

/* A goroutine is about to wait on t's channel, the lock of which is held. */
void
timer_chan_block(struct timer *t)
{
	struct chan_timer *ct = of(t);

	if (ct->part->nwaiting++ == 0 && due(ct) != CLOCK_NEVER)
		rtimer_set(&ct->part->r, due(ct), 0);
}

/* One fewer waits on t's channel, the lock of which is held. */
void
timer_chan_unblock(struct timer *t)
{
	struct chan_part *part = of(t)->part;

	ASSERT(part->nwaiting > 0);
	if (--part->nwaiting == 0)
		rtimer_stop(&part->r);
}

/* ---- the channel ---- */

/* Make the second half of ct. */
static NOINLINE void
open_chan(struct chan_timer *ct)
{
	struct chan_part *part = gc_new(&chan_part_type);

	part->r.fire = fire_chan;
	chan_init_timer(&part->chan, &ct->t, part->slots);
	gc_store(&part->chan.timer, &ct->t);	/* with the barrier */
	spin_lock(&open_lock);
	/* relaxed: stored under the lock. */
	if (load_relaxed(&ct->opened) == 0) {
		gc_store(&ct->part, part);
		/* release: pairs with load_acquire in timer_chan and
		 * chan_timer_stop; part is complete. */
		store_release(&ct->opened, 1);
	}
	spin_unlock(&open_lock);
	fence_seq_cst();			/* (b), with (a) */
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

/* Take back what ct was set for, and what of it is still in the buffer.  True
 * if there was either.  Lock held. */
static bool
unset_locked(struct chan_timer *ct)
{
	/* acq_rel: as in chan_timer_stop; here the lock would do. */
	bool was_set = swap_acq_rel(&ct->due, CLOCK_NEVER) != CLOCK_NEVER;

	return chan_drain_locked(&ct->part->chan) || was_set;	/* CTIMER-3 */
}

/* chan_timer_stop, if ct has a channel. */
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

	/* relaxed: looked at again behind the fence. */
	if (load_relaxed(&ct->opened) != 0)
		return stop_opened(ct);
	SYNC_POINT(timer_stop_unopened);
	/* acq_rel: the fence would do; there is no weaker swap. */
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
