/*
 * marker.c - marking beside the mutators: who does it, and when it is over.
 *
 * Concepts.  A hart that holds a P may mark with the P's gc_work, into which
 * the P's barrier greys too.  Three kinds of code do so: the scheduler between
 * goroutines (gc_mark), a goroutine that allocates (assist.c), and the
 * collector.  Marking is done in runtime text, so no marker is stopped or moved
 * half way, and at every safe point all grey objects are in a gc_work or on the
 * shared list.
 *
 * The marking is that of a snapshot.  It begins with the world stopped, so at
 * that moment no goroutine runs, and no goroutine runs again before its stack
 * has been scanned (HOST-1).  So:
 *
 *	MARKER-1 Call an object *old* if it could be reached from the roots and
 *		the stacks when marking began.  A goroutine that runs has
 *		pointers only to old objects and to new ones (born black): its
 *		stack held no others when it was scanned, the heap holds no
 *		others for it to load, and no other goroutine can give it any.
 *	MARKER-2 Every old object is marked, or it can be reached, through
 *		white objects only, from a grey object, or from a root or
 *		stack not yet scanned.
 *
 * MARKER-2 holds at the beginning.  Marking keeps it.  A mutator could break it
 * only by removing an edge of such a path; the barrier greys the end of the
 * edge before the mutator removes it.  (This half of the barrier does not need
 * the other half, which greys the new value.  The other half is there for code
 * that gets at objects in ways of its own, and it makes the proof independent
 * of MARKER-1: with it no pointer to a white object is ever stored.)
 *
 * When is marking over?  Say that a P is *clean* between two harvests if it
 * held no grey object at either of them, and has greyed and scanned none
 * between them.  The collector (gc_finish, a goroutine) takes these steps:
 *
 *	1. If a root job is not done, or the shared list is not empty, return.
 *	   A hart that runs out of work wakes the collector again.
 *	2. Harvest every P at a safe point: put what it has on the shared list,
 *	   and see whether it has been clean since its last harvest.
 *	3. If a P was not clean, go back to 1.
 *	4. Stop the world and look at every P and at the shared list.  If there
 *	   is a grey object anywhere, start the world, and go back to 1.
 *	5. Marking is over.
 *
 *	MARKER-3 At 5 every old object is marked.
 *
 *	Proof.  Step 4 looks at all holders of grey objects while no new grey
 *	object can be made: an M without a P has none, a P that rests
 *	(gc_local_rest) has none, and an M with a P is at a safe point.  All
 *	roots and stacks are scanned: the jobs were done at 1, and each
 *	goroutine was scanned by its job, or else by an M that had claimed it,
 *	and the P of that M has been at a safe point since, so the M has
 *	finished.  With nothing grey and nothing unscanned, MARKER-2 says that
 *	all old objects are marked.
 *
 *	MARKER-4 Step 4 finds no grey object, except garbage.
 *
 *	Proof.  Let round k be the one in which every P was clean.  The time
 *	between a P's harvests in rounds k - 1 and k, however long ago the first
 *	was, contains the instant T of step 1 before round k, for each P.  At T
 *	no P held a grey object, since it held none at either harvest, and took
 *	none and made none between them.  Nor was there a grey object on the
 *	shared list, which was empty at T.  So at T, by MARKER-2, all old
 *	objects were marked, and what a goroutine can reach stays marked.
 *	(Roots and stacks: the jobs were done at T, and a P whose M is scanning
 *	a stack is not clean.)  Two kinds of objects can be grey after T.  One
 *	is what a barrier found in a slot that was not a slot of an old object:
 *	a stale word on a stack, which a move overwrote.  The other is what a P
 *	held that was retired just after T.  Step 4 catches both.
 *
 * Go's issue 27993 cannot happen here: grey objects that come up after the
 * decision would have to come up after 4, when no goroutine runs until the
 * phase has changed.  tests/model/gc_termination.pml is the protocol for a
 * model checker (make model), with variants that the checker refutes.
 *
 * Liveness.  A quantum that is the last one running, and leaves nothing behind,
 * wakes the collector.  A P keeps grey objects to itself only while it marks;
 * it shares them before it runs a goroutine, and scans them before it goes
 * idle.  What the barrier greys on a P that goes on running comes out at the
 * P's next safe point, at the latest in step 2.
 *
 * If a weak pointer is turned into a pointer while marking, an object becomes
 * old that was not old before, and grey at that instant; weak.c has the rest.
 *
 * Rejected: a count of grey objects that every marker keeps up to date; it
 * costs two atomic operations an object.
 *
 * Rejected: interrupting a running goroutine to scan it, as Go does.  Both
 * pauses stop only the scheduler, so scanning each goroutine before it runs
 * costs as much, and leaves no goroutine with an unscanned stack to argue
 * about.
 */
