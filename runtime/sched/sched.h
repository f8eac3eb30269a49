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
 *	gopanic.c	(runtime/fail) panics, deferred calls, goexit
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

/* A queue of Gs, linked by g->link. */
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
	ATOMIC(uint32_t) nglobq;	/* [l] globq.n, to read without lock */
	struct m        *midle;		/* [L] Ms that sleep */
	ATOMIC(uint32_t) nmidle;	/* [l] how many */
	struct p        *pidle;		/* [L] Ps that nobody holds (P-1) */
	union {
		struct {
			ATOMIC(uint32_t) needspinning; /* [a] 1: a waker found
					 * no idle pair; see idle.c */
			ATOMIC(uint32_t) npidle; /* [l] Ps in pidle */
		};
		ATOMIC(uint64_t) busy;	/* both in one load: ALL_BUSY */
	};
	ATOMIC(uint32_t) nmspinning;	/* [a] Ms that look for work */
	ATOMIC(uint32_t) stopping;	/* [l] 1: the world is to stop */
	uint32_t         stopwait;	/* [L] Ps that have not stopped */
	struct p        *pstopped;	/* [L] Ps handed in, by p->link */
	struct note     *stop_note;	/* [L] woken when stopwait reaches 0 */
	uint32_t         nms;		/* [I] number of Ms */
	uint32_t         nprocs;	/* [S] GOMAXPROCS: allp.len */
	ATOMIC(uint32_t) started;	/* [a] 1 once main may run */
	nanos_t          start_ns;	/* [I] when the scheduler began */
};

extern struct sched sched;

/* sched.busy when npidle is 0 and needspinning is 1, so that an M that drops a
 * P looks for work. */
enum { ALL_BUSY = 1 };
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ALL_BUSY");

/* ---- sched.c ---- */

/*
 * Save this goroutine's registers and run fn on this M's g0, with the goroutine
 * as the argument.  fn never returns; the goroutine goes on when an M executes
 * it.  (Go's mcall.)
 */
void on_g0_leave(void (*fn)(struct g *gp));

/* Run fn(arg) on this M's g0 and return.  Meanwhile the goroutine's registers
 * are in its ctx.  On g0 this just calls fn.  (Go's systemstack.) */
void on_g0(void (*fn)(void *arg), void *arg);

/* Take p for m, or drop the P of m.  acquirep: p is idle or stopped, and in the
 * caller's hands.  releasep returns the P, which then is in the caller's
 * hands. */
void      acquirep(struct m *m, struct p *p);
struct p *releasep(struct m *m);

/* Move half of p's queue, which is full, and gp to the global queue.  The M
 * that holds p. */
void p_put_overflow(struct p *p, struct g *gp);

/* Put gp, which is G_RUNNABLE and the caller's, at the tail of p's queue.  If
 * the queue is full, half of it moves to the global queue, and gp, too.  The M
 * that holds p. */
INLINE void
p_put_tail(struct p *p, struct g *gp)
{
	ASSERT(g_status(gp) == G_RUNNABLE);
	if (UNLIKELY(!runq_put(&p->runq, gp)))
		p_put_overflow(p, gp);
}

/* Make gp, which is G_RUNNABLE and the caller's, the runnext of p; the runnext
 * before goes to the tail of p's queue.  The M that holds p. */
INLINE void
p_put_next(struct p *p, struct g *gp)
{
	ASSERT(g_status(gp) == G_RUNNABLE);
	/* acq_rel: publishes gp to a thief that takes runnext.  Acquires the
	 * old runnext, which another M may have put there before p came to this
	 * M. */
	gp = swap_acq_rel(&p->runnext, gp);
	if (gp != NULL)
		p_put_tail(p, gp);
}

/* Take the runnext of p, which runs before p's queue.  Returns NULL if there is
 * none.  The M that holds p. */
INLINE struct g *
p_get_next(struct p *p)
{
	/* relaxed: only a hint; the swap decides. */
	struct g *gp = load_relaxed(&p->runnext);

	/* acquire: pairs with swap_acq_rel in p_put_next, if p came here from
	 * another M.  If a thief has been quicker, the swap finds NULL. */
	if (gp != NULL)
		gp = swap_acquire(&p->runnext, NULL);
	return gp;
}

/* Take the next goroutine of p itself, whatever slice it belongs to.  Returns
 * NULL if there is none.  The M that holds p. */
INLINE struct g *
p_get(struct p *p)
{
	struct g *gp = p_get_next(p);

	return gp != NULL ? gp : runq_get(&p->runq);
}

/* Do everything that execute does except for the switch. */
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
 * g0.  Never returns.  It is not declared so, nor are the functions below,
 * because the compiler makes a plain jump of a last call only if the call might
 * return.
 */
