/*
 * mark_stw.c - marking everything with the world stopped, and the rest of a
 * marking for which no buffer could be had.
 *
 * Protocol of mark_all_stw:
 *
 *	1. n workers (gc_host.run_stopped) claim root jobs by a counter: the
 *	   registered root blocks, then gc_host's.
 *	2. A worker drains: takes grey objects from its own buffers, then from
 *	   the shared list, and scans them.  Every so often it looks whether
 *	   somebody is idle and nothing is shared, and then shares.
 *	3. When it finds nothing it counts itself idle, and looks on, with
 *	   naps, for the busy ones may need the core that emulates its hart.
 *	   If shared work appears it counts itself off again, and back to 2.
 *	   If idle == n it is done.
 *	4. mark_rest_stw, on one hart: what was left in the barrier buffers of
 *	   the Ps.  Then, as long as a buffer could not be had (WORK-2), every
 *	   marked object again: each walk that sets the flag again has marked
 *	   a further object, so that ends.
 *
 *	MARK-1	When all workers have returned, no grey object is left.
 *
 *	Proof.  A worker returns with its own buffers empty.  Suppose a buffer B
 *	is on the full list then, and has been ever since Y put it there.  Y
 *	went on, and before it returned it looked at the list (take_full) and
 *	found it empty: by a length that it had itself raised when it put B, and
 *	that can be 0 again only when somebody has taken B: contradiction.
 *
 *	So the proof needs no count of the idle, and no worker to be on time:
 *	one that is descheduled for 10 ms, or leaves early, costs parallelism,
 *	not objects.  The count is there to keep the idle at hand for as long as
 *	there may be something to share, and no longer.  It reaches n only when
 *	all is done: a worker counts itself with empty buffers, and off again
 *	before it takes any, so with all counted there is nobody left to put
 *	one.  And it gets back to n whenever an outdated hint made somebody
 *	count itself off in vain.
 *
 * Ordering: everything the workers wrote is ordered before the caller goes on
 * by run_stopped.
 */
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/mark.h"
#include "gc/root.h"
#include "gc/span.h"
#include "kernel/clock.h"
#include "kernel/hart.h"
#include "lib/check.h"

enum { POLLS_PER_NAP = 256 };		/* of an idle worker */
#define NAP (20 * NS_PER_US)

struct mark_workers mark_workers;

/*
 * Field key:	[S] world stopped, before the workers start
 *		[a] atomic	[w] by the worker of that index
 */
static struct {
	struct gc_work   works[HART_MAX];	/* [w] */
	size_t           njobs;			/* [S] */
	ATOMIC(uint64_t) next_job;		/* [a] the first unclaimed */
} marking;

/*
 * This worker of n has nothing to do.  Waits until there may be work again, and
 * returns true; or false when all are idle, and all is done.
 */
static bool
wait_for_work(unsigned n)
{
	/* acq_rel: pairs with itself and with load_acquire below; who counts
	 * n has seen all that the others did before they counted themselves. */
	uint32_t idle = add_acq_rel(&mark_workers.idle, 1) + 1, polls = 0;

	while (idle != n) {
		/* relaxed: a hint; taking it needs the lock. */
		if (load_relaxed(&work.nfull) > 0) {
			/* relaxed: needs no order with what follows; we hold
			 * nothing until we have the lock, and releasing it
			 * comes later still. */
			add_relaxed(&mark_workers.idle, -1U);
			return true;
		}
		if (++polls % POLLS_PER_NAP != 0)
			cpu_relax();
		else
			clock_nap(NAP);
		/* acquire: pairs with the add above. */
		idle = load_acquire(&mark_workers.idle);
	}
	return false;
}

/* The life of worker i of n. */
static void
mark_worker(void *arg, unsigned i, unsigned n)
{
	struct gc_work *w = &marking.works[i];
	uint64_t        job;

	(void)arg;
	/* relaxed: only who gets a number uses it. */
	while ((job = add_relaxed(&marking.next_job, 1)) < marking.njobs)
		root_scan(job, w);
	do
		mark_drain(w, NULL);
	while (wait_for_work(n));
	work_flush(w);
}

/* Scan every marked object of s again. */
static void
rescan_span(struct span *s, void *arg)
{
	struct gc_work *w = arg;

	if (s->noscan)
		return;
	for (uint64_t i = 0; i < s->nslots; i++) {
		if (!span_allocated(s, i) || span_white(s, i))
			continue;
		mark_children(w, s->base + i * s->size);
		mark_drain(w, NULL);
	}
}

static void
flush_local_work(struct gc_local *local, void *arg)
{
	(void)arg;
	work_flush(&local->work);
}

void
mark_rest_stw(struct gc_work *w)
{
	gc_host.each_local(flush_local_work, NULL);
	mark_drain(w, NULL);
	/* relaxed: the world is stopped. */
	while (load_relaxed(&work.overflow) != 0) {
		store_relaxed(&work.overflow, 0);
		span_each(rescan_span, w);
		add_relaxed(&work.rescans, 1);
	}
	work_flush(w);
	ASSERT(!work_shared());
}

void
mark_all_stw(unsigned max_workers, struct mark_result *result)
{
	unsigned n;

	marking.njobs = root_jobs();
	/* relaxed: run_stopped orders these before the workers. */
	store_relaxed(&marking.next_job, 0);
	store_relaxed(&mark_workers.idle, 0);
	store_relaxed(&work.overflow, 0);

	n = gc_host.run_stopped(mark_worker, NULL,
	    MIN(max_workers, (unsigned)HART_MAX));
	store_relaxed(&mark_workers.idle, 0);
	mark_rest_stw(&marking.works[0]);
	*result = (struct mark_result){ .nworkers = n };
	for (unsigned i = 0; i < HART_MAX; i++)
		mark_harvest(&marking.works[i], result);
}
