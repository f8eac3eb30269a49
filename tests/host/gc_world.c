/*
 * gc_world.c - gc_host on threads: the world of gc_world.h.
 */
#include "tests/host/gc_world.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/hart.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "lib/check.h"
#include "tests/host/gc_pages.h"
#include "tests/host/perturb.h"

enum { MUTATORS = 64, HELPERS = 7, MARKERS = 2 };

void *world_globals[WORLD_GLOBALS];
int   world_helpers = -1;
void (*world_before_mark)(void);
void (*world_after_mark)(void);

/* ---- threads ---- */

static struct {
	pthread_mutex_t  lock;
	pthread_cond_t   changed;
	bool             made;
	uint32_t         running;	/* not stopped, not blocked */
	bool             stopping;	/* a thread has, or wants, the world */
	struct mutator  *mutators[MUTATORS];
	struct gc_local *locals[MUTATORS]; /* of a slot, kept for good */
	struct rand      rand;
	uint32_t         era;
	void           (*safe_point_fn)(struct gc_local *local);
	uint32_t         pending;	/* mutators that have yet to run it */
	bool             finish;	/* the collector thread must run */
	/* What the helpers run: fn(arg, i, n), i = 1 .. n - 1. */
	void           (*fn)(void *arg, unsigned i, unsigned n);
	void            *arg;
	unsigned         n, next, done;
} world = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static _Thread_local struct mutator *me;

/* Wait until no thread has or wants the world.  The lock is held at the call
 * and at the return, and this mutator does not count as running. */
static void
await_world_locked(void)
{
	while (world.stopping)
		pthread_cond_wait(&world.changed, &world.lock);
}

static void
scan_locked(struct mutator *m, struct gc_work *work)
{
	if (gc_concurrent() && m->scanned == world.era)
		return;
	m->scanned = world.era;
	/* All ways to report roots: one half of them as conservative words, the
	 * other half as a block, and roots[0] by gc_shade. */
	gc_scan_conservative(work, (uintptr_t)&m->roots[1],
	    (uintptr_t)&m->roots[MUTATOR_ROOTS / 2]);
	gc_scan_block(work, &m->roots[MUTATOR_ROOTS / 2], MUTATOR_ROOTS / 2,
	    NULL);
	gc_shade(work, (void *)m->roots[0]);
}

/* Let m, which is this mutator, pass a safe point. */
static void
safe_point_locked(struct mutator *m)
{
	if (!m->pending)
		return;
	m->pending = false;
	world.safe_point_fn(m->local);
	world.pending--;
	pthread_cond_broadcast(&world.changed);
}

static void
not_running_locked(void)
{
	safe_point_locked(me);
	me->running = false;
	world.running--;
	pthread_cond_broadcast(&world.changed);
}

/* Make this mutator run again: HOST-1 of gc/host.h. */
static void
running_locked(void)
{
	world.running++;
	me->running = true;
	gc_local_sync(me->local);
	if (gc_concurrent())
		scan_locked(me, gc_work_of(me->local));
}

void
world_poll(void)
{
	pthread_mutex_lock(&world.lock);
	safe_point_locked(me);
	if (world.stopping && !me->mine) {
		not_running_locked();
		await_world_locked();
		running_locked();
	}
	pthread_mutex_unlock(&world.lock);
}

void
world_block(void)
{
	pthread_mutex_lock(&world.lock);
	gc_share(me->local);
	not_running_locked();
	pthread_mutex_unlock(&world.lock);
}

void
world_unblock(void)
{
	pthread_mutex_lock(&world.lock);
	await_world_locked();
	running_locked();
	pthread_mutex_unlock(&world.lock);
}

void
world_stop(void)
{
	pthread_mutex_lock(&world.lock);
	not_running_locked();
	await_world_locked();
	world.stopping = true;
	me->mine = true;
	while (world.running > 0)
		pthread_cond_wait(&world.changed, &world.lock);
	running_locked();
	pthread_mutex_unlock(&world.lock);
}

void
world_start(void)
{
	pthread_mutex_lock(&world.lock);
	world.stopping = false;
	me->mine = false;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
}

