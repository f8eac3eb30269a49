/*
 * world.c - stopping the world, and what runs while it is stopped.
 *
 * The handshake.  The goroutine that stops the world first acquires the right
 * to do so.  That right is a semaphore at which a goroutine parks, so that the
 * waiters can themselves be stopped.  Then the goroutine
 *
 *	1. under sched.lock, sets stopping, and sets stopwait to the number of
 *	   Ps that are not idle; hands in its own P, which decrements stopwait;
 *	   and sets ATTN_STOP on the other Ps that are not idle;
 *	2. interrupts the harts of the Ps that are not handed in within ASK_NS.
 *	   It does not interrupt them at once, because an interrupt takes longer
 *	   to arrive than an allocating goroutine takes to notice ATTN_STOP
 *	   (p_ask);
 *	3. waits until stopwait is 0.  Each M that holds a P meets the request
 *	   at its next pass through the scheduler and hands the P in.
 *
 * WORLD-1	While stopping is set, no P leaves P_STOPPED, and no P leaves or
 *		joins the idle list, except by world_take_idle_ps.  (Everything
 *		but procresize may leave idle Ps alone: they have no work, P-1,
 *		and the collector has nothing there, GATE-5.  So idle Ps do not
 *		make a stop longer.)
 * WORLD-2	An M without a P cannot get one until world_start (WORLD-1),
 *		so a stop need not wait for that M.  It may still run scheduler
 *		code: what it reads then must stay valid by other means (allp.h,
 *		ALLP-3).
 * WORLD-3	The stop is bounded.  A P not handed in within the limit is a
 *		bug (a goroutine that never calls the runtime, or interrupts
 *		left off): the report names the hart, its pc and its goroutine.
 *
 * Rejected: waiting for every M.  An M that sleeps, or is in a long firmware
 * call, would then delay each collection, and idle harts would have to be woken
 * for each.
 */
#include "runtime/sched/world.h"

#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/symbols.h"
#include "kernel/syncpoint.h"
#include "kernel/tlb.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/sema.h"
#include "runtime/sched/tick.h"
#include "runtime/time/timers.h"

/* Work for Ms that sleep while the world is stopped. */
struct world_job {
	void           (*fn)(void *arg, unsigned i, unsigned n);
	void            *arg;
	unsigned         n;
	ATOMIC(uint32_t) left;		/* Ms that have not returned from fn */
	struct note     *done;		/* woken when left reaches 0 */
};

/* The right to stop the world: one permit. */
static struct sema world_right;
static struct g   *world_owner;	/* [S] who has stopped the world, or NULL */

/* How long after a request the hart of a P is interrupted. */
#define ASK_NS (10 * NS_PER_US)

/* How long a stop may take (STOPLIMIT=ms).  The limit is generous, because an
 * emulator may run our harts on fewer processors. */
static nanos_t stop_limit = 20 * NS_PER_S;

static bool
parse_stop_limit(const char *value)
{
	unsigned long ms;

	if (!str_to_u64(value, &ms) || ms == 0 || ms > 1000000)
		return false;
	stop_limit = (nanos_t)ms * NS_PER_MS;
	return true;
}
BOOTARG(stop_limit, "STOPLIMIT", "MS  how long a stop of the world may take",
    parse_stop_limit);

void
world_add_stopped(struct p *p)
{
	/* relaxed: under sched.lock, or with the world stopped. */
	store_relaxed(&p->status, P_STOPPED);
	p->link = sched.pstopped;
	sched.pstopped = p;
}

/* Count p as handed in.  sched.lock held. */
static void
count_stopped(struct p *p)
{
	world_add_stopped(p);
	CHECK(sched.stopwait > 0);
	if (--sched.stopwait == 0)
		note_wake(sched.stop_note);
}

bool
world_stop_hand_in(struct p *p)
{
	ASSERT_HELD(&sched.lock);
	if (load_relaxed(&sched.stopping) == 0)
		return false;
	count_stopped(p);
	return true;
}

void
world_stop_here(struct m *m)
{
	struct p *p;

	if (m->spinning) {
		m->spinning = false;
		/* relaxed: while the world stops no M is woken for work, and
		 * world_start calls wakep. */
		CHECK(add_relaxed(&sched.nmspinning, (uint32_t)-1) > 0);
	}
	allp_clear_snapshot(m);		/* ALLP-4: we still hold a P */
	p = releasep(m);
	spin_lock(&sched.lock);
	if (world_stop_hand_in(p)) {
		m->stopped_at_work = p_has_work(p) || sched.globq.n != 0;
		spin_unlock(&sched.lock);
		return;
	}
	spin_unlock(&sched.lock);
	acquirep(m, p);
}

