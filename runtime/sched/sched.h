/*
 * sched.h - the scheduler: what all its files share.
 *
 *	sched.c		schedule, execute, the switch to and from g0
 *	find.c		find_runnable: where the next goroutine comes from
 *	steal.c		taking work from other Ps
 *	idle.c		idle Ms and Ps; wakep, startm, stopm, handoffp
 *	globq.c		the global queue
 *	world.c		stopping and starting the world
 *	procresize.c	changing the number of Ps
 *	park.c		park, ready, yield
 *	spawn.c		go, the end of a goroutine
 *	gopanic.c	panics, deferred calls, goexit
 *
 * The wake-up protocol is argued at the head of idle.c.
 */
#pragma once

#include "kernel/clock.h"
#include "kernel/spinlock.h"
#include "kernel/switch.h"
#include "lib/atomic.h"
#include "runtime/sched/g.h"
#include "runtime/sched/m.h"
#include "runtime/sched/p.h"
#include "runtime/sched/world.h"

/* A singly linked queue of Gs through g->link. */
struct gqueue {
	struct g *head;
	struct g *tail;
	uint32_t  n;
};

/*
 * Lock: sched.lock guards the fields marked [L].
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 *		[a] atomic	[I] immutable after boot
 *		[S] written only with the world stopped
 */
struct sched {
	struct spinlock  lock;
	struct gqueue    globq;		/* [L] the global run queue */
	ATOMIC(uint32_t) nglobq;	/* [l] globq.n, to look without lock */
	struct m        *midle;		/* [L] Ms that sleep */
	ATOMIC(uint32_t) nmidle;	/* [l] */
	struct p        *pidle;		/* [L] Ps nobody holds (P-1) */
	union {
		struct {
			ATOMIC(uint32_t) needspinning; /* [a] 1: a waker found
					 * no idle pair; see idle.c */
			ATOMIC(uint32_t) npidle; /* [l] */
		};
		ATOMIC(uint64_t) busy;	/* both in one look: ALL_BUSY */
	};
	ATOMIC(uint32_t) nmspinning;	/* [a] Ms that look for work */
	ATOMIC(uint32_t) stopping;	/* [l] 1: the world is to stop */
	uint32_t         stopwait;	/* [L] Ps that have not stopped */
	struct p        *pstopped;	/* [L] Ps handed in, by p->link */
	struct note     *stop_note;	/* [L] woken when stopwait reaches 0 */
	uint32_t         nms;		/* [I] Ms there are */
	uint32_t         nprocs;	/* [S] GOMAXPROCS: allp.len */
	ATOMIC(uint32_t) started;	/* [a] 1 once main may run */
	nanos_t          start_ns;	/* [I] when the scheduler began */
};

extern struct sched sched;

/* sched.busy: npidle is 0, and who drops a P knows (needspinning is 1). */
enum { ALL_BUSY = 1 };
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ALL_BUSY");

/* ---- sched.c ---- */

/*
 * Save this goroutine's registers and run fn(itself) on this M's g0; fn never
 * returns, the goroutine goes on when somebody executes it.  (Go's mcall.)
 */
void on_g0_leave(void (*fn)(struct g *gp));

/* Run fn(arg) on this M's g0 and come back; the goroutine's registers are in
 * its ctx meanwhile.  On g0 already: just call it.  (Go's systemstack.) */
void on_g0(void (*fn)(void *arg), void *arg);

/* Take or drop p for m.  acquirep: p is idle or stopped, in the caller's hands;
 * releasep returns the P, now in the caller's hands. */
void      acquirep(struct m *m, struct p *p);
struct p *releasep(struct m *m);

/* p's queue is full: make room by moving half of it, and gp, to the global one.
 */
void p_put_overflow(struct p *p, struct g *gp);

/* Put gp, G_RUNNABLE and the caller's, at the tail of p's queue; half of a full
 * one moves to the global queue.  The M that holds p. */
INLINE void
p_put_tail(struct p *p, struct g *gp)
{
	ASSERT(g_status(gp) == G_RUNNABLE);
	if (UNLIKELY(!runq_put(&p->runq, gp)))
		p_put_overflow(p, gp);
}

/* Put gp where p looks next; what was there goes to the queue's tail. */
INLINE void
p_put_next(struct p *p, struct g *gp)
{
	ASSERT(g_status(gp) == G_RUNNABLE);
	/* acq_rel: publishes gp to a thief that takes runnext, and acquires the
	 * old one, which may be another M's if p came here with it. */
	gp = swap_acq_rel(&p->runnext, gp);
	if (gp != NULL)
		p_put_tail(p, gp);
}

/* What p is to run next, before its queue, or NULL.  The M that holds p. */
INLINE struct g *
p_get_next(struct p *p)
{
	/* relaxed: only a hint, the swap decides. */
	struct g *gp = load_relaxed(&p->runnext);

	/* acquire: pairs with swap_acq_rel in p_put_next, when p moved here
	 * from another M.  If a thief has been quicker it finds NULL. */
	if (gp != NULL)
		gp = swap_acquire(&p->runnext, NULL);
	return gp;
}

