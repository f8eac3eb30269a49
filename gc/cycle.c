/*
 * cycle.c - the collection cycle.
 *
 *	1. claim:  at most one goroutine starts a cycle: the one that sets
 *	   cycle.active.  It sweeps what is left (SWEEP-1).
 *	2. begin:  a short stop.  The phase becomes GC_MARK, a new era begins,
 *	   and the root jobs are counted but not looked at.  Nothing here
 *	   depends on the number of objects, spans or goroutines.
 *	3. mark:   beside the mutators (marker.c), until the goroutine of the
 *	   collector finds, in gc_finish, that marking looks over.
 *	4. end:    another short stop.  If marking is over indeed, the phase
 *	   becomes GC_OFF, a new era begins, the next goal is set, and all
 *	   spans await sweeping.  Otherwise back to 3.
 *	5. settle: every P returns its runs (gc_local_sync), so that sweepers
 *	   can find all spans; the host frees what its root jobs found to be
 *	   of no use (gc_host.reap).  Only now the cycle counts as finished,
 *	   the next cycle may be claimed, and the goroutines that wait for
 *	   the cycle are woken.
 *
 * With GODEBUG=gcstoptheworld=1 the world stays stopped from 2 to 4, and the
 * idle harts help (mark_all_stw).  The world also stays stopped for a single
 * cycle if a goroutine was, or may have been, caught between the test of
 * gc_barrier_on_ and the store that depends on it (CYCLE-3).
 *
 * A goroutine that wants a collection says how many finished cycles it has seen
 * (gc_cycles).  A goroutine that wants everything freed that is garbage now
 * (gc_collect) waits for a cycle that begins after the call: if a cycle is
 * under way, for the next one.
 *
 *	CYCLE-1	heap.phase, heap.era and heap.sweepgen change only with the
 *		world stopped, hence never within a piece of runtime text.
 *	CYCLE-2	heap.cycles is cycle.begun, or one less while active.
 *	CYCLE-3	When a cycle begins to mark beside the mutators, no goroutine
 *		has tested gc_barrier_on_ and not yet acted on the test.
 *
 * Locking: cycle.trace and the fields marked [A] belong to the goroutine that
 * has set active, and later to the goroutine of the collector; the stops of the
 * world order their accesses.
 */
#include "gc/cycle.h"

#include "gc/assist.h"
#include "gc/central.h"
#include "gc/check.h"
#include "gc/heap.h"
#include "gc/limiter.h"
#include "gc/hook.h"
#include "gc/local.h"
#include "gc/mark.h"
#include "gc/marker.h"
#include "gc/memstats.h"
#include "gc/pacer.h"
#include "gc/special.h"
#include "gc/sweep.h"
#include "gc/trace.h"
#include "gc/wild.h"
#include "kernel/hart.h"
#include "kernel/order.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"

struct heap heap;
struct gc_host gc_host;

/* One worker marks this many pages of spans: with fewer pages a worker would
 * mostly wait. */
enum { PAGES_PER_WORKER = 128 };

/*
 * Field key:	[A] see Locking		[C] CAS		[S] world stopped
 *		[a] stored by one, loaded by any
 */
static struct {
	ATOMIC(uint32_t)   active;		/* [C] a cycle is under way */
	ATOMIC(uint64_t)   begun;		/* [S] cycles whose marking has
						 * begun */
	struct cycle_trace trace;		/* [A] */
	bool               ours;		/* [A] see cycle_start */
	ATOMIC(int64_t)    pause_total_ns;	/* [a] */
	ATOMIC(int64_t)    pause_max_ns;	/* [a] */
	ATOMIC(int64_t)    longest_ns;		/* [a] see cycle_take_longest */
	ATOMIC(int64_t)    mark_ns[3];		/* [a] by enum gc_mark_kind */
	bool               stopped;		/* [A] this cycle marks with the
						 * world stopped */
	bool               wild;		/* [A] wild_end_stw is due */
	bool               over;		/* [A] marking was over at the
						 * last stop */
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
	/* acquire: pairs with store_release in settle; a goroutine that relies
	 * on a finished cycle sees what the cycle did. */
	return load_acquire(&heap.cycles);
}

bool
gc_awaited(uint64_t n)
{
	/* relaxed: gc_host.wait_cycle looks under its lock, which cycle_done
	 * takes after active has been cleared. */
	return load_relaxed(&cycle.active) == 0 || gc_cycles() >= n;
}

void
gc_stop_between_cycles(const char *why)
{
	for (;;) {
		gc_host.wait_cycle(UINT64_MAX);
		gc_host.stop_world(why);
		if (gc_awaited(UINT64_MAX))
			return;
		gc_host.start_world();	/* another has begun meanwhile */
	}
}

enum gc_phase
gc_phase(void)
{
	/* relaxed: CYCLE-1. */
	return (enum gc_phase)load_relaxed(&heap.phase);
}

bool
gc_concurrent(void)
{
	return UNLIKELY(gc_phase() == GC_MARK);
}

