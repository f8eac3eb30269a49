/*
 * mark_stw.c - mark everything with the world stopped, or what is left of a
 * marking for which there were not enough buffers.
 *
 * Protocol of mark_all_stw:
 *
 *	1. n workers (gc_host.run_stopped) claim root jobs by a counter: the
 *	   registered root blocks, then gc_host's.
 *	2. A worker drains: it takes grey objects from its own buffers, then
 *	   from the shared list, and scans them.  Every so often it checks
 *	   whether another worker is idle and nothing is shared; then it
 *	   shares some of its grey objects.
 *	3. A worker that finds nothing counts itself idle, and goes on looking.
 *	   It takes naps meanwhile, because the busy workers may need the core
 *	   that emulates its hart.  If shared work appears, the worker uncounts
 *	   itself and goes back to 2.  If idle == n it is done.
 *	4. One hart runs mark_rest_stw.  It scans what was left in the barrier
 *	   buffers of the Ps.  Then, as long as a buffer could not be had
 *	   (WORK-2), it scans every marked object again.  Each walk that sets
 *	   the flag again has marked a further object, so the walks end.
 *
 *	MARK-1	When all workers have returned, no grey object is left.
 *
 *	Proof.  A worker returns with its own buffers empty.  Suppose that a
 *	buffer B is on the full list when all have returned, and has been there
 *	since worker Y put it there.  Y went on, and before Y returned it looked
 *	at the list (take_full) and found it empty.  Y judged by the list's
 *	length, which Y itself had raised when it put B, and which can be 0
 *	again only after some worker has taken B: contradiction.
 *
 *	So the proof needs no count of idle workers, and no worker to be on
 *	time: a worker that is descheduled for 10 ms, or leaves early, costs
 *	parallelism, not objects.  The count keeps idle workers at hand for as
 *	long as there may be something to share, and no longer.  It reaches n
 *	only when all is done: a worker counts itself when its buffers are
 *	empty, and uncounts itself before it takes any, so when all are counted
 *	no worker is left to put a buffer.  And the count gets back to n after
 *	every outdated hint that made a worker uncount itself in vain.
 *
 * Ordering: run_stopped orders everything that the workers wrote before the
 * caller goes on.
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
	ATOMIC(uint64_t) next_job;		/* [a] first unclaimed job */
} marking;

/*
 * Wait, as a worker of n that has nothing to do, until there may be work again.
 * Returns true then, or false when all workers are idle and all is done.
 */
static bool
wait_for_work(unsigned n)
{
	/* acq_rel: pairs with this add in other workers and with load_acquire
	 * below.  The worker that counts to n has seen all that the others did
	 * before they counted themselves. */
	uint32_t idle = add_acq_rel(&mark_workers.idle, 1) + 1, polls = 0;

	while (idle != n) {
		/* relaxed: a hint; taking it needs the lock. */
		if (load_relaxed(&work.nfull) > 0) {
			/* relaxed: this needs no order with what follows.  This
			 * worker holds nothing until it has the lock, and it
			 * releases the lock later still. */
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

/* Do all the work of worker i of n. */
static void
mark_worker(void *arg, unsigned i, unsigned n)
{
	struct gc_work *w = &marking.works[i];
	uint64_t        job;

	(void)arg;
	/* relaxed: only the worker that gets a number uses it. */
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