/* Take the next goroutine of p itself, whatever its slice.  Returns NULL if
 * there is none.  The M that holds p. */
INLINE struct g *
p_get(struct p *p)
{
	struct g *gp = p_get_next(p);

	return gp != NULL ? gp : runq_get(&p->runq);
}

/* All of execute but the switch. */
INLINE void
execute_prepare(struct m *m, struct g *gp)
{
	ASSERT(m->p != NULL && !m->spinning);
	ASSERT(m->hart.held == NULL);
	m->curg = gp;
	gp->strand.hart = &m->hart;
	g_become(gp, G_RUNNABLE, G_RUNNING);
}

/*
 * Run gp, which the caller owns and is G_RUNNABLE, on m, which holds a P.  On
 * g0.  Never returns; not declared so, here and below, because the compiler
 * makes a plain jump of a last call only if it might return.
 */
INLINE void
execute(struct m *m, struct g *gp)
{
	execute_prepare(m, gp);
	switch_to(&gp->strand);
}

/* Does p look as if it had goroutines?  Any hart.  Never says no while one is
 * there all the time, also while it moves from runnext to the queue. */
bool p_has_work(struct p *p);

/*
 * Set attention bits of p, for its M to see when it next enters the scheduler
 * or allocates (gc_recall).  p_interrupt: wherever it is.  p_attend does both.
 * Any hart.
 */
void p_ask(struct p *p, uint32_t bits);
void p_interrupt(struct p *p);
void p_attend(struct p *p, uint32_t bits);

/* schedule, when its fast path has nothing.  Never returns. */
void schedule_slow(struct m *m);

/* schedule, for who has just seen that nothing asks for p's attention. */
INLINE void
schedule_calm(struct m *m, struct p *p)
{
	struct g *gp;

	ASSERT(this_g()->is_g0 && m->p == p);
	/* Spelled out twice rather than joined: the compiler then ends each
	 * path with its own jump. */
	gp = p_get_next(p);
	if (gp != NULL) {
		execute(m, gp);			/* SLICE-1 */
		return;
	}
	if (LIKELY(--p->fair > 0)) {		/* SLICE-2 */
		gp = runq_get(&p->runq);
		if (LIKELY(gp != NULL)) {
			execute(m, gp);
			return;
		}
	}
	schedule_slow(m);
}

/*
 * Find a goroutine and run it on m, which holds p.  The fast path takes the
 * next one of p's own queue, when nothing asks for attention and it is not the
 * global queue's turn; everything else is find_runnable's.  On g0.  Inline,
 * because every park, yield and exit ends here.  Never returns; the last call
 * of its caller.
 */
INLINE void
schedule(struct m *m, struct p *p)
{
	/* relaxed: a bit that comes a moment later is seen next time. */
	if (LIKELY(load_relaxed(&p->attention) == 0))
		schedule_calm(m, p);
	else
		schedule_slow(m);
}

/*
 * The strand to go on with on m, which holds p, when its goroutine has become
 * G_WAITING: the fast path of schedule, or else m's g0, which then looks on
 * (m_begin).  For code that is still on the goroutine's stack; the caller
 * switches there.
 */
INLINE struct strand *
schedule_next(struct m *m, struct p *p)
{
	struct g *gp;

	/* relaxed: as in schedule. */
	if (UNLIKELY(load_relaxed(&p->attention) != 0))
		return &m->g0.strand;
	/* acquire: as in p_get_next.  There is no look before the swap, because
	 * a goroutine that parks has most often made another one ready. */
	gp = swap_acquire(&p->runnext, NULL);
	if (UNLIKELY(gp == NULL)) {
		if (UNLIKELY(--p->fair <= 0))		/* SLICE-2 */
			return &m->g0.strand;
		gp = runq_get(&p->runq);
		if (UNLIKELY(gp == NULL))
			return &m->g0.strand;
	}
	execute_prepare(m, gp);
	return &gp->strand;
}

/*
 * Make gp, the running goroutine, G_WAITING, and return what to go on with: the
 * caller passes it to switch_pass, with the lock that keeps others from gp
 * until it is off its stack.
 */
INLINE struct strand *
park_prepare(struct g *gp, const char *why)
{
	struct m *m = this_m();

	ASSERT(!world_is_mine() && m->pins == 0 && !gp->is_g0);
	/* relaxed: for people who look. */
	store_relaxed(&gp->why, why);
	g_become(gp, G_RUNNING, G_WAITING);
	return schedule_next(m, m->p);
}

/* A G that is G_DEAD, with a stack, the caller's; NULL without memory.  The M
 * that holds p. */
INLINE struct g *
g_alloc(struct p *p)
{
	struct g *gp = p->gfree;

	if (UNLIKELY(gp == NULL))
		return g_alloc_slow(p);
	p->gfree = gp->link;
	p->ngfree--;
	return gp;
}

/* Put a dead G back for reuse.  False if p has more than it should keep: then
 * the caller calls g_free_overflow.  The M that holds p. */