/* ---- the two stops ---- */

/* Change the phase, and begin a new era.  World stopped. */
static void
set_phase_stw(enum gc_phase phase)
{
	/* relaxed: world stopped. */
	store_relaxed(&heap.phase, phase);
	gc_barrier_on_ = phase == GC_MARK;
	store_relaxed(&heap.era, load_relaxed(&heap.era) + 1);
	gc_host.new_era();
}

/* Returns whether marking beside the mutators keeps CYCLE-3.  World stopped. */
static bool
may_mark_beside(void)
{
	return gc_host.may_mark_beside == NULL || gc_host.may_mark_beside() ||
	    FAULT(gc_forgets_inlined);
}

static void
begin_stw(void *unused)
{
	(void)unused;
	gc_hooks_run_stw();
	cycle.trace.heap_start = pacer_heap();
	cycle.trace.goal = pacer_goal();
	cycle.wild = gc_params.wild != WILD_OFF;
	if (UNLIKELY(cycle.wild))
		wild_begin_stw(!cycle.stopped);
	set_phase_stw(cycle.stopped ? GC_MARK_STOPPED : GC_MARK);
	limiter_begin_stw(cycle.ours);
	/* relaxed: world stopped. */
	store_relaxed(&cycle.begun, load_relaxed(&cycle.begun) + 1);
	pacer_begin_stw();
	if (cycle.stopped)
		return;
	assist_begin_stw(pacer_live());
	marker_begin_stw();
}

/* Do what the end of marking asks for.  World stopped. */
static void
end_stw(const struct mark_result *marked)
{
	cycle.trace.heap_end = pacer_heap();
	memstats_note_size_stw();
	cycle.trace.marked = *marked;
	if (UNLIKELY(cycle.wild))
		wild_end_stw();
	if (UNLIKELY(gc_params.verify))
		check_marks_stw();
	set_phase_stw(GC_OFF);
	pacer_collected_stw(marked->live_bytes);
	sweep_begin_stw();
}

static void
note_pause(nanos_t from, nanos_t to)
{
	/* relaxed: statistics with one writer at a time. */
	store_relaxed(&cycle.pause_total_ns,
	    load_relaxed(&cycle.pause_total_ns) + (to - from));
	if (to - from > load_relaxed(&cycle.pause_max_ns))
		store_relaxed(&cycle.pause_max_ns, to - from);
	if (to - from > load_relaxed(&cycle.longest_ns))
		store_relaxed(&cycle.longest_ns, to - from);
}

nanos_t
cycle_take_longest(void)
{
	nanos_t ns = load_relaxed(&cycle.longest_ns);

	/* relaxed: as above. */
	store_relaxed(&cycle.longest_ns, 0);
	return ns;
}

/* ---- after the second ---- */

static void
sync_self(void *unused)
{
	(void)unused;
	gc_local_sync(this_hart()->gc);
}

/* Step 5.  The caller is a goroutine that has just started the world. */
static void
settle(void)
{
	struct cycle_trace trace;

	gc_host.on_system_stack(sync_self, NULL);
	gc_host.at_safe_points(gc_local_sync);
	if (gc_host.reap != NULL)
		limiter_spent(gc_host.reap());
	cycle.trace.number = gc_cycles() + 1;
	cycle.trace.nprocs = gc_host.nprocs();
	cycle.trace.assist_ns = assist_ns();
	/* relaxed: statistics. */
	for (size_t i = 0; i < ARRAY_LEN(cycle.mark_ns); i++)
		cycle.trace.worker_ns[i] = load_relaxed(&cycle.mark_ns[i]);
	cycle.trace.pause_total_ns = load_relaxed(&cycle.pause_total_ns);
	trace = cycle.trace;
	memstats_note(&trace);
	/* release: pairs with gc_cycles. */
	store_release(&heap.cycles, trace.number);
	/* release: pairs with cas_acquire in gc_start. */
	store_release(&cycle.active, 0);
	gc_host.cycle_done();
	gc_host.wake_sweeper();
	special_announce();	/* those that the spans of the Ps have left
				 * due */
	work_trim();
	if (gc_params.trace)
		trace_print(&trace);
}

/* ---- with the world stopped all the time ---- */

static void
collect_stw(void *unused)
{
	struct mark_result marked;
	/* relaxed: world stopped. */
	uint64_t pages = load_relaxed(&heap.pages);

	(void)unused;
	local_flush_all_stw(NULL);
	sweep_all();
	begin_stw(NULL);
	cycle.trace.mark_ns = gc_host.now();
	mark_all_stw((unsigned)MIN(1 + pages / PAGES_PER_WORKER,
	    (uint64_t)HART_MAX), &marked);
	cycle.trace.end_ns = gc_host.now();
	end_stw(&marked);
}

/* ---- the cycle ---- */

/* On the system stack, just after the start of the world: bring the P and the
 * goroutine of the caller to the state that every other P and goroutine is
 * brought to before it runs. */
