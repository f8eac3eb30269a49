/*
 * idle.c - Ms and Ps that have nothing to do, and how they are woken.
 *
 * Concepts.  A *pair* is an idle M and an idle P.  Whoever makes a goroutine
 * runnable calls wakep(), which starts a pair if there is one and nobody else
 * is looking for work.  An M that looks is *spinning*: it was started for no
 * goroutine in particular, or ran out of work while few others were looking.
 * At most half of the busy Ps spin.
 *
 * Invariant:
 *
 *	IDLE-1	If a goroutine is runnable and a pair is idle, then some M spins
 *		or is on its way to look again.  (Work conservation.)
 *
 * Protocol:
 *
 *	1. Submitting work: make it visible (queue), full fence, then: if no
 *	   pair is idle, leave needspinning = 1, fence, and look at the pairs
 *	   once more; if one is idle and nobody spins, start it spinning.
 *	2. A spinning M that found work stops spinning and calls wakep() itself
 *	   (reset_spinning): there may be more.
 *	3. A spinning M that found nothing drops its P, stops spinning, full
 *	   fence, and then looks at every queue once more (find.c).
 *	4. An M that did not spin drops its P, or goes to sleep, under
 *	   sched.lock and looks at needspinning after a fence; if it is set the
 *	   M takes a P back and spins.  Without that, a goroutine submitted at
 *	   the moment when no P was idle would wait though one became idle right
 *	   then (Go issue 45867).
 *
 * The two races are Dekker's, with full fences on both sides:
 *
 *	submitter			spinning M, step 3
 *	  queue = work			  nmspinning--
 *	  fence (a)			  fence (b)
 *	  nmspinning == 0?		  queue empty?
 *
 *	submitter, step 1		M dropping its P, step 4
 *	  needspinning = 1		  npidle++ (or nmidle++)
 *	  fence (c)			  fence (d)
 *	  npidle, nmidle still 0?	  needspinning?
 *
 * In each at least one sees the other's store.  If a submitter relied on an
 * older needspinning = 1 that a new spinner is just clearing, that spinner's
 * own step 2 or 3 comes after the clearing and covers the work: the submitter
 * has seen the 1 after its fence (c), so the spinner that looks at the queues
 * after a fence that follows the clearing sees them with the work in.
 *
 * The usual case, all busy and needspinning set long ago, is the inline part of
 * wakep: one fence, and one load of both words.
 *
 * There are as many Ms as harts and never more, so unlike in Go a P may find no
 * M: with more Ps than harts that is the normal case, and both kinds of
 * shortage are one condition above.  A P that gets no M gives its goroutines to
 * the global queue and goes idle (P-1), so nothing is stranded on it.
 *
 * Rejected: calling sched.lock on every wakep as Go does when no P is idle:
 * with all Ps busy that is a contended lock on every ready().
 *
 * Locking: lists and counts change under sched.lock.
 */
#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/poll/netpoll.h"
#include "runtime/sched/deadlock.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/world.h"

/* ---- lists; sched.lock held ---- */

void
pidle_put(struct p *p)
{
	/* relaxed: ATTN_SAFEPOINT is set under sched.lock, ATTN_GC with the
	 * world stopped or by p's M. */
	uint32_t bits = load_relaxed(&p->attention);

	ASSERT_HELD(&sched.lock);
	ASSERT(p_status(p) == P_IDLE);
	ASSERT(!p_has_work(p));		/* P-1 */
	/* It may have been asked when it was in nobody's hands, on its way here
	 * from a blocking call (go_in): nobody else would do it. */
	if (UNLIKELY((bits & ATTN_SAFEPOINT) != 0) && !FAULT(idle_p_not_safe))
		world_safepoint(p);
	if (UNLIKELY((bits & ATTN_GC) != 0))
		gc_local_rest(p->gc);	/* GATE-5 of gc_host.c */
	p->link = sched.pidle;
	sched.pidle = p;
	pmask_set(&idlepmask, p->id);
	/* relaxed: fences (c), (d), and (b) in find.c order it. */
	store_relaxed(&sched.npidle, load_relaxed(&sched.npidle) + 1);
}

struct p *
pidle_get(void)
{
	struct p *p = sched.pidle;

	ASSERT_HELD(&sched.lock);
	/* relaxed: under sched.lock. */
	if (p == NULL || load_relaxed(&sched.stopping) != 0)	/* WORLD-1 */
		return NULL;
	sched.pidle = p->link;
	p->link = NULL;
	pmask_clear(&idlepmask, p->id);
	/* relaxed: as in pidle_put. */
	store_relaxed(&sched.npidle, load_relaxed(&sched.npidle) - 1);
	return p;
}

