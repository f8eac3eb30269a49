/*
 * tick.c - the deadline of a hart, and its timer interrupt; see tick.h.
 */
#include "runtime/sched/tick.h"

#include "kernel/clock.h"
#include "lib/check.h"
#include "runtime/poll/netpoll.h"
#include "runtime/sched/blocking.h"
#include "runtime/sched/gc_worker.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "runtime/time/vclock.h"

/* After how long to look whether an M that was woken for a timer has run it. */
#define AGAIN_NS (50 * NS_PER_US)

/* Duties that were not done for this long are late. */
#define LATE_NS NS_PER_S

struct tick_hooks tick_hooks;

/* When some M last did the duties. */
static ATOMIC(int64_t) duties_at;

void
tick_init(struct tick *t)
{
	t->at = CLOCK_NEVER;
	t->begins = true;
	t->watch = CLOCK_NEVER;
}

/* Returns when p must be looked at for a timer or its share of marking. */
static nanos_t
next_of(struct p *p)
{
	return MIN(timers_next(p), gc_share_tick(p));
}

static void
set_deadline(struct m *m)
{
	nanos_t next = MIN(m->tick.at, m->tick.watch);

	if (m->p != NULL)
		next = MIN(next, next_of(m->p));
	if (next != clock_deadline())
		clock_set_deadline(next);
}

/* Set the next tick of m, whose hart was asleep, to a slice from now. */
static void
first_tick(struct m *m)
{
	nanos_t now = clock_now();

	m->tick.at = now + TICK_NS;
	m->tick.begins = false;
	m->tick.turn.who = NULL;
	/* If no hart runs for a whole tick at a time, no tick does the duties;
	 * so they are done here when they are late.  relaxed: only this M reads
	 * it. */
	if (now - load_relaxed(&duties_at) > LATE_NS && m->p != NULL)
		or_relaxed(&m->p->attention, ATTN_DUTIES);
}

/* Set the deadline of m, not later than what m's P has to do. */
static void
arm(struct m *m)
{
	if (p_is_urgent(m->p))
		m->tick.at = MIN(m->tick.at, clock_now() + SOON_NS);
	set_deadline(m);
}

void
tick_arm(struct m *m)
{
	if (m->tick.at == CLOCK_NEVER)
		first_tick(m);
	arm(m);
}

void
tick_begin(struct m *m)
{
	if (UNLIKELY(m->tick.begins)) {
		if (m->tick.at == CLOCK_NEVER)
			first_tick(m);
		m->tick.begins = false;
		m->tick.slice_ends = clock_now() + TICK_NS;
		turn_goes_on(&m->tick.turn, m->p, m->p->fair);
	}
	arm(m);
}

void
tick_stop(struct m *m)
{
	m->tick.at = CLOCK_NEVER;
	m->tick.begins = true;
	if (clock_deadline() != CLOCK_NEVER)
		clock_set_deadline(CLOCK_NEVER);
}

void
tick_watch(struct m *m, nanos_t when)
{
	m->tick.watch = MIN(m->tick.watch, when);
	if (when < clock_deadline())
		clock_set_deadline(when);
}

void
timers_earlier(struct p *p, nanos_t when)
{
	struct m *me = this_m();
	/* relaxed: if p changes hands now, its new M sets the deadline. */
	struct m *m = load_relaxed(&p->m);

	if (vclock_is_on())
		return;
	if (m == me) {
		if (when < clock_deadline())
			clock_set_deadline(when);
	} else if (m != NULL) {
		p_attend(p, ATTN_TIMERS);
	} else {
		tick_watch(me, when);
	}
}

void
tick_run_watched(struct m *m)
{
	if (LIKELY(m->tick.watch == CLOCK_NEVER) ||
	    clock_now() < m->tick.watch)
		return;
	for (uint32_t i = pmask_next(&timerpmask, true, 0, sched.nprocs);
	    i < sched.nprocs;
	    i = pmask_next(&timerpmask, true, i + 1, sched.nprocs))
		if (allp.ptr[i] != m->p)
			timers_run_other(m->p, allp.ptr[i]);
	m->tick.watch = CLOCK_NEVER;
	tick_watch(m, timers_next_idle());
}

void
tick_duties(struct m *m)
{
	nanos_t now = clock_now();
	/* relaxed: a claim; what is done under it has its own locks. */
	int64_t last = load_relaxed(&duties_at);

	if (now - last < TICK_NS || !cas_relaxed(&duties_at, &last, now))
		return;
	blocking_retake(m);
	/* Watch the timers of idle Ps, in case the M that watches one does not
	 * get to it in time (TICK-2). */
	tick_watch(m, timers_next_idle());
	tick_hooks.duty();
	if (netpoll_pending()) {
		struct gqueue ready = { 0 };

		netpoll(&ready);
		inject(m->p, &ready);
	}
}

/*
 * Look for a due timer of an idle P, because m->tick.watch has come; if there
 * is none, watch for the next.  A due timer is better run by an M that sleeps
 * than by this M, which is busy and may be far from the scheduler.  But the M
 * that is woken for it may have been started for something else just now, so
 * this M looks again in a moment.  Returns true if no M sleeps, so that this M
 * must run the timer.
 */
static bool
watched_is_for_us(struct m *m, nanos_t now)
{
	m->tick.watch = timers_next_idle();
	if (m->tick.watch > now)
		return false;
	if (!netpoll_break())
		return true;
	m->tick.watch = now + AGAIN_NS;
	return false;
}

/*
 * Returns whether the slice that p runs is over: because of all ticks this one
 * is nearest to its end, or because a goroutine that a timer made ready waits
 * (TICK-3).  If the slice is over, the next slice begins when the scheduler has
 * been entered (tick_begin).  Called at a tick of m, which holds p.
 */
static bool
slice_is_over(struct m *m, struct p *p, nanos_t now)
{
	if (!turn_goes_on(&m->tick.turn, p, p->fair))
		m->tick.slice_ends = now + TICK_NS;
	if (!p_is_urgent(p) && (m->curg == NULL ||
	    m->tick.slice_ends - now > TICK_NS / 2))
		return false;
	m->tick.begins = true;
	return true;
}

void
tick_interrupt(struct trapframe *frame)
{
	struct m *m = this_m();
	struct p *p = m->p;
	nanos_t now = clock_now();
	nanos_t next;
	uint32_t bits = 0;

	(void)frame;
	if (p == NULL) {
		blocking_tick(m);
		return;
	}
	if (timers_next(p) <= now ||
	    (m->tick.watch <= now && watched_is_for_us(m, now)))
		bits |= ATTN_TIMERS;
	if (gc_share_tick(p) <= now) {				/* TICK-4 */
		p->share_grace = 0;
		bits |= ATTN_TICK;
	}
	if (m->tick.at <= now) {
		bits |= ATTN_DUTIES;
		tick_hooks.interrupt();
		if (slice_is_over(m, p, now)) {
			bits |= ATTN_TICK;
			p->slice_over = true;		/* SLICE-2 */
		}
		m->tick.at = now + (p_is_urgent(p) ? SOON_NS : TICK_NS);
	}
	if (bits != 0)
		/* release: as in p_ask. */
		or_release(&p->attention, bits);
	/* Whatever is due already is handled by preempt_leave. */
	next = m->tick.at;
	if (timers_next(p) > now)
		next = MIN(next, timers_next(p));
	if (gc_share_tick(p) > now)
		next = MIN(next, gc_share_tick(p));
	if (m->tick.watch > now)
		next = MIN(next, m->tick.watch);
	clock_set_deadline(next);
}