enum { GFREE_MAX = 256 };
INLINE MUST_USE bool
g_free(struct p *p, struct g *gp)
{
	ASSERT(g_status(gp) == G_DEAD);
	gp->link = p->gfree;
	p->gfree = gp;
	return ++p->ngfree <= GFREE_MAX;
}

/* Count a goroutine that starts (1) or ends (-1) on p.  The M that holds p. */
INLINE void
p_count_live(struct p *p, int delta)
{
	/* relaxed: a counter with one writer. */
	store_relaxed(&p->nlive, load_relaxed(&p->nlive) + (uint64_t)delta);
}

/* ---- find.c, steal.c ---- */
struct g *find_runnable(struct m *m);
struct g *steal_work(struct m *m, struct p *p);
struct p *steal_check_no_p(struct m *m, struct allp_slice snapshot);

/* ---- globq.c: all with sched.lock held ---- */
void      globq_put(struct g *gp);
void      globq_put_queue_first(struct gqueue *q);
void      globq_put_queue(struct gqueue *q);
/* One G to run, and up to max - 1 more moved to p's queue; max 0: a fair
 * share.  NULL if empty. */
struct g *globq_get(struct p *p, uint32_t max);
void      gqueue_push(struct gqueue *q, struct g *gp);	/* no lock needed */
struct g *gqueue_pop(struct gqueue *q);


/* ---- the same file, without the lock: SLICE-3.  The M that holds p. ---- */

/* End the rotation after the goroutines that are in p's own queue now, if there
 * is any in the global one. */
void rotation_trim(struct p *p);

/* Of globq_turn and globq_turns_by_share below; n is sched.nglobq. */
struct g *globq_turn_slow(struct p *p, uint32_t n);
void      globq_share(struct p *p, uint32_t n);

/* Return the next goroutine of the global queue if it is that queue's turn, or
 * NULL if p's own queue is to go on.  On g0. */
INLINE struct g *
globq_turn(struct p *p)
{
	uint32_t n;

	if (LIKELY(p->fair > 0))
		return NULL;
	/* relaxed: a hint; globq_get looks under the lock. */
	n = load_relaxed(&sched.nglobq);
	if (UNLIKELY(n != 0))
		return globq_turn_slow(p, n);
	/* Not worth a reading of the clock: the rotation will pass for one of
	 * short turns. */
	p->fair = p->rotation = FAIR_TICKS;
	p->rotation_at = CLOCK_NEVER;
	p->nglobal = 0;
	return NULL;
}

/* Give the global queue as many turns as are p's share of it, if a rotation of
 * p's own queue is over: for a goroutine that yields. */
INLINE void
globq_turns_by_share(struct p *p)
{
	/* relaxed: as in globq_turn. */
	uint32_t n = load_relaxed(&sched.nglobq);

	if (UNLIKELY(n != 0) && p->fair <= 0)
		globq_share(p, n);
}

/* ---- idle.c ---- */

/* wakep, when a pair may be idle. */
void      wakep_slow(void);

/*
 * Something was made runnable: let an idle pair look for it, unless somebody is
 * looking already.  Any M, with or without P, no locks.  Inline is the part for
 * when all are busy; the protocol is at the head of idle.c.
 */
INLINE void
wakep(void)
{
	fence_seq_cst();	/* (c) of idle.c, with (d) there */
	/* relaxed: ordered by the fence. */
	if (UNLIKELY(load_relaxed(&sched.busy) != ALL_BUSY))
		wakep_slow();
}

bool      startm(struct p *p, bool spinning);	/* takes p; false: no M */
void      stopm(struct m *m, nanos_t deadline);
void      handoffp(struct p *p);
void      pidle_put(struct p *p);		/* sched.lock held */
/* An idle P, in the caller's hands; NULL if there is none or the world is
 * stopping (WORLD-1). */
struct p *pidle_get(void);			/* sched.lock held */
/* All of them, by p->link, whether it is stopping or not. */
struct p *pidle_get_all(void);			/* sched.lock held */
struct p *pidle_get_spinning(void);		/* sched.lock held */
struct m *midle_get(void);			/* sched.lock held */
void      become_spinning(struct m *m);
void      reset_spinning(struct m *m);
/* Make all of q runnable and wake enough Ms.  Any M, P or not, no locks. */
void      inject(struct p *p, struct gqueue *q);

/* ---- spawn.c, park.c ---- */
struct g *spawn(const char *name, void (*fn)(void *), void *arg, bool system,
    struct creator creator);
/* Do the same for a goroutine of the program; without memory collect and try
 * again, then end the program.  A goroutine. */
void      spawn_or_die(const char *name, void (*fn)(void *), void *arg,
    struct creator creator);
/* This goroutine is over; it has no deferred calls left. */
NORETURN void goroutine_end(void);
/* Park; then, on g0 and off its own stack, call unlock(gp, arg).  False from it
 * calls the park off.  NULL: nothing to unlock. */
void      park_with(bool (*unlock)(struct g *gp, void *arg), void *arg,
    const char *why);
void      park_unlock(struct spinlock *lock, const char *why);
/* gp, G_WAITING and the caller's, becomes runnable.  An M with a P. */
void      make_ready(struct g *gp);