static void
begin_self(void *unused)
{
	struct gc_local *local = this_hart()->gc;

	(void)unused;
	gc_local_sync(local);
	gc_host.scan_self(&local->work);
}

/*
 * Help a cycle to begin.  A collection is due, and another goroutine has
 * claimed the cycle.  If the cycle has not begun to mark, that goroutine sweeps
 * and may have been preempted while sweeping.  Without help, all other
 * goroutines would continue to allocate, a slice each, without assisting.
 */
static void
help_to_start(void)
{
	if (heap_marking())
		return;
	while (gc_sweep_one())
		gc_host.poll();
	gc_host.yield();
}

void
cycle_start(uint64_t seen, bool ours)
{
	uint32_t idle = 0;

	/* acquire: pairs with store_release in settle. */
	if (!cas_acquire(&cycle.active, &idle, 1)) {
		help_to_start();
		return;
	}
	if (gc_cycles() != seen) {
		/* release: as in settle. */
		store_release(&cycle.active, 0);
		gc_host.cycle_done();	/* a goroutine may have waited for this
					 * claim as for a cycle */
		return;
	}
	SYNC_POINT(gc_claimed);
	while (gc_sweep_one())
		gc_host.poll();
	sweep_all();
	cycle.ours = ours;
	cycle.trace = (struct cycle_trace){ .stop_ns = gc_host.now() };
	for (size_t i = 0; i < ARRAY_LEN(cycle.mark_ns); i++)
		store_relaxed(&cycle.mark_ns[i], 0);
	gc_host.stop_world("starting a collection");
	cycle.trace.stopped_ns = gc_host.now();
	cycle.stopped = gc_params.stop_world || !may_mark_beside();
	gc_host.on_system_stack(cycle.stopped ? collect_stw : begin_stw, NULL);
	gc_host.start_world();
	cycle.trace.start_ns = gc_host.now();
	note_pause(cycle.trace.stop_ns, cycle.trace.start_ns);
	if (cycle.stopped) {
		/* All harts had to wait for the stop. */
		order_forget();
		limiter_spent((cycle.trace.start_ns - cycle.trace.stop_ns) *
		    gc_host.nprocs());
		cycle.trace.last_ns = cycle.trace.start_ns;
		settle();
		return;
	}
	cycle.trace.mark_ns = cycle.trace.start_ns;
	gc_host.on_system_stack(begin_self, NULL);
	gc_host.wake_markers();
}

void
gc_start(uint64_t seen)
{
	cycle_start(seen, false);
}

static void
finish_stw(void *unused)
{
	struct mark_result marked;

	(void)unused;
	cycle.over = marker_is_over_stw();
	if (!cycle.over)
		return;
	marker_end_stw(&marked);
	end_stw(&marked);
}

void
gc_finish(void)
{
	nanos_t from;

	/* Loop until marking is over, or another call of this function is
	 * certain. */
	for (;;) {
		if (!gc_concurrent())
			return;
		if (!marker_looks_over()) {
			gc_host.wake_markers();
			return;
		}
		SYNC_POINT(gc_before_end);
		from = gc_host.now();
		cycle.trace.end_ns = from;
		gc_host.stop_world("ending a collection");
		gc_host.on_system_stack(finish_stw, NULL);
		order_forget();
		gc_host.start_world();
		note_pause(from, gc_host.now());
		if (cycle.over)
			break;
	}
	cycle.trace.last_ns = gc_host.now();
	settle();
}

nanos_t
gc_mark(struct gc_local *local, enum gc_mark_kind kind, nanos_t ns)
{
	nanos_t  from = gc_host.now();
	uint64_t marked;

	marker_quantum(&local->work, from + ns, UINT64_MAX / 2, &marked);
	assist_give(marked);
	ns = gc_host.now() - from;
	/* relaxed: a statistic. */
	add_relaxed(&cycle.mark_ns[kind], ns);
	if (kind == GC_MARK_IDLE)
		limiter_idle(ns);
	else
		limiter_spent(ns);
	return ns;
}

/* Start cycles and wait until n of them are finished. */
static void
collect_until(uint64_t n, bool ours)
{
	uint64_t done;

	while ((done = gc_cycles()) < n) {
		cycle_start(done, ours);
		gc_host.wait_cycle(done + 1);
	}
}

void
gc_collect_from(uint64_t seen)
{
	collect_until(seen + 1, false);
}

void
cycle_collect(bool ours)
{
	if (!gc_host.can_collect())
		panic("gc_collect: called by no goroutine, or with a lock held "
		    "or the world stopped");
	/* relaxed: changes only with the world stopped; a cycle that begins
	 * later sees everything that is garbage now. */
	collect_until(load_relaxed(&cycle.begun) + 1, ours);
	while (gc_sweep_one())
		gc_host.poll();
	sweep_all();
}

void
gc_collect(void)
{
	memstats_note_forced();
	cycle_collect(false);
}

void
gc_release_memory(void)
{
	gc_collect();
	work_trim();
	gc_give_all_pages();
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
