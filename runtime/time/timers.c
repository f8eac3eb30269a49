/*
 * timers.c - the heap of timers that each P has.
 *
 * Invariants:
 *
 *	TIMERS-1  A timer is in at most one heap, that of the P t->p.  t->p
 *		becomes p only under the lock of p's heap, by a CAS from NULL,
 *		and NULL again under the same lock.  (A sleeper's timer needs
 *		neither: no other hart knows it before it is in the heap, and it
 *		is gone when it has left the heap.)
 *	TIMERS-2  Whenever the lock is free, timers.next is the time at which
 *		the root is due, or CLOCK_NEVER if there is no root, and
 *		timerpmask has the P's bit if and only if there is a root.
 *	TIMERS-3  A timer that was set is either taken back, by a stop or set
 *		that returns true, or its function is called for that setting;
 *		never both, never neither.  The hart that takes the timer out of
 *		the heap, under the lock, decides which.
 *
 * Protocol.  Setting a timer that is in no heap puts it into the heap of the
 * current P.  Stopping a timer takes it out of the heap that it is in: read
 * t->p, lock that P's heap, and check that t->p has not changed; if it has,
 * begin again.  Ps are permanent memory, so a stale t->p does no harm.  Setting
 * a timer that is in a heap moves it within that heap.  To move it to the heap
 * of the current P would leave a moment in which it is in no heap, and two
 * goroutines that set the timer at the same time could not tell which settings
 * they have stopped.  If the timer is in no heap and two goroutines want to set
 * it, one fails the CAS of TIMERS-1 and begins again.
 *
 * Due timers are handled one after the other, earliest first: each is taken out
 * under the lock, and its function is called without the lock.  The function
 * gets seq as it was when the timer was taken out.  So the owner of the timer
 * can recognise a call that a newer setting has overtaken: before it calls
 * rtimer_set, it changes its own number under its own lock.
 *
 * procresize.  A P that retires hands its timers over with the world stopped,
 * when no lock of this rank is held.  Between the choice of this_p() and the
 * insertion there is no safe point, and runtime text is not preempted, so the P
 * cannot retire in between (Go issues 45716 and 44868).  Handing over walks all
 * timers, to store the new P in each.
 *
 * Rejected: a separate set of timers for each lifetime of a P, which forwards
 * to its successor.  That would avoid the walk in a rare resize, but make every
 * stop of a timer slower.
 *
 * The collector's part is TIMERS-GC in timer_heap.c.
 *
 * Locking: RANK_TIMERS, one heap at a time.
 */
#include "runtime/time/timers.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/tick.h"

/* ---- heaps ---- */

/* Make TIMERS-2 true again after a change of p's heap. */
static void
publish(struct p *p)
{
	struct timers *ts = &p->timers;

	ASSERT_HELD(&ts->lock);
	/* relaxed: a hint for other Ms; timers_check_no_p is ordered by the
	 * fence in find.c. */
	if (ts->root != NULL) {
		store_relaxed(&ts->next, ts->root->when);
	} else {
		store_relaxed(&ts->next, CLOCK_NEVER);
		pmask_clear(&timerpmask, p->id);
	}
}

/* Put t, whose t->p is p already, into p's heap.  Returns true if t is now the
 * earliest.  p->timers.lock held. */
static inline bool
insert_locked(struct p *p, struct rtimer *t, nanos_t when)
{
	struct timers *ts = &p->timers;

	t->when = when;
	t->order = ++ts->order;
	if (ts->root == NULL)
		pmask_set(&timerpmask, p->id);
	timer_heap_insert(&ts->root, t);
	if (ts->root != t)
		return false;
	store_relaxed(&ts->next, when);		/* relaxed: as in publish */
	return true;
}

/* Take t out of p's heap, which contains it.  t then is in no heap, and may be
 * set anew by another hart at once.  p->timers.lock held. */
static void
remove_locked(struct p *p, struct rtimer *t)
{
	struct timers *ts = &p->timers;
	bool first = ts->root == t;

	timer_heap_remove(&ts->root, t);
	if (first)
		publish(p);
	/* release: pairs with cas_acquire in claim, which may happen under the
	 * lock of another heap: our reads and stores of t end here. */
	store_release(&t->p, NULL);
}

/* Lock the heap that contains t.  Returns the P of that heap, or NULL, with no
 * lock taken, if t is in none. */