INLINE void
execute(struct m *m, struct g *gp)
{
	execute_prepare(m, gp);
	switch_to(&gp->strand);
}

/* Returns whether p seems to have goroutines.  Returns true if a goroutine is
 * there all the time, even if it moves from runnext to the queue.  Any hart. */
bool p_has_work(struct p *p);

/*
 * Request the attention of p.  p_ask sets bits that p's M sees when it next
 * enters the scheduler or allocates (gc_recall).  p_interrupt interrupts p's M
 * wherever it is.  p_attend does both.  Any hart.
 */
void p_ask(struct p *p, uint32_t bits);
void p_interrupt(struct p *p);
void p_attend(struct p *p, uint32_t bits);

/* Do what schedule does when its fast path finds nothing.  Never returns. */
void schedule_slow(struct m *m);

/* Do what schedule does, for a caller that has just seen that nothing asks for
 * p's attention. */
INLINE void
schedule_calm(struct m *m, struct p *p)
{
	struct g *gp;

	ASSERT(this_g()->is_g0 && m->p == p);
	/* The two paths are written out and not joined, because the compiler
	 * then ends each path with its own jump. */
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
 * Find a goroutine and run it on m, which holds p.  If nothing asks for
 * attention and it is not the global queue's turn, the fast path takes the next
 * goroutine of p itself; find_runnable does everything else.  On g0.  Inline,
 * because every park, yield and exit ends here.  Never returns; it is the last
 * call of its caller.
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
 * Returns the strand to run next on m, which holds p and whose goroutine has
 * become G_WAITING: a goroutine from the fast path of schedule, or else m's g0,
 * which then looks further (m_begin).  For code that is still on the
 * goroutine's stack; the caller switches to the strand.
 */
INLINE struct strand *
schedule_next(struct m *m, struct p *p)
{
	struct g *gp;

	/* relaxed: as in schedule. */
	if (UNLIKELY(load_relaxed(&p->attention) != 0))
		return &m->g0.strand;
	/* acquire: as in p_get_next.  There is no load before the swap, because
	 * a goroutine that parks has most often made another goroutine
	 * ready. */
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
 * Make gp, the running goroutine, G_WAITING.  Returns the strand to run next:
 * the caller passes it to switch_pass, with the lock that keeps others from gp
 * until gp is off its stack.
 */
INLINE struct strand *
park_prepare(struct g *gp, const char *why)
{
	struct m *m = this_m();

	ASSERT(!world_is_mine() && m->pins == 0 && !gp->is_g0);
	/* relaxed: only reports use it. */
	store_relaxed(&gp->why, why);
	g_become(gp, G_RUNNING, G_WAITING);
	return schedule_next(m, m->p);
}

/* Returns a dead G with a stack, owned by the caller; NULL if there is no
 * memory.  The M that holds p. */
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

/* Put a dead G back for reuse.  Returns false if p now has more than it should
 * keep; the caller then calls g_free_overflow.  The M that holds p. */
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

/*
 * Returns the next goroutine for m.  Sleeps while there is none.  m may come
 * without a P; when this returns m holds a P, which may be another than before.
 * m may still be spinning, and the caller resets that.  On g0, no locks.
 */
struct g *find_runnable(struct m *m);

/* Look for a goroutine on every other P.  m spins and holds p, whose queue is
 * empty.  Returns NULL if there is none, or if the world is to stop. */
struct g *steal_work(struct m *m, struct p *p);

/* Returns an idle P for m, which has none, if a P of the snapshot has work;
 * else NULL.  So m does not miss work that came after it last looked.  Reads Ps
 * through the snapshot only (ALLP-3). */
struct p *steal_check_no_p(struct m *m, struct allp_slice snapshot);

/* ---- globq.c: globq_* with sched.lock held ---- */

/* Put gp, which is G_RUNNABLE and the caller's, at the tail. */
void      globq_put(struct g *gp);

/* Put all Gs of q, which is not empty, first: they are from a P that is
 * retired, and have waited there.  q is empty afterwards. */
void      globq_put_queue_first(struct gqueue *q);

/* Append all Gs of q, which is empty afterwards. */
void      globq_put_queue(struct gqueue *q);

/* Returns one G to run, or NULL if the global queue is empty.  Moves up to
 * max - 1 more Gs to p's queue; if max is 0, p gets a fair share. */
struct g *globq_get(struct p *p, uint32_t max);

/* Put gp at the tail of q, or take the first G (NULL if there is none).  q is
 * the caller's, or guarded by its lock. */
void      gqueue_push(struct gqueue *q, struct g *gp);
struct g *gqueue_pop(struct gqueue *q);


/* ---- globq.c without the lock: SLICE-3.  The M that holds p. ---- */

/* End the rotation of p's own queue after the goroutines that are in it now, if
 * there is a goroutine in the global queue. */
void rotation_trim(struct p *p);

/* Do the rest of globq_turn and globq_turns_by_share; n is sched.nglobq. */
struct g *globq_turn_slow(struct p *p, uint32_t n);
void      globq_share(struct p *p, uint32_t n);

/* Returns the next goroutine of the global queue if it is the turn of that
 * queue; NULL if p's own queue is to go on.  On g0. */
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
	/* An empty queue is not worth a reading of the clock.  The rotation
	 * that begins will pass for one of short turns. */
	p->fair = p->rotation = FAIR_TICKS;
	p->rotation_at = CLOCK_NEVER;
	p->nglobal = 0;
	return NULL;
}

/* Give the global queue as many turns as p's share of it has goroutines, if a
 * rotation of p's own queue is over; for a goroutine that yields. */
INLINE void
globq_turns_by_share(struct p *p)
{
	/* relaxed: as in globq_turn. */
	uint32_t n = load_relaxed(&sched.nglobq);

	if (UNLIKELY(n != 0) && p->fair <= 0)
		globq_share(p, n);
}

/* ---- idle.c ---- */

/* Do what wakep does when a pair may be idle. */
void      wakep_slow(void);

/*
 * Let an idle pair look for work, because something was made runnable, unless
 * some M is looking already.  Any M, with a P or without, no locks.  The inline
 * part is for the case that all are busy; the protocol is at the head of
 * idle.c.
 */
INLINE void
wakep(void)
{
	fence_seq_cst();	/* (c) of idle.c, with (d) there */
	/* relaxed: ordered by the fence. */
	if (UNLIKELY(load_relaxed(&sched.busy) != ALL_BUSY))
		wakep_slow();
}

/* Run p, which the caller took and which may have goroutines, on an idle M.  If
 * spinning is true the M spins, and the caller has counted it in nmspinning.
 * Returns false if all Ms are busy: then p's goroutines are on the global
 * queue, and p is idle, or handed in to a stop of the world. */
bool      startm(struct p *p, bool spinning);

/* Sleep, because m, which holds no P, has nothing to do.  Returns with m->p set
 * if m was started with a P; returns with m->p NULL at the deadline, or when
 * netpoll has something for the poller.  Runs world jobs meanwhile.  On g0. */
void      stopm(struct m *m, nanos_t deadline);

/* Find an M for p, which is in the caller's hands and in no M's.  If there is
 * no work for p, p goes idle. */
void      handoffp(struct p *p);

/* The following five with sched.lock held.  pidle_put puts p on the idle list.
 * pidle_get takes an idle P into the caller's hands; it returns NULL if there
 * is none or the world is stopping (WORLD-1). */
void      pidle_put(struct p *p);
struct p *pidle_get(void);

/* Take all idle Ps, linked by p->link, whether the world is stopping or not. */
struct p *pidle_get_all(void);

/* Take an idle P as pidle_get does, for an M that is about to spin with it. */
struct p *pidle_get_spinning(void);

/* Take an M off the idle list.  Returns NULL if there is none. */
struct m *midle_get(void);

/* Let m, which holds a P, look for work; or end that, because m found work:
 * steps 1 and 2 of idle.c. */
void      become_spinning(struct m *m);
void      reset_spinning(struct m *m);

/* Put all goroutines of q, which are G_RUNNABLE, on the queue of p, which this
 * M holds, or on the global queue if p is NULL; and wake enough Ms.  No
 * locks. */
void      inject(struct p *p, struct gqueue *q);

/* ---- spawn.c, park.c ---- */

/*
 * Make a goroutine that runs fn(arg), runnable next on this P.  Returns NULL if
 * there is no memory for its stack.  A goroutine, g0, or boot code with a P.
 */
struct g *spawn(const char *name, void (*fn)(void *), void *arg, bool system,
    struct creator creator);

/* Make a goroutine of the program as spawn does.  If there is no memory,
 * collect and try again, then end the program.  A goroutine. */
void      spawn_or_die(const char *name, void (*fn)(void *), void *arg,
    struct creator creator);

/* End this goroutine, which has no deferred calls left. */
NORETURN void goroutine_end(void);

/* Park this goroutine, and then call unlock(gp, arg) on g0, off the goroutine's
 * stack.  If unlock returns false the park is called off.  unlock may be NULL
 * if there is nothing to unlock. */
void      park_with(bool (*unlock)(struct g *gp, void *arg), void *arg,
    const char *why);

/* Park this goroutine, and then release lock. */
void      park_unlock(struct spinlock *lock, const char *why);

/* Make gp, which is G_WAITING and the caller's, runnable.  An M with a P. */
void      make_ready(struct g *gp);
