/*
 * gc_host.c - what the collector may know of Ps, Ms and Gs (gc/host.h).
 *
 * The roots are every M (its allp snapshot), every P's timers (TIMERS-GC in
 * timer_heap.c), the global allp (a root block), and of each living G its
 * argument, its saved registers and its live stack.  System stacks are not
 * roots: scheduler code keeps no pointer into the heap there across a point
 * where it holds no P.
 *
 * Goroutines are scanned while others run.  When marking begins the world is
 * stopped.  So every G except the G that stopped the world is at rest, and its
 * registers are saved.  A G at rest is scanned by the first of these that
 * claims it:
 *
 *	- a marker that does the root job of the G's chunk of Gs;
 *	- the M that is about to run the G (gc_gate).
 *
 *	GATE-1	gp->scan is 2 * era + 1 while gp is being scanned in that era,
 *		and 2 * era when gp has been scanned in it.  Any other value
 *		means that gp has not been claimed yet.
 *	GATE-2	While marking, each P that an M holds has ATTN_GC.  The P gets
 *		ATTN_GC when an M acquires the P for the first time in an era,
 *		and keeps it (gc_attend).  So no M takes the fast path of
 *		schedule(); each M goes through schedule_slow, and there through
 *		gc_gate.
 *	GATE-3	So no G runs that has not been scanned in this era.  An M that
 *		finds its G claimed waits; the wait is bounded, because the
 *		claimer has a P and is in runtime text.  A root job need not
 *		scan a G that is running or dead: the running G was scanned
 *		before it ran, and the dead G was dead when marking began.  The
 *		one exception is the G that stopped the world to begin marking;
 *		it scans itself before it goes on (scan_self).
 *	GATE-4	A G that is made or reused while marking has no old pointers on
 *		its stack, and its argument comes from a stack that has been
 *		scanned.  A root job that looks at such a G meanwhile may read
 *		torn or stale fields.  That is harmless, because the scan is
 *		conservative and the stack bounds of a G never change.
 *
 *	GATE-5	A P on the idle list holds nothing that a stop of the world
 *		would have to look at: the P was made to rest when it was put on
 *		the list.
 *	GATE-6	A root job that has claimed a G at rest may condemn pages of the
 *		G's stack (gstack_trim.h) before it marks the G as scanned.  The
 *		job may do so for a dead G too, which passes gc_gate if it is
 *		reused.
 *
 * If a park is called off, the G goes on without gc_gate, because the G never
 * stopped running.
 */
#include "runtime/collect/gc_host.h"

#include "gc/gc.h"
#include "gc/reach.h"
#include "kernel/backoff.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "kernel/vm.h"
#include "lib/check.h"
#include "runtime/chan/chan.h"
#include "runtime/collect/finalizer.h"
#include "runtime/collect/program_data.h"
#include "runtime/fail/fatal.h"
#include "runtime/fail/waiting.h"
#include "runtime/inspect/leaks.h"
#include "runtime/inspect/why.h"
#include "runtime/sched/gc_worker.h"
#include "runtime/sched/inlined.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack_trim.h"
#include "runtime/stack/stash.h"
#include "runtime/time/timers.h"
#include "runtime/time/vclock.h"

enum { GS_PER_JOB = 64 };	/* Gs that one root job visits */

static struct g *sweeper, *collector;

/* In .sdata, which gp addresses with one instruction: acquirep loads it. */
SECTION(".sdata") struct gc_era gc_era;

static bool
can_collect(void)
{
	struct g *gp = this_g();

	/* relaxed: set once, long before any goroutine runs. */
	return load_relaxed(&sched.started) != 0 && !gp->is_g0 &&
	    this_m()->pins == 0 && this_m()->hart.held == NULL &&
	    !world_is_mine();
}

void
m_pin(void)
{
	this_m()->pins++;
}

void
m_unpin(void)
{
	CHECK(this_m()->pins > 0);
	this_m()->pins--;
}

/* ---- roots ---- */

static size_t
root_jobs(void)
{
	return 1 + (allg_count() + GS_PER_JOB - 1) / GS_PER_JOB;
}

/* Scan the live part of gp's stack, except pages without a frame, which were
 * never touched. */
static void
scan_stack(struct g *gp, struct gc_work *work)
{
	uintptr_t at = gp->strand.ctx.sp;

	ASSERT(at >= gp->strand.stack_lo && at <= gp->strand.stack_hi);
	while (at < gp->strand.stack_hi) {
		uintptr_t end = MIN(ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE,
		    gp->strand.stack_hi);

		if (vm_frame(at) != NULL)
			gc_scan_conservative(work, at, end);
		at = end;
	}
}