#include "gc/marker.h"

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/root.h"
#include "kernel/hart.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"

/*
 * Field key:	[S] stored with the world stopped	[a] atomic
 *		[c] the collector, or one hart at a time on its behalf
 */
static struct {
	ATOMIC(uint64_t)   njobs;	/* [S] read also by an M without a P */
	ATOMIC(uint64_t)   next_job;	/* [a] first unclaimed job */
	ATOMIC(uint64_t)   jobs_done;	/* [a] */
	ATOMIC(uint32_t)   quanta;	/* [a] quanta going on now */
	ATOMIC(uint32_t)   dirty;	/* [a] a P was not clean */
	ATOMIC(uint64_t)   done;	/* [a] bytes marked in quanta, so far */
	ATOMIC(uint64_t)   live;	/* [a] struct mark_result, summed up */
	ATOMIC(uint64_t)   stack_bytes;	/* [a] */
	ATOMIC(uint64_t)   root_bytes;	/* [a] */
	ATOMIC(uint64_t)   resumes;	/* [a] times step 4 said no, ever */
	ATOMIC(uint64_t)   rounds;	/* [a] times step 2 was done, ever */
} marker;

void
marker_begin_stw(void)
{
	/* relaxed: the start of the world orders it all. */
	store_relaxed(&marker.njobs, root_jobs());
	store_relaxed(&marker.next_job, 0);
	store_relaxed(&marker.jobs_done, 0);
	store_relaxed(&marker.done, 0);
	store_relaxed(&marker.live, 0);
	store_relaxed(&marker.stack_bytes, 0);
	store_relaxed(&marker.root_bytes, 0);
	store_relaxed(&work.overflow, 0);
}

static bool
jobs_left(void)
{
	/* relaxed: a hint; the claim decides. */
	return load_relaxed(&marker.next_job) < load_relaxed(&marker.njobs);
}

bool
gc_mark_has_work(struct gc_local *local)
{
	return work_shared() || jobs_left() ||
	    (local != NULL && work_has(&local->work));
}

/* Claim and scan root jobs until none is left, or until limit is reached.
 * Returns true if none is left. */
static bool
scan_roots(struct gc_work *w, const struct mark_limit *limit)
{
	while (jobs_left()) {
		/* relaxed: only the hart that gets a number uses it. */
		uint64_t job = add_relaxed(&marker.next_job, 1);

		if (job >= load_relaxed(&marker.njobs))
			break;
		w->drained = true;
		root_scan(job, w);
		/* release: pairs with load_acquire in looks_done. */
		add_release(&marker.jobs_done, 1);
		if (gc_host.now() >= limit->until ||
		    w->marked_bytes >= limit->marked_bytes)
			return false;
	}
	return true;
}

/* Do the root jobs and the shared list look done?  This is step 1. */
static bool
looks_done(void)
{
	/* acquire: pairs with add_release in scan_roots. */
	return load_acquire(&marker.jobs_done) >=
	    load_relaxed(&marker.njobs) &&
	    !work_shared();
}