/* Ask the hart that holds p for its pc, and print where it is. */
static void
report_p(struct p *p)
{
	struct m *m = load_relaxed(&p->m);
	nanos_t until = clock_now() + 500 * NS_PER_MS;
	uintptr_t off = 0;
	const char *name;
	uint64_t pc;
	struct g *gp;

	if (m == NULL) {
		kprintf("  P%u: in no M's hands (status %d)\n", p->id,
		    p_status(p));
		return;
	}
	store_relaxed(&m->hart.report_pc, 0);
	hart_interrupt(&m->hart, IPI_REPORT);
	/* acquire: pairs with the store_release of report_pc in the trap. */
	while ((pc = load_acquire(&m->hart.report_pc)) == 0 &&
	    clock_now() < until)
		cpu_relax();
	gp = m->curg;
	kprintf("  P%u: hart %u (M%u), G%lu (%s), ", p->id, m->hart.id,
	    m->hart.index, gp != NULL ? gp->id : 0,
	    gp != NULL && gp->name != NULL ? gp->name : "unnamed");
	if (pc == 0) {
		kprintf("does not answer: its interrupts are off\n");
		return;
	}
	name = symbol_name(pc, &off);
	kprintf("interrupts on, pc %#lx in %s+%#lx\n", pc,
	    name != NULL ? name : "?", off);
}

/* Returns the first id from i on of a P that is not on the idle list, or
 * sched.nprocs if there is none.  While that list cannot change. */
static uint32_t
next_busy(uint32_t i)
{
	return pmask_next(&idlepmask, false, i, sched.nprocs);
}

static NORETURN COLD void
stop_failed(const char *why)
{
	kprintf("world: a stop for %s did not end within %ld ms; %u of %u Ps "
	    "still run:\n", why, stop_limit / NS_PER_MS, sched.stopwait,
	    sched.nprocs);
	for (uint32_t i = 0; (i = next_busy(i)) < sched.nprocs; i++)
		if (p_status(allp.ptr[i]) != P_STOPPED)
			report_p(allp.ptr[i]);
	panic("world: cannot stop the world for %s", why);
}

/* Ask the M that holds p to hand p in; take p at once if that M is in a
 * blocking call.  sched.lock held. */
static void
ask_to_stop(struct p *p)
{
	uint32_t in = P_SYSCALL;

	if (p_status(p) == P_STOPPED)
		return;
	/* Ask before the CAS: an M that just enters a blocking call first sets
	 * P_SYSCALL and then looks at attention (Dekker, in blocking.c). */
	p_ask(p, ATTN_STOP);
	/* acquire: pairs with store_release in blocking.c. */
	if (cas_acquire(&p->status, &in, P_STOPPED))
		count_stopped(p);
}

/* Steps 1 to 3 of the head comment; on g0. */
static void
stop_on_g0(void *why)
{
	struct m *m = this_m();
	nanos_t deadline = clock_now() + stop_limit;
	uint32_t i;
	bool done;

	note_clear(&m->note);
	spin_lock(&sched.lock);
	sched.stop_note = &m->note;
	/* relaxed: under sched.lock.  The 1 that is added keeps stopwait from
	 * reaching 0, and the note from being woken, until we take it off. */
	sched.stopwait = sched.nprocs - load_relaxed(&sched.npidle) + 1;
	/* relaxed: others read it under sched.lock, or as a hint that they read
	 * again. */
	store_relaxed(&sched.stopping, 1);
	count_stopped(m->p);
	done = --sched.stopwait == 0;
	for (i = 0; !done && (i = next_busy(i)) < sched.nprocs; i++)
		ask_to_stop(allp.ptr[i]);
	spin_unlock(&sched.lock);

	if (!done && !note_look(&m->note, clock_now() + ASK_NS))
		/* The idle list cannot change, although sched.lock is not held
		 * (WORLD-1). */
		for (i = 0; (i = next_busy(i)) < sched.nprocs; i++)
			if (p_status(allp.ptr[i]) != P_STOPPED)
				p_interrupt(allp.ptr[i]);
	while (!done) {
		bool late = !note_look(&m->note, clock_now() + WORLD_LOOK_NS) &&
		    !note_sleep_until(&m->note, deadline);

		/* Clear the note before the look at stopwait, so that a wake-up
		 * after that look is not lost. */
		note_clear(&m->note);
		spin_lock(&sched.lock);
		done = sched.stopwait == 0;
		spin_unlock(&sched.lock);
		if (!done && late && clock_now() >= deadline)
			stop_failed(why);
	}
}