static struct p *
lock_heap_of(struct rtimer *t)
{
	for (;;) {
		/* relaxed: looked at again under the lock. */
		struct p *p = load_relaxed(&t->p);

		if (p == NULL)
			return NULL;
		SYNC_POINT(timers_before_lock);
		spin_lock(&p->timers.lock);
		if (LIKELY(load_relaxed(&t->p) == p))
			return p;
		spin_unlock(&p->timers.lock);
	}
}

/* ---- setting and stopping ---- */

bool
rtimer_stop(struct rtimer *t)
{
	struct p *p = lock_heap_of(t);

	if (p == NULL)
		return false;
	remove_locked(p, t);
	spin_unlock(&p->timers.lock);
	return true;
}

/* Lock the heap in which t is to be set, and store that heap's P in *p: the
 * heap that contains t, or, if none does, this P's heap, for which t->p is then
 * claimed (TIMERS-1).  Returns true if the heap contains t already. */
static bool
claim(struct rtimer *t, struct p **p)
{
	for (;;) {
		struct p *none = NULL;

		*p = lock_heap_of(t);
		if (*p != NULL)
			return true;
		*p = this_p();
		spin_lock(&(*p)->timers.lock);
		/* acquire: pairs with store_release in remove_locked. */
		if (LIKELY(cas_acquire(&t->p, &none, *p)))
			return false;
		spin_unlock(&(*p)->timers.lock);
	}
}

bool
rtimer_set(struct rtimer *t, nanos_t when, uint64_t seq)
{
	struct p *p;
	bool was_set = claim(t, &p), earliest;

	if (was_set)
		timer_heap_remove(&p->timers.root, t);
	t->seq = seq;
	earliest = insert_locked(p, t, when);
	if (was_set && !earliest)
		publish(p);
	spin_unlock(&p->timers.lock);
	if (earliest)
		timers_earlier(p, when);
	return was_set;
}

/* Put the timer of the goroutine gp, which sleeps, into this P's heap.  On g0,
 * off gp's stack, because a hart that takes the timer out may run gp at
 * once. */
static bool
set_sleeper(struct g *gp, void *arg)
{
	struct rtimer *t = arg;
	struct p *p = this_p();
	nanos_t when = t->when;
	bool earliest;

	(void)gp;
	/* relaxed: no other hart knows t yet; the lock publishes it. */
	store_relaxed(&t->p, p);
	spin_lock(&p->timers.lock);
	earliest = insert_locked(p, t, when);
	spin_unlock(&p->timers.lock);
	if (earliest)
		timers_earlier(p, when);
	return true;
}

void
timers_sleep_until(nanos_t deadline)
{
	struct rtimer t = { .when = deadline, .gp = this_g() };

	park_with(set_sleeper, &t, "sleep");
}

void
sleep_ns(int64_t ns)
{
	if (ns <= 0) {
		yield();
		return;
	}
	timers_sleep_until(timers_after(timers_now(), ns));
}

/* ---- running what is due ---- */

/*
 * Take t, the root of p's heap, out and run it.  The heap is locked before and
 * after.  A sleeper's record must not be touched once the sleeper is ready,
 * because it is gone as soon as the sleeper runs.
 */
static void
run_first(struct p *p, struct rtimer *t, struct gqueue *ready)
{
	struct timers *ts = &p->timers;
	rtimer_fn *fire = t->fire;
	uint64_t seq;

	if (fire == NULL) {
		struct g *gp = t->gp;

		timer_heap_remove(&ts->root, t);
		g_become(gp, G_WAITING, G_RUNNABLE);
		gqueue_push(ready, gp);
		return;
	}
	seq = t->seq;
	remove_locked(p, t);				/* TIMERS-3 */
	spin_unlock(&ts->lock);
	fire(t, seq, ready);
	spin_lock(&ts->lock);
}

/* After how many timers of a heap to check whether the P is wanted. */
enum { RUN_PIECE = 64 };

INLINE bool
is_due(const struct timers *ts, nanos_t now)
{
	return ts->root != NULL && ts->root->when <= now;
}

/* Run the due timers of p after the first, as run_due does.  Apart, because
 * most often there is only one. */
static NOINLINE void
run_more(struct p *p, nanos_t now, struct gqueue *ready)
{
	uint32_t n = 1;

	do {
		run_first(p, p->timers.root, ready);
		if (++n % RUN_PIECE == 0 && p_is_wanted(this_p()))
			break;
	} while (is_due(&p->timers, now));
}

/* Run p's timers that are due at now, and push the goroutines that they wake to
 * ready.  Stops after RUN_PIECE timers if the P of this M is wanted: the
 * scheduler then serves that request first, and comes back for the rest, which
 * is still due.  Returns whether any timer ran. */
