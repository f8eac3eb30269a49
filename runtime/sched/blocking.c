/*
 * blocking.c - see blocking.h.
 *
 * Going in, the M releases its P as P_SYSCALL; that and coming back with
 * nobody having noticed are a store and a CAS.  Who takes the P away:
 *
 *	a stop of the world, or a function to be run on every P: at once;
 *	the tick of any hart that runs goroutines, if the call has lasted from
 *	one tick to the next and the P is wanted;
 *	if all others sleep, the timer interrupt of the blocked hart itself: it
 *	cannot hand the P over in a trap, so it wakes the poller (netpoll.h),
 *	which does.
 *
 * Two races.  A stopper that looks at the P just before it becomes P_SYSCALL
 * leaves ATTN_STOP and no interrupt reaches anybody: so who goes in looks at
 * attention after a full fence, as does who comes back (p_attend has the other
 * one).  And work that is put on the P later comes from nobody: only its own M
 * puts there.
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

/* Make p, P_SYSCALL, ours.  False if somebody else has. */
static bool
take(struct p *p, enum p_status to)
{
	uint32_t in = P_SYSCALL;

	/* acquire: pairs with store_release in go_in; all that its M did with
	 * p is seen. */
	return cas_acquire(&p->status, &in, to);
}

/* p, just taken, is in no M's hands. */
static void
hand_over(struct m *m, struct p *p)
{
	nanos_t next = timers_next(p);

	handoffp(p);
	tick_watch(m, next);	/* in case it went idle: TICK-2 */
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
	/* release: pairs with cas_acquire in take, of whoever gets p. */
	store_release(&p->status, P_SYSCALL);
	fence_seq_cst();	/* with p_attend's, and (a) in idle.c */
	if (UNLIKELY(p_is_wanted(p))) {
		if (take(p, P_IDLE))
			hand_over(m, p);
	} else if (p_has_work(p)) {
		wakep();
	}
}

/* Back with p?  Then the goroutine may go on at once. */
static bool
come_back(struct m *m, struct p *p)
{
	/* release: pairs with load_acquire in blocking_is_in; what the function
	 * did to goroutine stacks comes before (TRIM-3 of gstack_trim.c). */
	store_release(&m->blocked, NULL);
	if (!take(p, P_IDLE))
		return false;
	acquirep(m, p);
	tick_arm(m);	/* the blocked hart's tick knows no timers */
	/* relaxed: acquirep fences. */
	return load_relaxed(&p->attention) == 0;
}

/* On g0, gp off its stack: the call itself.  Always "goes on", one way or the
 * other. */
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
	/* With a P too: it has a reason to look around first. */
	globq_put(gp);
	spin_unlock(&sched.lock);
	schedule_slow(m);
	__builtin_unreachable();
}

/*
 * Run fn(arg), which keeps this hart for long without calling the runtime;
 * other goroutines go on elsewhere meanwhile.  fn runs on the hart's scheduler
 * stack.
 */
void
blocking_call(void (*fn)(void *arg), void *arg)
{
	struct call call = { fn, arg };

	if (fn == NULL)
		go_panic("blocking call of nil func value");
	park_with(call_out, &call, "blocking call");
}

/* Does anybody wait for what p has? */
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
		/* relaxed: as above. */
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
	left = p_status(p) == P_SYSCALL;	/* or has somebody taken it? */
	if ((left || due) && netpoll_break() && due)
		m->tick.watch = CLOCK_NEVER;	/* who woke looks at all */
	/* Again in a tick, should nobody have come by, or slept. */
	m->tick.at = left ? now + TICK_NS : CLOCK_NEVER;
	m->tick.begins |= !left;
	if (m->tick.watch <= now)
		m->tick.watch = now + TICK_NS;
	clock_set_deadline(MIN(m->tick.at, m->tick.watch));
}