/* Scan the word at at in its place, and not a copy of it: gc/why.c reports
 * where a root was found. */
static void
scan_word(struct gc_work *work, const void *at)
{
	gc_scan_conservative(work, (uintptr_t)at, (uintptr_t)at + 8);
}

/*
 * Scan gp's waiter, if gp waits at a channel: its links, which lead to the
 * channel, and the place of its element.  The goroutine has neither pointer in
 * a register any more, nor on its stack if it does not use them after the
 * operation.  But the goroutine that serves gp uses both.
 */
static void
scan_waiter(struct g *gp, struct gc_work *work)
{
	/* gp is at rest.  If gp is made ready meanwhile, its operation is done,
	 * and it no longer needs these words. */
	const char *why = waiting_why(gp);

	if (g_status(gp) != G_WAITING ||
	    (why != chan_why_send && why != chan_why_recv))
		return;
	scan_word(work, &gp->wait.link.next);
	scan_word(work, &gp->wait.link.prev);
	scan_word(work, &gp->wait.value);
}

static void
scan_g(struct g *gp, struct gc_work *work)
{
	const struct ctx *ctx = &gp->strand.ctx;
	uintptr_t regs = (uintptr_t)ctx->s;
	bool with_regs = true;

	scan_waiter(gp, work);
	if (!stash_scan(gp, work, &with_regs))
		scan_stack(gp, work);
	/* stash_scan says whether the stash also covers the registers.  A G
	 * that has run since it was stashed, but has not yet touched its stack,
	 * may have other registers now (TRIM-1 in gstack_trim.c). */
	if (!with_regs && gp->strand.hart == NULL)
		return;
	scan_word(work, &gp->strand.arg);
	gc_scan_conservative(work, regs, regs +
	    (ctx->full & CTX_S1_TO_S11 ? sizeof(ctx->s) : sizeof(ctx->s[0])));
}

enum claim { CLAIM_OURS, CLAIM_BUSY, CLAIM_DONE };

/* Claim gp for a scan in this era.  Returns CLAIM_DONE if gp has been scanned
 * in this era, and CLAIM_BUSY if another hart is scanning gp. */
static enum claim
claim(struct g *gp)
{
	/* relaxed: the era changes only while the world is stopped. */
	uint32_t done = 2 * load_relaxed(&gc_era.now);
	/* acquire: pairs with the store_release in unclaim; the M that runs gp
	 * next writes to gp's stack only after the scan has read it. */
	uint32_t scan = load_acquire(&gp->scan);

	do {
		if (scan == done)
			return CLAIM_DONE;
		if (scan == done + 1)
			return CLAIM_BUSY;
		/* acquire: as above. */
	} while (!cas_acquire(&gp->scan, &scan, done + 1));
	SYNC_POINT(gc_scan_claimed);
	return CLAIM_OURS;
}

/* Mark gp as scanned.  The caller has claimed gp. */
static void
unclaim(struct g *gp)
{
	/* release: pairs with load_acquire in claim. */
	store_release(&gp->scan, 2 * load_relaxed(&gc_era.now));
}

/* Scan gp, which is at rest, unless it has been scanned in this era.  Returns
 * false if another hart is just scanning gp. */
static bool
scan_once(struct g *gp, struct gc_work *work)
{
	enum claim got = claim(gp);

	if (got == CLAIM_OURS) {
		scan_g(gp, work);
		unclaim(gp);
	}
	return got != CLAIM_BUSY;
}

void
gc_gate_slow(struct m *m, struct g *gp)
{
	struct backoff wait = { 0 };

	while (!scan_once(gp, gc_work_of(m->p->gc)))	/* GATE-3 */
		backoff(&wait);
	if (gc_share(m->p->gc))
		wakep();
}

static void
scan_self(struct gc_work *work)
{
	CHECK(scan_once(this_m()->curg, work));
}

/* Scan gp, which is at rest, and condemn the pages that its stack does not
 * need.  The caller has claimed gp, or the world is stopped. */
static void
scan_and_trim(struct g *gp, enum g_status status, struct gc_work *work,
    struct gstack_trim *trim)
{
	if (status == G_DEAD) {
		gstack_trim_dead(trim, gp);
		return;
	}
	scan_g(gp, work);
	if (status == G_WAITING)
		gstack_trim_parked(trim, gp);
}

/* Scan and trim gp if it is at rest and has not been claimed in this era.  The
 * world is running. */