static void *
helper_main(void *arg)
{
	perturb_seed((uintptr_t)arg);
	pthread_mutex_lock(&world.lock);
	for (;;) {
		void   (*fn)(void *a, unsigned i, unsigned n);
		void    *fn_arg;
		unsigned i, n;

		while (world.next >= world.n)
			pthread_cond_wait(&world.changed, &world.lock);
		i = world.next++;
		n = world.n;
		fn = world.fn;
		fn_arg = world.arg;
		pthread_mutex_unlock(&world.lock);
		fn(fn_arg, i, n);
		pthread_mutex_lock(&world.lock);
		world.done++;
		pthread_cond_broadcast(&world.changed);
	}
	return NULL;
}

/* ---- gc_host ---- */

static bool
can_collect(void)
{
	return me != NULL && !me->mine;
}

static void
host_stop(const char *why)
{
	(void)why;
	world_stop();
}

static void
on_system_stack(void (*fn)(void *arg), void *arg)
{
	fn(arg);
}

static unsigned
run_stopped(void (*fn)(void *arg, unsigned i, unsigned n), void *arg,
    unsigned max_workers)
{
	unsigned n;

	if (world_before_mark != NULL)
		world_before_mark();
	pthread_mutex_lock(&world.lock);
	n = 1 + (world_helpers >= 0 ? (unsigned)world_helpers :
	    rand_below(&world.rand, HELPERS + 1));
	n = MIN(n, max_workers);
	world.fn = fn;
	world.arg = arg;
	world.next = 1;
	world.done = 0;
	world.n = n;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
	fn(arg, 0, n);
	pthread_mutex_lock(&world.lock);
	while (world.done < n - 1)
		pthread_cond_wait(&world.changed, &world.lock);
	world.n = 0;
	pthread_mutex_unlock(&world.lock);
	if (world_after_mark != NULL)
		world_after_mark();
	return n;
}

static size_t
root_jobs(void)
{
	return MUTATORS;
}

static void
scan_root(size_t job, struct gc_work *work)
{
	struct mutator *m;

	pthread_mutex_lock(&world.lock);
	m = world.mutators[job];
	/* A mutator that runs has been scanned, or scans itself (scan_self). */
	if (m != NULL && (!m->running || !gc_concurrent()))
		scan_locked(m, work);
	pthread_mutex_unlock(&world.lock);
}

static void
scan_self(struct gc_work *work)
{
	pthread_mutex_lock(&world.lock);
	scan_locked(me, work);
	pthread_mutex_unlock(&world.lock);
}

static void
new_era(void)
{
	world.era++;
}

