/*
 * park.c - park, ready, yield.
 *
 * A goroutine parks on g0: only when it is off its own stack, and WAITING, may
 * whoever wants to wake it know of it.  So every park takes an unlock function
 * that runs there and makes the goroutine known (by releasing a lock, or by a
 * CAS); if that finds the wake-up has come already it calls the park off.
 */
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"

/* How the running goroutine wants to be left on g0; one at a time per M, and
 * read there before anything else can park on the M. */
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

	/* relaxed: for people who look. */
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

/* On g0, off gp's stack: tell ready() that gp is parked.  False: it has given
 * a permit meanwhile. */
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
	/* relaxed: only gp itself takes permits, and it is ours. */
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
	/* acquire: pairs with cas_acq_rel in ready(); what was done before it
	 * is seen after park. */
	if (cas_acquire(&gp->permit, &given, PERMIT_NONE))
		return;
	park_with(publish_parked, NULL, why);
}

FOR_PROGRAMS void
ready(struct g *gp)
{
	uint32_t permit;

	if (UNLIKELY(!g_is(gp)))
		go_panic("ready: %p is not a goroutine", (void *)gp);
	/* relaxed: the CAS decides. */
	permit = load_relaxed(&gp->permit);
	for (;;) {
		if (permit == PERMIT_GIVEN)
			return;
		/* acq_rel: release to park()'s acquire; acquire from
		 * publish_parked, since we go on to run gp. */
		if (cas_acq_rel(&gp->permit, &permit, permit == PERMIT_PARKED ?
		    PERMIT_NONE : PERMIT_GIVEN))
			break;
	}
	if (permit == PERMIT_PARKED)
		make_ready(gp);
}

/* ---- yield ---- */

/* Put gp, which gives up its turn, at the tail of the global queue, and go on
 * with another goroutine on m.  On g0. */
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
 * The part of yield for a P that has something to look at first.
 *
 * gp goes to the global queue in two cases.  If the P is wanted, a timer may be
 * due, and the goroutine that it makes ready is to run before gp, which could
 * go on for long: preempted goroutines go there for the same reason.  And in a
 * turn of the global queue gp came from there most often (SLICE-3); on the own
 * queue it would have its next turn before those that it came with.
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
 * What yield (antler.h) calls.  To the tail of the own queue, not to the global
 * one as Go does: with a global put each yield takes sched.lock and has to wake
 * somebody (Go issue 55160).  Fair all the same: the queue is first in, first
 * out, the global queue has its turn every FAIR_TICKS, and no goroutine became
 * runnable that was not before, so there is nobody to wake.
 *
 * Still on the stack of the one that yields: so the next one is taken first,
 * which also makes room, and then switch_put publishes this one when it has
 * left its stack.
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
