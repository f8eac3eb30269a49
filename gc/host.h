/*
 * host.h - all that the collector knows of the world above it.
 *
 * gc/ lies below runtime/.  It sees Ps, Ms and Gs only through this table,
 * which is filled once at boot (runtime/collect/gc_host.c), and through
 * hart->gc, the caches of the P that the hart runs on.  A host test fills the
 * table with threads.
 *
 * The functions of gc/ that the scheduler calls in return while the collector
 * marks are in gc/gc.h: gc_local_sync, gc_mark, gc_mark_has_work, gc_finish.
 */
#pragma once

#include "lib/compiler.h"

struct gc_local;
struct gc_work;

struct gc_host {
	/*
	 * Returns whether the caller may start a collection here: it is a
	 * goroutine on its own stack, holds no lock and no pin, and has not
	 * stopped the world itself.
	 */
	bool    (*can_collect)(void);

	/*
	 * Stop and start the world.  The caller is a goroutine (can_collect).
	 * stop_world returns on the calling goroutine, perhaps after waiting
	 * for another stop to end.  scan_root finds the registers of the
	 * calling goroutine only while it runs inside on_system_stack, which
	 * saves them.
	 */
	void    (*stop_world)(const char *why);
	void    (*start_world)(void);

	/* Run fn(arg) on the hart's own stack, with the goroutine's registers
	 * saved for scanning. */
	void    (*on_system_stack)(void (*fn)(void *arg), void *arg);

	/*
	 * World stopped: run fn(arg, i, n) for i = 0 .. n - 1, each on a hart
	 * of its own (0 is the caller), where n <= max_workers.  Returns n when
	 * all have returned.  An fn may spin until the others have done
	 * something, because it is told n first.
	 */
	unsigned (*run_stopped)(void (*fn)(void *arg, unsigned i, unsigned n),
	    void *arg, unsigned max_workers);

	/*
	 * World stopped: the era has changed (heap.era).  From now until the
	 * next change every P calls gc_local_sync before it runs its next
	 * goroutine.  If this is an era of concurrent marking, each goroutine
	 * is also scanned before it runs (HOST-1).  The call takes at most a
	 * few instructions for each P.
	 */
	void    (*new_era)(void);

	/*
	 * The roots of the runtime come in jobs, numbered 0 .. root_jobs() -
	 * 1.  Each job scans some of the roots with gc_scan_conservative,
	 * gc_scan_block and gc_shade.  Jobs may run on different harts at once.
	 * The roots are: every M (allp_snapshot and all other fields), allp,
	 * the fields and the live stack of every G, and the timers; never a
	 * system stack.  root_jobs is called with the world stopped, and takes
	 * no longer if there are many goroutines.  scan_root is called with the
	 * world stopped or running, for the jobs that root_jobs counted when
	 * this marking began.
	 *
	 *	HOST-1	While marking runs beside the mutators, a goroutine runs
	 *		only after it has been scanned in this era.  The caller
	 *		of start_world is the one exception, until it calls
	 *		scan_self.  Each goroutine is scanned once, by a job or
	 *		by the hart that is about to run it.
	 */
	size_t  (*root_jobs)(void);
	void    (*scan_root)(size_t job, struct gc_work *work);

	/* On the system stack: scan the goroutine that runs on this hart,
	 * unless it has been scanned in this era. */
	void    (*scan_self)(struct gc_work *work);

	/* World stopped: returns false if a goroutine may have been stopped
	 * where it has tested gc_barrier_on_ and not yet acted on the test
	 * (CYCLE-3).  NULL: there are no such goroutines. */
	bool    (*may_mark_beside)(void);

	/* World stopped, for the search for the holder of an object: print
	 * through out what lies at address at, where a root was read, as in
	 * "goroutine 7 (x) [select]: s3".  May be NULL. */
	void    (*tell_place)(uintptr_t at,
	    void (*out)(const char *fmt, ...) PRINTF(1, 2));

	/* Store where range i of the program's data begins and ends, both
	 * multiples of 8.  Returns false if there are at most i ranges.  May be
	 * NULL: the program's data is not known.  Any hart. */
	bool    (*program_data)(unsigned i, uintptr_t *lo, uintptr_t *hi);

