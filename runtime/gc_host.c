/*
 * gc_host.c - what the collector may know of Ps, Ms and Gs.
 *
 * Roots are every M (its allp snapshot), every P's timers (TIMERS-GC in
 * timer_heap.c), the global allp (a root block), and
 * for each living G its argument, its saved registers and its live stack.
 * System stacks are not roots: scheduler code keeps nothing from the heap there
 * across a point where it holds no P.
 */
#include "runtime/gc_host.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/vm.h"
#include "lib/check.h"
#include "runtime/fatal.h"
#include "runtime/sched.h"
#include "runtime/timers.h"

static struct g *sweeper;

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
	return 1 + (allg_count() + ALLG_CHUNK - 1) / ALLG_CHUNK;
}

/* The live part of gp's stack, but for pages that were never touched. */
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

static void
scan_g(struct g *gp, struct gc_work *work)
{
	const struct ctx *ctx = &gp->strand.ctx;
	uintptr_t regs = (uintptr_t)ctx->s;

	if (g_status(gp) == G_DEAD)
		return;
	gc_shade(work, gp->arg);
	gc_scan_conservative(work, regs, regs +
	    (ctx->full & CTX_S1_TO_S11 ? sizeof(ctx->s) : sizeof(ctx->s[0])));
	scan_stack(gp, work);
}

static void
scan_ms(struct gc_work *work)
{
	for (uint32_t i = 0; i < nharts_online; i++) {
		struct m *m = (struct m *)harts[i];

		gc_shade(work, m->allp_snapshot.ptr);
	}
}

static void
scan_root(size_t job, struct gc_work *work)
{
	uint32_t first, end;

	if (job == 0) {
		scan_ms(work);
		timers_scan_roots(work);
		return;
	}
	first = (uint32_t)(job - 1) * ALLG_CHUNK;
	end = MIN(first + ALLG_CHUNK, allg_count());
	for (uint32_t i = first; i < end; i++)
		scan_g(allg_at(i), work);
}

static void
each_local(void (*fn)(struct gc_local *local, void *arg), void *arg)
{
	for (size_t i = 0; i < allp.cap; i++)
		fn(allp.ptr[i]->gc, arg);
}

/* ---- the sweeper ---- */

/* Sweep in the background, a span at a time, while there is anything to sweep.
 */
static void
sweep_forever(void *unused)
{
	(void)unused;
	for (;;) {
		while (gc_sweep_one())
			yield();
		park("background sweep");
	}
}

static void
wake_sweeper(void)
{
	ready(sweeper);
}

static unsigned
nprocs(void)
{
	return sched.nprocs;
}

const struct gc_host runtime_gc_host = {
	.can_collect = can_collect,
	.stop_world = world_stop,
	.start_world = world_start,
	.on_system_stack = on_g0,
	.run_stopped = world_run,
	.root_jobs = root_jobs,
	.scan_root = scan_root,
	.each_local = each_local,
	.wake_sweeper = wake_sweeper,
	.poll = world_poll,
	.fatal = fatal_error,
	.now = clock_now,
	.nprocs = nprocs,
};

void
gc_host_start(void)
{
	sweeper = spawn("sweeper", sweep_forever, NULL, true, 0);
	if (sweeper == NULL)
		panic("boot: no memory for the background sweeper");
}
