/*
 * sched.c - schedule() and the switch between goroutines and g0.
 *
 * All scheduling happens on an M's g0.  A goroutine that stops running saves
 * itself, switches to g0 and never touches its own stack again until it is
 * executed: only then may another M run it.
 */
#include "runtime/sched/sched.h"

#include "kernel/tripwire.h"
#include "lib/check.h"
#include "runtime/sched/allp.h"
#include "runtime/sched/gc_worker.h"

/* In .sdata, near the gp register, so that the linker makes one instruction of
 * each access. */
SECTION(".sdata") struct sched sched = {
	.lock = SPINLOCK_INIT("sched", RANK_SCHED),
};

void
on_g0_leave(void (*fn)(struct g *gp))
{
	ASSERT(!this_g()->is_g0);
	switch_to_g0((void (*)(struct strand *))fn);
}

void
on_g0(void (*fn)(void *arg), void *arg)
{
	if (this_g()->is_g0)
		fn(arg);
	else
		call_on_g0(fn, arg);
}

void
acquirep(struct m *m, struct p *p)
{
	ASSERT(m->p == NULL);
	ASSERT(load_relaxed(&p->m) == NULL);	/* P-2 */
	ASSERT(p_status(p) == P_IDLE || p_status(p) == P_STOPPED);
	m->p = p;
	m->hart.gc = p->gc;
	/* relaxed: p came to us through sched.lock. */
	store_relaxed(&p->m, m);
	store_relaxed(&p->status, P_RUNNING);
	gc_follow_era(m, p);
	fence_seq_cst();	/* pairs with the fence in p_ask */
}

struct p *
releasep(struct m *m)
{
	struct p *p = m->p;

	ASSERT(p != NULL && load_relaxed(&p->m) == m);	/* P-2 */
	m->p = NULL;
	m->hart.gc = NULL;
	/* relaxed: p goes to others through sched.lock. */
	store_relaxed(&p->m, NULL);
	store_relaxed(&p->status, P_IDLE);
	return p;
}

/*
 * Move half of p's queue, oldest first, and then gp to the global queue.  If
 * thieves have taken goroutines meanwhile, fewer are moved; gp always is.
 */
NOINLINE void
p_put_overflow(struct p *p, struct g *gp)
{
	struct g *batch[RUNQ_LEN / 2 + 1];
	struct gqueue q = { .tail = gp };
	uint32_t n = runq_grab(&p->runq, batch);

	batch[n] = gp;
	gp->link = NULL;
	for (uint32_t i = 0; i < n; i++)
		batch[i]->link = batch[i + 1];
	q.head = batch[0];
	q.n = n + 1;
	spin_lock(&sched.lock);
	globq_put_queue(&q);
	spin_unlock(&sched.lock);
}

bool
p_has_work(struct p *p)
{
	/*
	 * A put of a new runnext moves the old goroutine from runnext to the
	 * tail of the queue.  A read of the queue and then of runnext could
	 * miss that goroutine in both places; so read again until tail has not
	 * moved in between (Go's runqempty).
	 */
	for (;;) {
		/* acquire: keep the four loads in this order. */
		uint64_t h = load_acquire(&p->runq.head);
		uint64_t t = load_acquire(&p->runq.tail);
		struct g *next = load_acquire(&p->runnext);

		if (t == load_acquire(&p->runq.tail))
			return h < t || next != NULL;
	}
}

/* Returns the M that holds p; NULL if there is none or it is this M.  The
 * caller has executed a full fence, which pairs with the fence in acquirep: if
 * p changes hands now, its new M reads attention before it runs anything. */
static struct m *
other_m_of(const struct p *p)
{
	/* relaxed: ordered by the fence. */
	struct m *m = load_relaxed(&p->m);

	return m != this_m() ? m : NULL;
}

void
p_ask(struct p *p, uint32_t bits)
{
	/* release: pairs with the load of attention in schedule; an M that sees
	 * the bits also sees what they announce. */
	or_release(&p->attention, bits);
	fence_seq_cst();
	if (other_m_of(p) != NULL)
		gc_recall(p->gc);
}

void
p_interrupt(struct p *p)
{
	struct m *m = other_m_of(p);

	if (m != NULL)
		hart_interrupt(&m->hart, IPI_PREEMPT);
}

void
p_attend(struct p *p, uint32_t bits)
{
	p_ask(p, bits);
	p_interrupt(p);
}

NOINLINE void
schedule_slow(struct m *m)
{
	struct g *gp;

	ASSERT(m->hart.held == NULL && m->pins == 0);
	m->curg = NULL;
	gp = find_runnable(m);
	/* Only find_runnable needed the snapshot (ALLP-4: we hold a P). */
	allp_clear_snapshot(m);
	if (m->spinning)
		reset_spinning(m);
	gc_gate(m, gp);
	tick_begin(m);
	/* From here on an interrupt sets the tripwire (preempt_leave).  Before,
	 * while curg was NULL, an interrupt did nothing, and the bit that it
	 * came for may be newer than find_runnable's last look at attention; so
	 * look here.  relaxed: a bit that was set by another hart and is not
	 * seen here is followed by an interrupt. */
	m->curg = gp;
	if (UNLIKELY(load_relaxed(&m->p->attention) != 0) &&
	    p_is_wanted(m->p))
		tripwire_set();
	execute(m, gp);
}