void
world_take_idle_ps(void)
{
	struct p *p, *list;

	ASSERT(world_is_mine());
	spin_lock(&sched.lock);
	list = pidle_get_all();
	spin_unlock(&sched.lock);
	while ((p = list) != NULL) {
		list = p->link;
		world_add_stopped(p);
	}
}

void
world_init(void)
{
	sema_init(&world_right, 1);
}

void
world_stop(const char *why)
{
	ASSERT(this_m()->hart.held == NULL && this_m()->pins == 0);
	ASSERT(!world_is_mine());
	sema_acquire_why(&world_right, "stop the world");
	SYNC_POINT(world_stop_begin);
	on_g0(stop_on_g0, (void *)why);
	world_owner = this_g();
}

/* Give the stopped Ps back: mine runs, the others become idle.  Returns the
 * list of those that have work; the caller starts Ms for them.  sched.lock
 * held. */
static struct p *
release_ps(struct p *mine)
{
	struct p *busy = NULL, *list = sched.pstopped, *p;

	sched.pstopped = NULL;
	while ((p = list) != NULL) {
		list = p->link;
		p->link = NULL;
		if (p_status(p) == P_DEAD)
			continue;	/* procresize has retired it */
		ASSERT(p_status(p) == P_STOPPED);
		if (p == mine) {
			store_relaxed(&p->status, P_RUNNING);
			continue;
		}
		store_relaxed(&p->status, P_IDLE);
		if (!p_has_work(p)) {
			pidle_put(p);
			continue;
		}
		p->link = busy;
		busy = p;
	}
	return busy;
}

/* Watch the timers of idle Ps (TICK-2).  Ms whose P the stop took sleep without
 * regard to the timers of that P, and procresize may have moved timers. */
static void
watch_idle_timers(struct m *m)
{
	tick_watch(m, timers_next_idle());
	tick_arm(m);
}

static void
start_on_g0(void *unused)
{
	struct p *busy, *p;

	(void)unused;
	spin_lock(&sched.lock);
	/* relaxed: as in stop_on_g0. */
	store_relaxed(&sched.stopping, 0);
	busy = release_ps(this_m()->p);
	spin_unlock(&sched.lock);
	while ((p = busy) != NULL) {
		busy = p->link;
		p->link = NULL;
		startm(p, false);
	}
	/* There may be goroutines on the global queue, or more than one on a
	 * local queue. */
	wakep();
	watch_idle_timers(this_m());
}

void
world_start(void)
{
	ASSERT(world_is_mine());
	world_owner = NULL;
	on_g0(start_on_g0, NULL);
	sema_release(&world_right);
}

bool
world_is_stopped_by(const struct g *gp)
{
	return world_owner == gp;
}

bool
world_is_mine(void)
{
	return world_owner == this_g();
}

/* ---- work for idle Ms ---- */

void
world_run_job(struct m *m)
{
	struct world_job *job = m->job;
	struct note *done;

	m->job = NULL;
	tlb_catch_up();			/* TRIM-3 of gstack_trim.c */
	job->fn(job->arg, m->job_index, job->n);
	done = job->done;	/* the job is gone once left is 0 */
	/* acq_rel: releases what fn wrote to the M that waits in world_run; the
	 * last M to return also acquires what the others wrote. */
	if (add_acq_rel(&job->left, (uint32_t)-1) == 1)
		note_wake(done);
}

/* Take idle Ms off the list, at most so many that job->n becomes max, and give
 * them job.  Returns the list of them, linked by idle_link. */
static struct m *
take_idle_ms(struct world_job *job, unsigned max)
{
	struct m *list = NULL;
	struct m *m;

	spin_lock(&sched.lock);
	while (job->n < max && (m = midle_get()) != NULL) {
		m->job = job;
		m->job_index = job->n++;
		m->idle_link = list;
		list = m;
	}
	spin_unlock(&sched.lock);
	return list;
}

