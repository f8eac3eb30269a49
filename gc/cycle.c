/*
 * cycle.c - the collection cycle.
 *
 * In this stage the world is stopped from beginning to end.  The steps are
 * those of the concurrent cycle all the same, one function each, so that the
 * next stage starts the world between begin and mark, and stops it again
 * before end:
 *
 *	1. stop the world
 *	2. begin:  return all runs, finish sweeping (SWEEP-1), phase GC_MARK
 *	3. mark:   mark_all_stw
 *	4. end:    phase GC_OFF, next goal, all spans await sweeping
 *	5. start the world, wake the sweeper
 *
 * Who wants a collection says which it has seen (gc_cycles): if somebody else
 * finishes one while it waits for the world, it is content.  That is right
 * because the other's marking began after the wish: both were running at the
 * wish, and the other had the world stopped later.
 *
 *	CYCLE-1	heap.phase and heap.sweepgen change only with the world stopped,
 *		hence never within a piece of runtime text.
 */
#include "gc/cycle.h"

#include "gc/central.h"
#include "gc/check.h"
#include "gc/heap.h"
#include "gc/hook.h"
#include "gc/local.h"
#include "gc/mark.h"
#include "gc/pacer.h"
#include "gc/sweep.h"
#include "gc/trace.h"
#include "kernel/hart.h"
#include "lib/check.h"

struct heap heap;
struct gc_host gc_host;

/* One worker for this many pages of spans: fewer would mostly wait. */
enum { PAGES_PER_WORKER = 128 };

/*
 * Field key:	[S] world stopped, by the collecting hart
 *		[a] stored so, loaded by any
 */
static struct {
	struct cycle_trace trace;		/* [S] */
	ATOMIC(int64_t)    pause_total_ns;	/* [a] */
	ATOMIC(int64_t)    pause_max_ns;	/* [a] */
} cycle;

void
gc_init(const struct gc_host *host)
{
	gc_host = *host;
	sizeclass_init();
	central_init();
	span_init();
	work_init();
	pacer_init();
}

uint64_t
gc_cycles(void)
{
	/* acquire: pairs with store_release in end_stw; who counts on a cycle
	 * sees what it did. */
	return load_acquire(&heap.cycles);
}

enum gc_phase
gc_phase(void)
{
	/* relaxed: CYCLE-1. */
	return (enum gc_phase)load_relaxed(&heap.phase);
}

static void
flush_local(struct gc_local *local, void *arg)
{
	(void)arg;
	gc_local_flush(local);
}

static void
begin_stw(void)
{
	gc_hooks_run_stw();
	gc_host.each_local(flush_local, NULL);
	sweep_all();
	cycle.trace.heap_start = pacer_heap();
	cycle.trace.goal = pacer_goal();
	/* relaxed: world stopped, here and below. */
	store_relaxed(&heap.phase, GC_MARK);
}

static void
end_stw(const struct mark_result *marked)
{
	cycle.trace.heap_end = pacer_heap();
	cycle.trace.marked = *marked;
	if (gc_params.verify)
		check_marks_stw();
	store_relaxed(&heap.phase, GC_OFF);
	pacer_collected_stw(marked->live_bytes);
	sweep_begin_stw();
	work_trim();
	/* release: pairs with gc_cycles. */
	store_release(&heap.cycles, load_relaxed(&heap.cycles) + 1);
}

/* The whole collection, on the system stack with the world stopped. */
static void
collect_stw(void *arg)
{
	struct mark_result marked;
	/* relaxed: world stopped. */
	uint64_t pages = load_relaxed(&heap.pages);

	(void)arg;
	begin_stw();
	cycle.trace.mark_ns = gc_host.now();
	mark_all_stw((unsigned)MIN(1 + pages / PAGES_PER_WORKER,
	    (uint64_t)HART_MAX), &marked);
	cycle.trace.end_ns = gc_host.now();
	end_stw(&marked);
}

void
gc_collect_from(uint64_t seen)
{
	struct cycle_trace trace;
	nanos_t stop_ns = gc_host.now(), pause_ns;

	gc_host.stop_world("collecting garbage");
	if (gc_cycles() != seen) {
		gc_host.start_world();
		return;
	}
	cycle.trace.stop_ns = stop_ns;
	cycle.trace.stopped_ns = gc_host.now();
	gc_host.on_system_stack(collect_stw, NULL);
	cycle.trace.number = gc_cycles();
	cycle.trace.nprocs = gc_host.nprocs();
	cycle.trace.start_ns = gc_host.now();
	trace = cycle.trace;
	/* relaxed: only the collecting hart stores, world stopped. */
	pause_ns = trace.start_ns - stop_ns;
	store_relaxed(&cycle.pause_total_ns,
	    load_relaxed(&cycle.pause_total_ns) + pause_ns);
	if (pause_ns > load_relaxed(&cycle.pause_max_ns))
		store_relaxed(&cycle.pause_max_ns, pause_ns);
	trace.pause_total_ns = load_relaxed(&cycle.pause_total_ns);
	gc_host.start_world();
	gc_host.wake_sweeper();
	if (gc_params.trace)
		trace_print(&trace);
}

void
cycle_collect_and_sweep(uint64_t seen)
{
	gc_collect_from(seen);
	while (gc_sweep_one())
		gc_host.poll();
	sweep_all();
}

void
gc_collect(void)
{
	if (!gc_host.can_collect())
		panic("gc_collect: called by no goroutine, or with a lock held "
		    "or the world stopped");
	cycle_collect_and_sweep(gc_cycles());
}

struct cycle_stats
cycle_stats(void)
{
	/* relaxed: statistics. */
	return (struct cycle_stats){
		.pause_total_ns = load_relaxed(&cycle.pause_total_ns),
		.pause_max_ns = load_relaxed(&cycle.pause_max_ns),
	};
}