static void
visit(struct g *gp, struct gc_work *work, struct gstack_trim *trim)
{
	enum g_status status = g_status(gp);

	/* GATE-3, GATE-4 */
	if (status != G_RUNNABLE && status != G_WAITING &&
	    (status != G_DEAD || !gstack_dead_is_due(gp)))
		return;
	if (claim(gp) != CLAIM_OURS)
		return;
	scan_and_trim(gp, status, work, trim);			/* GATE-6 */
	unclaim(gp);
}

static void
visit_stw(struct g *gp, struct gc_work *work, struct gstack_trim *trim)
{
	enum g_status status = g_status(gp);

	if (gc_reach_only()) {
		if (status != G_DEAD && !leaks_scan(gp, work) && !why_hides(gp))
			scan_g(gp, work);
		return;
	}
	if (status != G_DEAD || gstack_dead_is_due(gp))
		scan_and_trim(gp, status, work, trim);
}

/* Visit the Gs with the numbers first .. end - 1. */
static void
visit_gs(uint32_t first, uint32_t end, struct gc_work *work)
{
	bool concurrent = gc_concurrent();
	nanos_t now = timers_now();
	struct gstack_trim trim = { 0 };

	for (uint32_t i = first; i < end; i++) {
		struct g *gp = allg_at(i);

		waiting_note(gp, now);
		if (concurrent)
			visit(gp, work, &trim);
		else
			visit_stw(gp, work, &trim);
	}
	gstack_trim_end(&trim);
}

static void
scan_ms(struct gc_work *work)
{
	if (FAULT(gc_no_m_roots))
		return;
	for (uint32_t i = 0; i < nharts_online; i++) {
		struct m *m = (struct m *)harts[i];

		/* The M may change its snapshot meanwhile, by gc_store. */
		gc_scan_block(work, &m->allp_snapshot.ptr, 1, NULL);
	}
}

static void
scan_root(size_t job, struct gc_work *work)
{
	uint32_t first, end;

	if (job == 0) {
		stash_collect();
		scan_ms(work);
		timers_scan_roots(work);
		return;
	}
	first = (uint32_t)(job - 1) * GS_PER_JOB;
	end = MIN(first + GS_PER_JOB, allg_count());
	visit_gs(first, end, work);
}

static void
each_local(void (*fn)(struct gc_local *local, void *arg), void *arg)
{
	for (size_t i = 0; i < allp.cap; i++)
		fn(allp.ptr[i]->gc, arg);
}

static void
each_busy_local(void (*fn)(struct gc_local *local, void *arg), void *arg)
{
	for (struct p *p = sched.pstopped; p != NULL; p = p->link)
		fn(p->gc, arg);
}

/* ---- eras ---- */

static void
new_era(void)
{
	/* relaxed: the world is stopped, and its start orders it. */
	store_relaxed(&gc_era.now, load_relaxed(&gc_era.now) + 1);
	gc_turns_begin();
	gstack_trim_begin_stw();
	/* The other Ms and Ps follow in acquirep. */
	gc_follow_era(this_m(), this_p());
}

/* The function that at_safe_points runs; at_safe_points has only one caller at
 * a time. */
static void (*safe_point_fn)(struct gc_local *local);

static void
at_safe_point(struct p *p)
{
	safe_point_fn(p->gc);
}

static void
at_safe_points(void (*fn)(struct gc_local *local))
{
	safe_point_fn = fn;
	world_for_each_p(at_safe_point);
}

/* ---- goroutines that wait for a collection ---- */

/*
 * Field key:	[L] by lock
 */
static struct {
	struct spinlock lock;
	struct gqueue   gs;		/* [L] parked in wait_cycle */
} waiters = { .lock = SPINLOCK_INIT("gc waiters", RANK_SEMA) };

static void
wait_cycle(uint64_t n)
{
	spin_lock(&waiters.lock);
	if (gc_awaited(n)) {
		spin_unlock(&waiters.lock);
		return;
	}
	gqueue_push(&waiters.gs, this_g());
	park_unlock(&waiters.lock, "wait for GC cycle");
}

static void
cycle_done(void)
{
	struct gqueue gs;
	struct g *gp;

	spin_lock(&waiters.lock);
	gs = waiters.gs;
	waiters.gs = (struct gqueue){ 0 };
	spin_unlock(&waiters.lock);
	if (gs.n == 0)
		return;
	/* make_ready would let each run next on this P.  But these goroutines
	 * have waited long, and are likely to run long; so they go on this P's
	 * queue. */
	for (gp = gs.head; gp != NULL; gp = gp->link)
		g_become(gp, G_WAITING, G_RUNNABLE);
	inject(this_p(), &gs);
}

