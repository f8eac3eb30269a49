/*
 * park.c - park, ready, yield.
 *
 * A goroutine parks on g0: code that wants to wake it may know of it only when
 * it is off its own stack and WAITING.  So every park has an unlock function
 * that runs on g0 and makes the goroutine known (by releasing a lock, or by a
 * CAS).  If the unlock function finds that the wake-up has come already, it
 * calls the park off.
 */
#include "kernel/order.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"

/* What a goroutine that parks passes to g0.  It lies on the goroutine's stack,
 * and is read before the goroutine is made known. */
struct park_request {
	bool      (*unlock)(struct g *gp, void *arg);
	void       *arg;
	const char *why;
};

static void
park_on_g0(struct g *gp)
{
	struct park_request *req = gp->wait_request;
	bool (*unlock)(struct g *, void *) = req->unlock;
	void *arg = req->arg;

	/* relaxed: only reports use it. */
	store_relaxed(&gp->why, req->why);
	g_become(gp, G_RUNNING, G_WAITING);
	/* From the moment unlock makes gp known, gp and req are not ours. */
	if (unlock != NULL && !unlock(gp, arg)) {
		g_become(gp, G_WAITING, G_RUNNABLE);
		execute(this_m(), gp);
		return;
	}
	schedule(this_m(), this_p());
}

void
park_with(bool (*unlock)(struct g *gp, void *arg), void *arg, const char *why)
{
	struct park_request req = { .unlock = unlock, .arg = arg, .why = why };
	struct g *gp = this_g();

	ASSERT(!world_is_mine());
	ASSERT(this_m()->pins == 0);
	gp->wait_request = &req;
	on_g0_leave(park_on_g0);
}

static bool
unlock_spinlock(struct g *gp, void *lock)
{
	(void)gp;
	spin_unlock(lock);
	return true;
}

void
park_unlock(struct spinlock *lock, const char *why)
{
	ASSERT_HELD(lock);
	park_with(unlock_spinlock, lock, why);
}

void
make_ready(struct g *gp)
{
	g_become(gp, G_WAITING, G_RUNNABLE);
	p_put_next(this_p(), gp);
	wakep();
}

/* ---- the public pair, with a permit so that no wake-up is lost ---- */

/* Tell ready() that gp is parked.  Returns false if ready() has given a permit
 * meanwhile.  On g0, with gp off its stack. */
static bool
publish_parked(struct g *gp, void *unused)
{
	uint32_t none = PERMIT_NONE;

	(void)unused;
	/* release: pairs with cas_acquire in ready(); gp's registers and state
	 * are complete. */
	if (cas_release(&gp->permit, &none, PERMIT_PARKED))
		return true;
	ASSERT(none == PERMIT_GIVEN);
	/* relaxed: only gp takes permits, and gp is ours. */
	store_relaxed(&gp->permit, PERMIT_NONE);
	return false;
}

void
park(const char *why)
{
	struct g *gp = this_g();
	uint32_t given = PERMIT_GIVEN;

	if (why != NULL)
		touch_in(why, 1);
	/* acquire: pairs with cas_acq_rel in ready(); what the caller of
	 * ready() did before is seen after park. */
	if (!cas_acquire(&gp->permit, &given, PERMIT_NONE))
		park_with(publish_parked, NULL, why);
	order_acquire(&gp->permit);
}

FOR_PROGRAMS void
ready(struct g *gp)
{
	uint32_t permit;

	if (UNLIKELY(!g_is(gp)))
		go_panic("ready: %p is not a goroutine", (void *)gp);
	order_release(&gp->permit);
	/* relaxed: the CAS decides. */
	permit = load_relaxed(&gp->permit);
	for (;;) {
		if (permit == PERMIT_GIVEN)
			return;
		/* acq_rel: releases to cas_acquire in park; acquires from
		 * cas_release in publish_parked, because we go on to run gp. */
		if (cas_acq_rel(&gp->permit, &permit, permit == PERMIT_PARKED ?
		    PERMIT_NONE : PERMIT_GIVEN))
			break;
	}
	if (permit == PERMIT_PARKED)
		make_ready(gp);
}

/* ---- yield ---- */

/* Put gp, which yields, at the tail of the global queue, and go on with another
 * goroutine on m.  On g0. */
static NOINLINE void
yield_to_all(struct m *m, struct g *gp)
{
	spin_lock(&sched.lock);
	globq_put(gp);
	spin_unlock(&sched.lock);
	/* An idle M may run it (Go issue 55160, second half). */
	wakep();
	schedule_slow(m);
}

/*
 * Do a yield on a P that has to look at something first.
 *
 * The yielding goroutine goes to the global queue in two cases.  First, if the
 * P is wanted, a timer may be due, and the goroutine that the timer makes ready
 * must run before the yielding one, which could go on for long; preempted
 * goroutines go to the global queue for the same reason.  Second, in a turn of
 * the global queue the yielding goroutine most often came from there (SLICE-3);
 * on the P's own queue it would have its next turn before the goroutines that
 * were in the global queue with it.
 */
static void
yield_on_g0(struct strand *strand)
{
	struct g *gp = (struct g *)strand;
	struct m *m = this_m();
	struct p *p = m->p;

	g_become(gp, G_RUNNING, G_RUNNABLE);
	globq_turns_by_share(p);
	if (p_is_wanted(p) || p->nglobal != 0) {
		yield_to_all(m, gp);
		return;
	}
	p_put_tail(p, gp);
	schedule(m, p);
}

/*
 * yield (antler.h) calls this.  The goroutine goes to the tail of the P's own
 * queue, and not to the global queue as in Go: with a global put, each yield
 * would take sched.lock and would have to wake an M (Go issue 55160).  That is
 * fair all the same.  The own queue is first in, first out, and the global
 * queue has its turns (SLICE-3).  No goroutine becomes runnable that was not
 * runnable before, so no M needs to be woken.
 *
 * This code is still on the stack of the yielding goroutine.  So it takes the
 * next goroutine first, which also makes room in the queue, and switch_put
 * publishes the yielding goroutine when that has left its stack.
 */
void
antler_yield(void)
{
	struct g *gp = this_g(), *next;
	struct m *m = this_m();
	struct p *p = m->p;
	uint64_t tail;

	/* relaxed: as in schedule, and p_get_next. */
	if (LIKELY(load_relaxed(&p->attention) == 0) &&
	    LIKELY(load_relaxed(&p->runnext) == NULL) &&
	    LIKELY(--p->fair > 0)) {
		next = runq_get(&p->runq);
		if (next == NULL)
			return;		/* alone */
		tail = runq_prepare(&p->runq, gp);
		g_become(gp, G_RUNNING, G_RUNNABLE);
		execute_prepare(m, next);
		switch_put(&next->strand, &p->runq.tail, tail);
		return;
	}
	switch_to_g0_light(yield_on_g0);
}