struct p *
pidle_get_all(void)
{
	struct p *list = sched.pidle;

	ASSERT_HELD(&sched.lock);
	sched.pidle = NULL;
	pmask_clear_all(&idlepmask, sched.nprocs);
	/* relaxed: as in pidle_put. */
	store_relaxed(&sched.npidle, 0);
	return list;
}

/* The same for a caller that is about to spin with it: if there is none, make
 * the next M that drops a P look again. */
struct p *
pidle_get_spinning(void)
{
	struct p *p = pidle_get();

	if (p == NULL)
		/* relaxed: droppers read it under sched.lock, which we hold. */
		store_relaxed(&sched.needspinning, 1);
	return p;
}

static void
midle_put(struct m *m)
{
	ASSERT_HELD(&sched.lock);
	ASSERT(m->p == NULL && !m->idle && !m->spinning);
	m->idle = true;
	m->idle_link = sched.midle;
	sched.midle = m;
	/* relaxed: fences (c), (d). */
	store_relaxed(&sched.nmidle, load_relaxed(&sched.nmidle) + 1);
}

static void
midle_remove(struct m *m)
{
	struct m **at = &sched.midle;

	ASSERT_HELD(&sched.lock);
	while (*at != m)
		at = &(*at)->idle_link;
	*at = m->idle_link;
	m->idle_link = NULL;
	m->idle = false;
	store_relaxed(&sched.nmidle, load_relaxed(&sched.nmidle) - 1);
}

struct m *
midle_get(void)
{
	struct m *m = sched.midle;

	if (m != NULL)
		midle_remove(m);
	return m;
}

/* ---- spinning ---- */

/* m, which holds a P, starts to look for work. */
void
become_spinning(struct m *m)
{
	ASSERT(!m->spinning);
	m->spinning = true;
	/* relaxed: step 3's fence orders the way out; going in needs none. */
	add_relaxed(&sched.nmspinning, 1);
	store_relaxed(&sched.needspinning, 0);
}

/* m found work: step 2. */
void
reset_spinning(struct m *m)
{
	ASSERT(m->spinning);
	m->spinning = false;
	/* relaxed: wakep fences before it looks. */
	CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
	wakep();
}

/* ---- waking ---- */

/* Is a pair idle?  Without one, leave needspinning = 1: step 1. */
static bool
pair_is_idle(void)
{
	/* relaxed: ordered by the fences. */
	if (load_relaxed(&sched.npidle) != 0 &&
	    load_relaxed(&sched.nmidle) != 0)
		return true;
	if (load_relaxed(&sched.needspinning) == 0)
		store_relaxed(&sched.needspinning, 1);
	fence_seq_cst();	/* (c), with (d) in stopm and find.c */
	return load_relaxed(&sched.npidle) != 0 &&
	    load_relaxed(&sched.nmidle) != 0;
}

/* Start a pair that spins; the caller has already counted it in nmspinning. */
static NOINLINE void
start_spinning_pair(void)
{
	struct p *p;
	struct m *m = NULL;

	SYNC_POINT(wakep_before_lock);
	spin_lock(&sched.lock);
	p = pidle_get_spinning();
	if (p != NULL && (m = midle_get()) == NULL) {
		pidle_put(p);
		/* relaxed: as in pidle_get_spinning. */
		store_relaxed(&sched.needspinning, 1);
	}
	if (m != NULL) {
		m->nextp = p;
		m->spinning = true;
	}
	spin_unlock(&sched.lock);
	if (m != NULL)
		note_wake(&m->note);
	else
		/* relaxed: needspinning carries the message. */
		CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
}

void
wakep_slow(void)
{
	uint32_t none = 0;

	if (!pair_is_idle())
		return;
	fence_seq_cst();	/* (a), with (b) in find.c */
	/* relaxed: a claim to be the one who starts a spinner; the work itself
	 * is published by its queue. */
	if (load_relaxed(&sched.nmspinning) != 0 ||
	    !cas_relaxed(&sched.nmspinning, &none, 1))
		return;
	start_spinning_pair();
}

/*
 * Run p, which the caller took and which may have goroutines, on an idle M.  If
 * spinning the caller has counted it.  False if all Ms are busy: then p's
 * goroutines are on the global queue and p is idle, or stopped with the world.
 */
bool
startm(struct p *p, bool spinning)
{
	struct m *m;
	struct g *gp;

	spin_lock(&sched.lock);
	m = midle_get();
	if (m != NULL) {
		ASSERT(m->nextp == NULL && m->job == NULL);
		m->nextp = p;
		m->spinning = spinning;
		spin_unlock(&sched.lock);
		note_wake(&m->note);
		return true;
	}
	while ((gp = p_get(p)) != NULL)
		globq_put(gp);
	/* It may come from a blocking call while the world is to stop. */
	if (!world_stop_hand_in(p))
		pidle_put(p);
	/* relaxed: droppers read it under sched.lock, which we hold. */
	store_relaxed(&sched.needspinning, 1);
	spin_unlock(&sched.lock);
	if (spinning)
		CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
	return false;
}