/* ---- memory is short ---- */

static void
reap_now(void *npages)
{
	*(size_t *)npages = gstack_reap_now();
}

static size_t
give_pages(void)
{
	size_t npages;

	on_g0(reap_now, &npages);
	return npages;
}

/* ---- collections that are due by time ---- */

/* A collection begins when there has been none for this long. */
#define PERIOD_NS (120 * NS_PER_S)

/* Field key: [a] atomic */
static struct {
	ATOMIC(uint64_t) seen;		/* [a] gc_cycles() at the last look */
	ATOMIC(int64_t)  since;		/* [a] when seen last changed, or a
					 * collection became due */
	ATOMIC(uint32_t) due;		/* [a] 1: the collector is to start a
					 * collection */
} period;

void
gc_duty(void)
{
	nanos_t  now = timers_now();
	uint64_t cycles = gc_cycles();

	/* relaxed, here and below: an error only makes a collection begin
	 * earlier or later. */
	if (cycles != load_relaxed(&period.seen) ||
	    now < load_relaxed(&period.since) || !gc_is_on()) {
		store_relaxed(&period.seen, cycles);
		store_relaxed(&period.since, now);
		return;
	}
	if (now - load_relaxed(&period.since) < PERIOD_NS)
		return;
	store_relaxed(&period.since, now);
	store_relaxed(&period.due, 1);
	ready(collector);
}

/* ---- goroutines of the collector ---- */

/* Sweep in the background, one span at a time, while there are spans to sweep;
 * then wait until wake_sweeper. */
static void
sweep_forever(void *unused)
{
	(void)unused;
	for (;;) {
		while (!FAULT(gc_nobody_sweeps) && gc_sweep_one())
			yield();
		gc_scavenge();
		park("GC sweep wait");
	}
}

static void
wake_sweeper(void)
{
	ready(sweeper);
}

/* End collections whose marking is over, and begin collections that are due by
 * time. */
static void
finish_forever(void *unused)
{
	(void)unused;
	for (;;) {
		park("GC worker (idle)");
		/* acquire: relaxed would suffice, because due publishes nothing
		 * else. */
		if (swap_acquire(&period.due, 0) != 0)
			gc_start(gc_cycles());
		gc_finish();
	}
}

static void
wake_collector(void)
{
	ready(collector);
}

static bool
wanted(void)
{
	return p_is_wanted(this_p());
}

static nanos_t
awake_ns(void)
{
	nanos_t now = clock_now(), sum = 0;

	for (uint32_t i = 0; i < nharts_online; i++)
		sum += now - m_slept((struct m *)harts[i], now);
	return sum;
}

static unsigned
nprocs(void)
{
	return sched.nprocs;
}

/* Defined in linker.ld. */
extern const char __rodata_start[], __image_end[];

static bool
is_static(const void *p)
{
	return (const char *)p >= __rodata_start &&
	    (const char *)p < __image_end;
}

const struct gc_host runtime_gc_host = {
	.can_collect = can_collect,
	.stop_world = world_stop,
	.start_world = world_start,
	.on_system_stack = on_g0,
	.run_stopped = world_run,
	.root_jobs = root_jobs,
	.scan_root = scan_root,
	.scan_self = scan_self,
	.may_mark_beside = inlined_all_safe,
	.tell_place = why_tell_place,
	.program_data = program_data,
	.each_local = each_local,
	.each_busy_local = each_busy_local,
	.new_era = new_era,
	.at_safe_points = at_safe_points,
	.wake_markers = wakep,
	.wake_collector = wake_collector,
	.wait_cycle = wait_cycle,
	.cycle_done = cycle_done,
	.reap = gstack_reap,
	.give_pages = give_pages,
	.wake_finalizers = finalizers_wake,
	.wanted = wanted,
	.share_due = gc_share_due,
	.share_given = gc_share_given,
	.wake_sweeper = wake_sweeper,
	.poll = give_way,
	.fatal = fatal_error,
	.misuse = go_panic,
	.is_static = is_static,
	.yield = yield,
	.now = clock_now,
	.awake_ns = awake_ns,
	.nprocs = nprocs,
};

void
gc_host_start(void)
{
	sweeper = spawn("sweeper", sweep_forever, NULL, true, NO_CREATOR);
	collector = spawn("collector", finish_forever, NULL, true, NO_CREATOR);
	if (sweeper == NULL || collector == NULL)
		panic("boot: no memory for the collector's goroutines");
}