bool
marker_quantum(struct gc_work *w, nanos_t until, uint64_t bytes,
    uint64_t *marked)
{
	uint64_t before = w->marked_bytes;
	struct mark_limit limit = { .until = until,
		.marked_bytes = before + bytes,
		.share = gc_host.nprocs() > 1 };
	bool ended;

	/* relaxed: a hint for the test below, which only says when to check. */
	add_relaxed(&marker.quanta, 1);
	SYNC_POINT(gc_mark_quantum);
	ended = scan_roots(w, &limit) && mark_drain(w, &limit);
	*marked = w->marked_bytes - before;
	/* relaxed: an estimate. */
	add_relaxed(&marker.done, *marked);
	/* acq_rel: the last to leave sees what those before it have left. */
	if (add_acq_rel(&marker.quanta, -1U) == 1 && !work_has(w) &&
	    looks_done())
		gc_host.wake_collector();
	return ended;
}

bool
gc_share(struct gc_local *local)
{
	if (!work_has(&local->work))
		return false;
	work_flush(&local->work);
	return true;
}

struct gc_work *
gc_work_of(struct gc_local *local)
{
	return &local->work;
}

/* Add w's counters to the marker's and clear them.  Returns true if w was not
 * clean. */
static bool
harvest(struct gc_work *w)
{
	struct mark_result sum = { 0 };
	bool dirty = mark_harvest(w, &sum);

	/* This return is for speed: a stop of the world calls this for every
	 * P. */
	if (sum.live_bytes + sum.stack_bytes + sum.root_bytes == 0)
		return dirty;
	/* relaxed: sums, read with the world stopped. */
	add_relaxed(&marker.live, sum.live_bytes);
	add_relaxed(&marker.stack_bytes, sum.stack_bytes);
	add_relaxed(&marker.root_bytes, sum.root_bytes);
	return dirty;
}

void
gc_local_rest(struct gc_local *local)
{
	struct gc_work *w = &local->work;

	/* If w was not clean, its next harvest has to say so. */
	w->drained = harvest(w);
	work_flush(w);
}

static void
harvest_at_safe_point(struct gc_local *local)
{
	if (harvest(&local->work))
		/* relaxed: at_safe_points orders it before its return. */
		store_relaxed(&marker.dirty, 1);
	work_flush(&local->work);
}

bool
marker_looks_over(void)
{
	do {
		if (!looks_done())
			return false;
		/* relaxed: at_safe_points orders these. */
		store_relaxed(&marker.dirty, 0);
		add_relaxed(&marker.rounds, 1);
		gc_host.at_safe_points(harvest_at_safe_point);
	} while (load_relaxed(&marker.dirty) != 0);
	return true;
}

static void
look_stw(struct gc_local *local, void *arg)
{
	if (work_has(&local->work))
		*(bool *)arg = true;
}

bool
marker_is_over_stw(void)
{
	bool grey = work_shared() || !looks_done();

	gc_host.each_busy_local(look_stw, &grey);		/* step 4 */
	if (grey)
		/* relaxed: a statistic. */
		add_relaxed(&marker.resumes, 1);
	return !grey;
}

static void
harvest_stw(struct gc_local *local, void *unused)
{
	(void)unused;
	harvest(&local->work);
}

void
marker_end_stw(struct mark_result *result)
{
	/* relaxed: world stopped. */
	if (UNLIKELY(load_relaxed(&work.overflow) != 0))
		mark_rest_stw(&this_hart()->gc->work);
	gc_host.each_busy_local(harvest_stw, NULL);
	*result = (struct mark_result){
		.live_bytes = load_relaxed(&marker.live),
		.stack_bytes = load_relaxed(&marker.stack_bytes),
		.root_bytes = load_relaxed(&marker.root_bytes),
	};
}

uint64_t
marker_done_bytes(void)
{
	/* relaxed: an estimate. */
	return load_relaxed(&marker.done);
}

struct marker_stats
marker_stats(void)
{
	/* relaxed: statistics. */
	return (struct marker_stats){
		.resumes = load_relaxed(&marker.resumes),
		.rounds = load_relaxed(&marker.rounds),
	};
}