/*
 * The caller's M is about to block outside the scheduler, or retires: find
 * another M for p.  p is in the caller's hands.
 */
void
handoffp(struct p *p)
{
	uint32_t none = 0;

	/* As strict as find_runnable: what it would find, p must not leave
	 * behind (Go issue 13645). */
	if (p_has_work(p) || load_relaxed(&sched.nglobq) != 0) {
		startm(p, false);
		return;
	}
	/* relaxed: as in wakep. */
	if (load_relaxed(&sched.nmspinning) == 0 &&
	    load_relaxed(&sched.npidle) == 0 &&
	    cas_relaxed(&sched.nmspinning, &none, 1)) {
		store_relaxed(&sched.needspinning, 0);
		startm(p, true);
		return;
	}
	spin_lock(&sched.lock);
	if (world_stop_hand_in(p)) {
		spin_unlock(&sched.lock);
		return;
	}
	if (sched.globq.n != 0) {
		spin_unlock(&sched.lock);
		startm(p, false);
		return;
	}
	pidle_put(p);
	spin_unlock(&sched.lock);
}

nanos_t
m_slept(struct m *m, nanos_t now)
{
	/* relaxed: two counters, one writer, for people. */
	nanos_t since = load_relaxed(&m->asleep_since);

	return load_relaxed(&m->slept_ns) +
	    (since != 0 && since < now ? now - since : 0);
}

static void
sleep_and_count(struct m *m, nanos_t deadline)
{
	nanos_t since = clock_now();

	/* relaxed: as in m_slept. */
	store_relaxed(&m->asleep_since, since);
	if (!m->stopped_at_work ||
	    !note_look(&m->note, MIN(since + WORLD_LOOK_NS, deadline))) {
		tick_stop(m);
		note_sleep_until(&m->note, deadline);
	}
	m->stopped_at_work = false;
	store_relaxed(&m->slept_ns, load_relaxed(&m->slept_ns) +
	    clock_now() - since);
	store_relaxed(&m->asleep_since, 0);
}

/*
 * Nothing to do for m, which holds no P: sleep until started (m->p is set
 * then), or until deadline, or until netpoll has something for the poller (m->p
 * is NULL then).  Runs world jobs meanwhile.  On g0.
 */
void
stopm(struct m *m, nanos_t deadline)
{
	ASSERT(m->p == NULL && !m->spinning && m->hart.held == NULL);
	for (;;) {
		struct p *p;

		note_clear(&m->note);
		spin_lock(&sched.lock);
		midle_put(m);
		fence_seq_cst();	/* (d), with (c) in pair_is_idle */
		/* relaxed: ordered by the fence. */
		if (load_relaxed(&sched.needspinning) != 0 &&
		    !FAULT(no_needspinning) &&
		    (p = pidle_get()) != NULL) {
			midle_remove(m);
			spin_unlock(&sched.lock);
			m->tick.watch = deadline;
			acquirep(m, p);
			become_spinning(m);
			return;
		}
		deadlock_check();
		netpoll_sleep_begin(m, deadline);
		spin_unlock(&sched.lock);

		if (!netpoll_pending())
			sleep_and_count(m, deadline);

		spin_lock(&sched.lock);
		netpoll_sleep_end(m);
		/* relaxed: a counter with one writer. */
		store_relaxed(&m->nwake, load_relaxed(&m->nwake) + 1);
		if (m->idle) {		/* M-1: woke by itself */
			midle_remove(m);
			spin_unlock(&sched.lock);
			return;
		}
		p = m->nextp;
		m->nextp = NULL;
		spin_unlock(&sched.lock);
		if (p != NULL) {
			/* What we slept for is still to be watched: TICK-2. */
			m->tick.watch = deadline;
			acquirep(m, p);
			return;
		}
		world_run_job(m);
	}
}

void
inject(struct p *p, struct gqueue *q)
{
	/* Go before 24070cf7 looked for an idle P only here, before the put. */
	bool no_wake = FAULT(inject_looks_before_put) &&
	    load_relaxed(&sched.npidle) == 0;
	struct g *gp;

	if (q->n == 0)
		return;
	SYNC_POINT(inject_before_put);
	/* The first stay here if this M has a P, the others go to whoever comes
	 * first. */
	if (p == NULL) {
		spin_lock(&sched.lock);
		globq_put_queue(q);
		spin_unlock(&sched.lock);
	} else {
		while ((gp = gqueue_pop(q)) != NULL)
			p_put_tail(p, gp);
	}
	/* Each wakep starts at most one spinner, and spinners call on more; the
	 * one after the last put is what must not be missing (Go 63555). */
	if (!no_wake)
		wakep();
}