static void
at_safe_points(void (*fn)(struct gc_local *local))
{
	pthread_mutex_lock(&world.lock);
	world.safe_point_fn = fn;
	for (int i = 0; i < MUTATORS; i++) {
		struct mutator *m = world.mutators[i];

		if (world.locals[i] == NULL)
			continue;
		if (m != NULL && m != me && m->running) {
			m->pending = true;
			world.pending++;
		} else {
			fn(world.locals[i]);
		}
	}
	while (world.pending > 0)
		pthread_cond_wait(&world.changed, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

static void
wake_markers(void)
{
	pthread_mutex_lock(&world.lock);
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
}

static void
wake_collector(void)
{
	pthread_mutex_lock(&world.lock);
	world.finish = true;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
}

static void
wait_cycle(uint64_t n)
{
	pthread_mutex_lock(&world.lock);
	gc_share(me->local);
	not_running_locked();
	while (!gc_awaited(n))
		pthread_cond_wait(&world.changed, &world.lock);
	await_world_locked();
	running_locked();
	pthread_mutex_unlock(&world.lock);
}

void
world_quiet(void)
{
	pthread_mutex_lock(&world.lock);
	while (world.running > 1 || !gc_awaited(UINT64_MAX))
		pthread_cond_wait(&world.changed, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

/* A thread that marks whenever there is something to mark. */
static void *
marker_main(void *arg)
{
	struct mutator *m = arg;

	perturb_seed((uintptr_t)arg);
	world_enter(m);
	for (;;) {
		while (gc_concurrent() && gc_mark_has_work(m->local)) {
			gc_mark(m->local, GC_MARK_DEDICATED, 20 * NS_PER_US);
			world_poll();
		}
		pthread_mutex_lock(&world.lock);
		not_running_locked();
		while (!gc_concurrent() || !gc_mark_has_work(NULL))
			pthread_cond_wait(&world.changed, &world.lock);
		await_world_locked();
		running_locked();
		pthread_mutex_unlock(&world.lock);
	}
	return NULL;
}

static void *
collector_main(void *arg)
{
	perturb_seed((uintptr_t)arg);
	world_enter(arg);
	for (;;) {
		pthread_mutex_lock(&world.lock);
		not_running_locked();
		while (!world.finish)
			pthread_cond_wait(&world.changed, &world.lock);
		world.finish = false;
		await_world_locked();
		running_locked();
		pthread_mutex_unlock(&world.lock);
		gc_finish();
	}
	return NULL;
}

static void
each_local(void (*fn)(struct gc_local *local, void *arg), void *arg)
{
	for (int i = 0; i < MUTATORS; i++)
		if (world.locals[i] != NULL)
			fn(world.locals[i], arg);
}

static void
wake_sweeper(void)
{
}

static bool
wanted(void)
{
	return false;
}

/* Returns true now and then.  More is marked then than has to be, which must
 * not matter. */
static bool
share_due(void)
{
	static ATOMIC(uint32_t) asked;

	/* relaxed: any order will do. */
	return add_relaxed(&asked, 1) % 4 == 0;
}

static void
share_given(nanos_t ns)
{
	(void)ns;
}

static nanos_t
awake_ns(void)
{
	return clock_now() * (MARKERS + 1);
}

static unsigned
nprocs(void)
{
	return MARKERS + 1;
}

static const struct gc_host host = {
	.can_collect = can_collect,
	.stop_world = host_stop,
	.start_world = world_start,
	.on_system_stack = on_system_stack,
	.run_stopped = run_stopped,
	.root_jobs = root_jobs,
	.scan_root = scan_root,
	.new_era = new_era,
	.scan_self = scan_self,
	.each_local = each_local,
	.each_busy_local = each_local,
	.at_safe_points = at_safe_points,
	.wake_markers = wake_markers,
	.wake_collector = wake_collector,
	.wait_cycle = wait_cycle,
	.cycle_done = wake_markers,
	.yield = world_poll,
	.wanted = wanted,
	.share_due = share_due,
	.share_given = share_given,
	.wake_sweeper = wake_sweeper,
	.poll = world_poll,
	.now = clock_now,
	.awake_ns = awake_ns,
	.nprocs = nprocs,
};

static void
make_world_locked(void)
{
	rand_seed(&world.rand, 1);
	gc_pages_init();
	gc_init(&host);
	gc_add_root(world_globals, WORLD_GLOBALS);
	for (uintptr_t i = 0; i < HELPERS; i++) {
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, helper_main,
		    (void *)(i + 100)) == 0);
	}
	world.made = true;
}

/* Start the collector's own threads. */
static void
start_collector(void)
{
	static struct mutator own[MARKERS + 1];

	for (int i = 0; i <= MARKERS; i++) {
		pthread_t thread;

		CHECK(pthread_create(&thread, NULL, i == MARKERS ?
		    collector_main : marker_main, &own[i]) == 0);
	}
}

void
world_enter(struct mutator *m)
{
	int  slot = 0;
	bool first;

	memset(m, 0, sizeof(*m));
	pthread_mutex_lock(&world.lock);
	first = !world.made;
	if (first)
		make_world_locked();
	await_world_locked();
	while (world.mutators[slot] != NULL)
		slot++;
	CHECK(slot < MUTATORS);
	world.mutators[slot] = m;
	if (world.locals[slot] == NULL) {
		world.locals[slot] = perm_alloc(gc_local_size(), CACHE_LINE,
		    "a heap cache");
		gc_local_init(world.locals[slot], (uint32_t)slot);
	}
	m->local = world.locals[slot];
	this_hart()->gc = m->local;
	me = m;
	running_locked();
	pthread_mutex_unlock(&world.lock);
	if (first)
		start_collector();
}

void
world_leave(struct mutator *m)
{
	wait_cycle(UINT64_MAX);
	pthread_mutex_lock(&world.lock);
	gc_local_flush(m->local);
	not_running_locked();
	for (int slot = 0; slot < MUTATORS; slot++)
		if (world.mutators[slot] == m)
			world.mutators[slot] = NULL;
	this_hart()->gc = NULL;
	me = NULL;
	pthread_mutex_unlock(&world.lock);
}

/* include/antler/atomic.h calls this for a misaligned word; no test here has
 * one. */
NORETURN void
antler_misaligned(void)
{
	panic("a misaligned atomic word");
}