unsigned
world_run(void (*fn)(void *arg, unsigned i, unsigned n), void *arg,
    unsigned max)
{
	struct m *me = this_m();
	struct world_job job = { .fn = fn, .arg = arg, .n = 1,
		.done = &me->note };
	struct m *list;

	ASSERT(this_g()->is_g0);
	note_clear(&me->note);
	list = take_idle_ms(&job, max);
	/* relaxed: published by the wake-ups below. */
	store_relaxed(&job.left, job.n - 1);
	while (list != NULL) {
		struct m *m = list;

		list = m->idle_link;
		m->idle_link = NULL;
		note_wake(&m->note);
	}
	fn(arg, 0, job.n);
	/* acquire: pairs with add_acq_rel in world_run_job. */
	while (load_acquire(&job.left) != 0) {
		note_sleep_until(&me->note, CLOCK_NEVER);
		note_clear(&me->note);
	}
	return job.n;
}

/* ---- a function on every P, the world running ---- */

static void           (*safepoint_fn)(struct p *p);	/* under world_right */
static ATOMIC(uint32_t) safepoint_left;	/* Ps that have not run it yet */
static struct note     *safepoint_note;

void
world_safepoint(struct p *p)
{
	/* acq_rel: exactly one M finds 1 here, and sees safepoint_fn. */
	if (swap_acq_rel(&p->safepoint, 0) == 0)
		return;
	safepoint_fn(p);
	/* acq_rel: releases what fn did to the M that waits in
	 * for_each_p_on_g0. */
	if (add_acq_rel(&safepoint_left, (uint32_t)-1) == 1)
		note_wake(safepoint_note);
}

/* Ask the M that holds p to run safepoint_fn for p.  If that M is in a blocking
 * call, take p from it, run safepoint_fn here, and put p on *taken.  sched.lock
 * held. */
static void
ask_for_safepoint(struct p *p, struct p **taken)
{
	uint32_t in = P_SYSCALL;

	p_ask(p, ATTN_SAFEPOINT);	/* first, as in ask_to_stop */
	SYNC_POINT(safepoint_asked);
	/* acquire: pairs with store_release in blocking.c. */
	if (!cas_acquire(&p->status, &in, P_IDLE))
		return;
	world_safepoint(p);
	p->link = *taken;
	*taken = p;
}

static void
for_each_p_on_g0(void *unused)
{
	struct m *m = this_m();
	struct p *taken = NULL;
	struct p *p;

	(void)unused;
	note_clear(&m->note);
	safepoint_note = &m->note;
	spin_lock(&sched.lock);
	/* relaxed: published by the release in p_ask. */
	store_relaxed(&safepoint_left, sched.nprocs);
	for (uint32_t i = 0; i < sched.nprocs; i++)
		store_relaxed(&allp.ptr[i]->safepoint, 1);
	for (uint32_t i = 0; i < sched.nprocs; i++)
		if (allp.ptr[i] != m->p)
			ask_for_safepoint(allp.ptr[i], &taken);
	/* No M can take an idle P while we hold the lock (Go issue 45975). */
	for (p = sched.pidle; p != NULL; p = p->link)
		world_safepoint(p);
	spin_unlock(&sched.lock);
	while ((p = taken) != NULL) {
		taken = p->link;
		p->link = NULL;
		handoffp(p);
	}
	world_safepoint(m->p);
	/* acquire: pairs with add_acq_rel in world_safepoint, here and in the
	 * loop below. */
	if (load_acquire(&safepoint_left) != 0 &&
	    !note_look(&m->note, clock_now() + ASK_NS))
		for (uint32_t i = 0; i < sched.nprocs; i++)
			/* relaxed: an interrupt of a P that is just running
			 * safepoint_fn does no harm. */
			if (load_relaxed(&allp.ptr[i]->safepoint) != 0)
				p_interrupt(allp.ptr[i]);
	while (load_acquire(&safepoint_left) != 0) {
		if (!note_look(&m->note, clock_now() + WORLD_LOOK_NS))
			note_sleep_until(&m->note, CLOCK_NEVER);
		note_clear(&m->note);
	}
}

void
world_for_each_p(void (*fn)(struct p *p))
{
	sema_acquire_why(&world_right, "run on every P");
	safepoint_fn = fn;
	on_g0(for_each_p_on_g0, NULL);
	sema_release(&world_right);
}