static bool
run_due(struct p *p, nanos_t now, struct gqueue *ready)
{
	struct timers *ts = &p->timers;
	bool any = false;

	spin_lock(&ts->lock);
	if (is_due(ts, now)) {
		run_first(p, ts->root, ready);
		any = true;
		if (UNLIKELY(is_due(ts, now)))
			run_more(p, now, ready);
	}
	publish(p);
	spin_unlock(&ts->lock);
	return any;
}

bool
timers_run_other(struct p *p, struct p *victim)
{
	struct gqueue ready = { 0 };
	/* relaxed: a hint. */
	nanos_t next = load_relaxed(&victim->timers.next);
	nanos_t now;
	struct g *gp;
	uint32_t n;

	if (next == CLOCK_NEVER)
		return false;
	now = timers_now();
	if (now < next || !run_due(victim, now, &ready))
		return false;
	n = ready.n;
	/* The first goroutine runs next, unless it would overtake one that an
	 * earlier timer made ready, or the slice is over and a queue is to have
	 * its turn (SLICE-2).  The others go to the end of the local queue.
	 * They need not wait for preempted goroutines, which are in the global
	 * queue (preempt.c). */
	if (n > 0 && !p_is_urgent(p) && !p->slice_over &&
	    load_relaxed(&p->runnext) == NULL) {
		p_put_next(p, gqueue_pop(&ready));
		p->next_was_due = true;
	}
	while ((gp = gqueue_pop(&ready)) != NULL) {
		p_put_tail(p, gp);
		/* relaxed: only the owner, this M, stores tail. */
		p->urgent = load_relaxed(&p->runq.tail);	/* TICK-3 */
	}
	if (n > 1)
		wakep();	/* one is for us */
	return true;
}

nanos_t
timers_next(struct p *p)
{
	/* relaxed: a hint; but exact enough for the M that holds p, which alone
	 * makes it earlier. */
	return vclock_is_on() ? CLOCK_NEVER : load_relaxed(&p->timers.next);
}

nanos_t
timers_check(struct p *p)
{
	timers_run_other(p, p);
	return timers_next(p);
}

nanos_t
timers_check_no_p(struct allp_slice snapshot, nanos_t until)
{
	for (uint32_t i = 0; i < snapshot.len; i++)
		if (pmask_read(&timerpmask, i))
			until = MIN(until, timers_next(snapshot.ptr[i]));
	return until;
}

nanos_t
timers_next_idle(void)
{
	nanos_t next = CLOCK_NEVER;
	uint32_t n = sched.nprocs;

	for (uint32_t i = pmask_next(&timerpmask, true, 0, n); i < n;
	    i = pmask_next(&timerpmask, true, i + 1, n))
		if (pmask_read(&idlepmask, i))
			next = MIN(next, timers_next(allp.ptr[i]));
	return next;
}

bool
timers_pending(void)
{
	for (uint32_t i = 0; i < PMASK_WORDS; i++)
		/* relaxed: no M runs that could change it. */
		if (load_relaxed(&timerpmask.word[i]) != 0)	/* TIMERS-2 */
			return true;
	return false;
}

/* ---- with the world stopped ---- */

void
timers_init(struct timers *ts)
{
	spin_init(&ts->lock, "timers", RANK_TIMERS);
	ts->root = NULL;
	/* relaxed: no other hart knows the P. */
	store_relaxed(&ts->next, CLOCK_NEVER);
}

void
timers_hand_over(struct p *from, struct p *to)
{
	struct rtimer *root = from->timers.root;
	nanos_t next = load_relaxed(&from->timers.next);

	if (root == NULL)
		return;
	for (struct rtimer *t = root; t != NULL; t = timer_heap_walk(t))
		/* relaxed: the start of the world publishes it. */
		store_relaxed(&t->p, to);
	spin_lock(&from->timers.lock);
	gc_store(&from->timers.root, NULL);
	publish(from);
	spin_unlock(&from->timers.lock);
	spin_lock(&to->timers.lock);
	to->timers.order = MAX(to->timers.order, from->timers.order);
	timer_heap_meld(&to->timers.root, root);
	pmask_set(&timerpmask, to->id);
	publish(to);
	spin_unlock(&to->timers.lock);
	timers_earlier(to, next);
}

void
timers_scan_roots(struct gc_work *work)
{
	for (size_t i = 0; i < allp.cap; i++)
		gc_scan_block(work, &allp.ptr[i]->timers.root, 1, NULL);
}
