/*
 * blocking.c - see blocking.h.
 *
 * When an M begins a blocking call it releases its P as P_SYSCALL.  If nobody
 * takes the P meanwhile, beginning and ending the call cost a store and a CAS.
 * The P is taken away
 *
 *	- by a stop of the world, or by a function to be run on every P, at
 *	  once;
 *	- by the tick of any hart that runs goroutines, if the call has lasted
 *	  from one tick to the next and the P is wanted;
 *	- if all other harts sleep, by the poller (netpoll.h): the timer
 *	  interrupt of the blocked hart itself cannot hand the P over in a trap,
 *	  so it wakes the poller.
 *
 * There are two races.  First, a stopper that looks at the P just before it
 * becomes P_SYSCALL sets ATTN_STOP and interrupts nobody.  So an M that begins
 * a call looks at attention after a full fence, and so does an M that comes
 * back; p_ask has the matching fence.  Second, work that is put on the P later
 * might be lost; but only the P's own M puts work there.
 */
#include "runtime/sched/blocking.h"

#include "kernel/clock.h"
#include "lib/check.h"
#include "runtime/poll/netpoll.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/tick.h"
#include "runtime/time/timers.h"

struct call {
	void (*fn)(void *arg);
	void  *arg;
};

/* Take p, which is P_SYSCALL, into our hands.  Returns false if somebody else
 * has taken it. */
static bool
take(struct p *p, enum p_status to)
{
	uint32_t in = P_SYSCALL;

	/* acquire: pairs with store_release in go_in; we see all that p's M did
	 * with p. */
	return cas_acquire(&p->status, &in, to);
}

/* Find another M for p, which was just taken and is in no M's hands. */
static void
hand_over(struct m *m, struct p *p)
{
	nanos_t next = timers_next(p);

	handoffp(p);
	tick_watch(m, next);	/* p may be idle now: TICK-2 */
}

static void
go_in(struct m *m, struct p *p)
{
	/* relaxed: counters and hints. */
	store_relaxed(&p->nblocking, load_relaxed(&p->nblocking) + 1);
	store_relaxed(&m->blocked, p);
	m->p = NULL;
	m->hart.gc = NULL;
	store_relaxed(&p->m, NULL);
	/* release: pairs with cas_acquire in take, by the hart that takes p. */
	store_release(&p->status, P_SYSCALL);
	fence_seq_cst();	/* with the fence of p_ask, and (a) in idle.c */
	if (UNLIKELY(p_is_wanted(p))) {
		if (take(p, P_IDLE))
			hand_over(m, p);
	} else if (p_has_work(p)) {
		wakep();
	}
}

/* End a blocking call.  Returns true if m has p again and the goroutine may go
 * on at once. */
static bool
come_back(struct m *m, struct p *p)
{
	/* release: pairs with load_acquire in blocking_is_in; what the function
	 * did to goroutine stacks comes before the store (TRIM-3 of
	 * gstack_trim.c). */
	store_release(&m->blocked, NULL);
	if (!take(p, P_IDLE))
		return false;
	acquirep(m, p);
	tick_arm(m);	/* the tick of a blocked hart knows no timers */
	/* relaxed: ordered by the fence in acquirep. */
	return load_relaxed(&p->attention) == 0;
}

/* Call the function, on g0 with gp off its stack.  Returns false, which lets gp
 * go on, if m still has its P and nothing asks for the P's attention.
 * Otherwise puts gp on the global queue and does not return. */
static bool
call_out(struct g *gp, void *arg)
{
	struct call *call = arg;
	struct m *m = this_m();
	struct p *p = m->p;

	go_in(m, p);
	call->fn(call->arg);
	if (LIKELY(come_back(m, p)))
		return false;

	g_become(gp, G_WAITING, G_RUNNABLE);
	spin_lock(&sched.lock);
	if (m->p == NULL && (p = pidle_get()) != NULL) {
		spin_unlock(&sched.lock);
		acquirep(m, p);
		spin_lock(&sched.lock);
	}
	/* If m has a P it has some reason to look around before it runs gp. */
	globq_put(gp);
	spin_unlock(&sched.lock);
	schedule_slow(m);
	__builtin_unreachable();
}

void
blocking_call(void (*fn)(void *arg), void *arg)
{
	struct call call = { fn, arg };

	if (fn == NULL)
		go_panic("blocking call of nil func value");
	park_with(call_out, &call, "blocking call");
}

/* Returns whether p has work or timers, or no P is idle. */
static bool
is_wanted(struct p *p)
{
	return p_has_work(p) || timers_next(p) != CLOCK_NEVER ||
	    load_relaxed(&sched.npidle) == 0;
}

void
blocking_retake(struct m *m)
{
	for (uint32_t i = 0; i < nharts_online; i++) {
		/* relaxed: Ps are permanent; the CAS in take decides. */
		struct p *p = load_relaxed(&((struct m *)harts[i])->blocked);
		uint32_t n;

		if (p == NULL)
			continue;
		n = load_relaxed(&p->nblocking);
		if (load_relaxed(&p->nblocking_seen) != n) {
			store_relaxed(&p->nblocking_seen, n);
			continue;
		}
		if (is_wanted(p) && take(p, P_IDLE))
			hand_over(m, p);
	}
}

struct p *
blocking_take(void)
{
	for (uint32_t i = 0; i < nharts_online; i++) {
		/* relaxed: as in blocking_retake. */
		struct p *p = load_relaxed(&((struct m *)harts[i])->blocked);

		if (p != NULL && is_wanted(p) && take(p, P_IDLE))
			return p;
	}
	return NULL;
}

bool
blocking_is_in(const struct m *m)
{
	/* acquire: pairs with store_release in come_back. */
	return load_acquire(&m->blocked) != NULL;
}

void
blocking_tick(struct m *m)
{
	nanos_t now = clock_now();
	/* relaxed: only this hart stores it. */
	struct p *p = load_relaxed(&m->blocked);
	bool left, due = m->tick.watch <= now;

	if (p == NULL)
		return;
	left = p_status(p) == P_SYSCALL;	/* nobody has taken it */
	if ((left || due) && netpoll_break() && due)
		m->tick.watch = CLOCK_NEVER;	/* the woken M watches */
	/* Look again in a tick, in case no M has taken p, or no M slept. */
	m->tick.at = left ? now + TICK_NS : CLOCK_NEVER;
	m->tick.begins |= !left;
	if (m->tick.watch <= now)
		m->tick.watch = now + TICK_NS;
	clock_set_deadline(MIN(m->tick.at, m->tick.watch));
}
