/*
 * idle.c - Ms and Ps that have nothing to do, and how they are woken.
 *
 * Concepts.  A *pair* is an idle M and an idle P.  Code that makes a goroutine
 * runnable calls wakep(), which starts a pair if there is one and no M is
 * looking for work already.  An M that looks for work is *spinning*: it was
 * started for no goroutine in particular, or it ran out of work while few other
 * Ms were looking.  At most half of the busy Ps spin.
 *
 * Invariant:
 *
 *	IDLE-1	If a goroutine is runnable and a pair is idle, then some M spins
 *		or is on its way to look again.  (Work conservation.)
 *
 * Protocol:
 *
 *	1. An M that submits work makes the work visible (on a queue), and then
 *	   does a full fence.  If no pair is idle, it leaves needspinning = 1,
 *	   does a fence, and looks for a pair once more.  If a pair is idle and
 *	   no M spins, it starts the pair spinning.
 *	2. A spinning M that finds work stops spinning and calls wakep() itself
 *	   (reset_spinning), because there may be more work.
 *	3. A spinning M that finds nothing drops its P, stops spinning, does a
 *	   full fence, and then looks at every queue once more (find.c).
 *	4. An M that does not spin drops its P, or goes to sleep, under
 *	   sched.lock, and looks at needspinning after a fence.  If needspinning
 *	   is set, the M takes a P back and spins.  Without this step, a
 *	   goroutine that is submitted at a moment when no P is idle would wait
 *	   although a P becomes idle right then (Go issue 45867).
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
 * In each race at least one side sees the other's store.  A submitter may also
 * rely on an older needspinning = 1 that a new spinner is just clearing.  Then
 * the spinner's own step 2 or 3 comes after the clearing and covers the work:
 * the submitter has seen the 1 after its fence (c), and the spinner looks at
 * the queues after a fence that follows the clearing, so it sees the work in
 * them.
 *
 * In the usual case all Ps are busy and needspinning was set long ago.  For
 * this case the inline part of wakep costs one fence, and one load of both
 * words.
 *
 * There are as many Ms as harts, and never more.  So a P may find no M, unlike
 * in Go; with more Ps than harts that is the normal case.  The protocol treats
 * a lack of Ms and a lack of Ps as one condition.  A P that gets no M gives its
 * goroutines to the global queue and goes idle (P-1), so nothing is stranded on
 * it.
 *
 * Rejected: taking sched.lock in every wakep when no P is idle, as Go does.
 * With all Ps busy this lock would be contended at every ready().
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
	/* relaxed: ATTN_SAFEPOINT is set under sched.lock; ATTN_GC is set with
	 * the world stopped, or by p's M. */
	uint32_t bits = load_relaxed(&p->attention);

	ASSERT_HELD(&sched.lock);
	ASSERT(p_status(p) == P_IDLE);
	ASSERT(!p_has_work(p));		/* P-1 */
	/* p may have been asked for a safe point while it was in nobody's
	 * hands, on its way here from a blocking call (go_in).  Then nobody
	 * else runs the function for p. */
	if (UNLIKELY((bits & ATTN_SAFEPOINT) != 0) && !FAULT(idle_p_not_safe))
		world_safepoint(p);
	if (UNLIKELY((bits & ATTN_GC) != 0))
		gc_local_rest(p->gc);	/* GATE-5 of gc_host.c */
	p->link = sched.pidle;
	sched.pidle = p;
	pmask_set(&idlepmask, p->id);
	/* relaxed: ordered by fences (c), (d), and (b) in find.c. */
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

/* If no P is idle, the next M that drops a P must look again. */
struct p *
pidle_get_spinning(void)
{
	struct p *p = pidle_get();

	if (p == NULL)
		/* relaxed: an M that drops a P reads it under sched.lock, which
		 * we hold. */
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
	/* relaxed: ordered by fences (c) and (d). */
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

void
become_spinning(struct m *m)
{
	ASSERT(!m->spinning);
	m->spinning = true;
	/* relaxed: the fence of step 3 orders the decrement; the increment
	 * needs no order. */
	add_relaxed(&sched.nmspinning, 1);
	store_relaxed(&sched.needspinning, 0);
}

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

/* Returns whether a pair is idle.  If none is, leaves needspinning = 1 (step
 * 1). */
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

/* Start a pair that spins.  The caller has counted it in nmspinning. */
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
		/* relaxed: needspinning tells the next M. */
		CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
}

void
wakep_slow(void)
{
	uint32_t none = 0;

	if (!pair_is_idle())
		return;
	fence_seq_cst();	/* (a), with (b) in find.c */
	/* relaxed: the CAS claims the start of a spinner; the work itself is
	 * published by its queue. */
	if (load_relaxed(&sched.nmspinning) != 0 ||
	    !cas_relaxed(&sched.nmspinning, &none, 1))
		return;
	start_spinning_pair();
}

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
	/* p may come from a blocking call while the world is to stop. */
	if (!world_stop_hand_in(p))
		pidle_put(p);
	/* relaxed: as in pidle_get_spinning. */
	store_relaxed(&sched.needspinning, 1);
	spin_unlock(&sched.lock);
	if (spinning)
		CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
	return false;
}

void
handoffp(struct p *p)
{
	uint32_t none = 0;

	/* Be as strict as find_runnable: whatever it would find, p must not
	 * leave behind (Go issue 13645). */
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
	/* relaxed: two counters with one writer, for statistics. */
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
		if (m->idle) {		/* M-1: m woke by itself */
			midle_remove(m);
			spin_unlock(&sched.lock);
			return;
		}
		p = m->nextp;
		m->nextp = NULL;
		spin_unlock(&sched.lock);
		if (p != NULL) {
			/* The deadline we slept for must still be watched:
			 * TICK-2. */
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
	/* If this M has a P, the goroutines go to its queue; else they go to
	 * the M that comes first. */
	if (p == NULL) {
		spin_lock(&sched.lock);
		globq_put_queue(q);
		spin_unlock(&sched.lock);
	} else {
		while ((gp = gqueue_pop(q)) != NULL)
			p_put_tail(p, gp);
	}
	/* Each wakep starts at most one spinner, and spinners start more.  Only
	 * the call after the last put must not be missing (Go 63555). */
	if (!no_wake)
		wakep();
}