	/* World stopped: each_local calls fn for the gc_local of every P there
	 * is, dead or alive; each_busy_local only for those of Ps that live and
	 * do not rest (gc_local_rest). */
	void    (*each_local)(void (*fn)(struct gc_local *local, void *arg),
	    void *arg);
	void    (*each_busy_local)(void (*fn)(struct gc_local *local,
	    void *arg), void *arg);

	/*
	 * World running: call fn for the gc_local of every P that lives, each
	 * at an instant when the P is at a safe point: no goroutine of the P is
	 * half way through a call of the heap, and the caches belong to fn
	 * alone.  fn takes no lock but those of the collector, and wakes
	 * nothing.  Returns when fn has been called for all.  The caller is a
	 * goroutine.
	 */
	void    (*at_safe_points)(void (*fn)(struct gc_local *local));

	/* There is something to mark: let idle harts help.  The caller has a
	 * P. */
	void    (*wake_markers)(void);

	/* Marking looks done: let a goroutine call gc_finish.  The caller has a
	 * P.  More calls than needed do no harm. */
	void    (*wake_collector)(void);

	/* wait_cycle parks the calling goroutine until gc_awaited(n).
	 * cycle_done makes all goroutines that wait there test gc_awaited
	 * again. */
	void    (*wait_cycle)(uint64_t n);
	void    (*cycle_done)(void);

	/* Marking is over and the world runs again: free what the root jobs
	 * have found to be of no use, before the cycle counts as finished.  The
	 * caller is a goroutine; the call may give way.  Returns how long it
	 * took, ns.  May be NULL. */
	nanos_t (*reap)(void);

	/* Memory is short, and no collection is going to end for the caller:
	 * free at once what waits to be reaped.  Returns the number of pages
	 * freed.  May be NULL. */
	size_t  (*give_pages)(void);

	/* Wake the goroutine that runs finalizers and cleanups, because some
	 * are due that were not due at the last call.  The caller is a
	 * goroutine that can_collect.  NULL: nothing runs them. */
	void    (*wake_finalizers)(void);

	/* Returns whether this hart has something more urgent to do than to
	 * mark; the quantum of marking then ends.  The caller has a P. */
	bool    (*wanted)(void);

	/* A share of the time of each P is for marking.  share_due returns
	 * whether the share of the caller's P is due; a goroutine that
	 * allocates then marks for a moment, even if it has nothing to pay.
	 * share_given counts ns of such marking as part of the share.  The
	 * caller is a goroutine. */
	bool    (*share_due)(void);
	void    (*share_given)(nanos_t ns);

	/* There are spans to sweep: let the background sweeper run. */
	void    (*wake_sweeper)(void);

	/*
	 * Called by each slow allocation of a goroutine that can_collect,
	 * before the allocation takes anything.  Hands in the P if somebody
	 * wants to stop the world, so that a loop that only allocates does not
	 * delay the stop.  The goroutine may continue on another P.  Long work
	 * calls poll, too, after each piece (gc_give_way).
	 */
	void    (*poll)(void);

	/* The program needs something that cannot be had: end the machine with
	 * this text.  NULL: panic. */
	void    (*fatal)(const char *fmt, ...) PRINTF(1, 2);

	/* The program misuses the heap: panic in the calling goroutine, and do
	 * not return.  NULL: panic as for a bug of the runtime. */
	void    (*misuse)(const char *fmt, ...) PRINTF(1, 2);

	/* Returns whether p lies in the image, where nothing is freed.  NULL:
	 * assume that it does. */
	bool    (*is_static)(const void *p);

	/* Let other goroutines run, first of all one that has just been woken.
	 * The caller is a goroutine that can_collect. */
	void    (*yield)(void);

	/* Returns the time, ns. */
	nanos_t (*now)(void);

	/* Returns for how long all harts together have been awake, ns.  Any
	 * hart. */
	nanos_t (*awake_ns)(void);

	/* Returns the number of Ps at the moment. */
	unsigned (*nprocs)(void);
};

extern struct gc_host gc_host;		/* [I] after gc_init */
