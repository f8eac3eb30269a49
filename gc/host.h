/*
 * host.h - all that the collector knows of the world above it.
 *
 * gc/ sits below runtime/: it sees Ps, Ms and Gs only through this table,
 * filled once at boot (runtime/collect/gc_host.c), and through hart->gc, the
 * caches of the P that the hart runs on.  A host test fills it with threads.
 *
 * What gc/ offers in return, for the scheduler to call while it marks, is in
 * gc/gc.h: gc_local_sync, gc_mark, gc_mark_has_work, gc_finish.
 */
#pragma once

#include "lib/compiler.h"

struct gc_local;
struct gc_work;

struct gc_host {
	/*
	 * May the caller start a collection here: is it a goroutine on its own
	 * stack, holding no lock and no pin, the world not stopped by itself?
	 */
	bool    (*can_collect)(void);

	/*
	 * Stop and start the world.  The caller is a goroutine (can_collect).
	 * stop_world returns on the same goroutine, perhaps after waiting for
	 * another stop to end; its own registers are saved where scan_root
	 * finds them only while it runs inside on_system_stack.
	 */
	void    (*stop_world)(const char *why);
	void    (*start_world)(void);

	/* Run fn(arg) on the hart's own stack, the goroutine's registers saved
	 * for scanning. */
	void    (*on_system_stack)(void (*fn)(void *arg), void *arg);

	/*
	 * World stopped: run fn(arg, i) for i = 0 .. n - 1, each on a hart of
	 * its own (0 is the caller), n <= max_workers, and return n when all
	 * have returned.  fn may spin on the others: it is told n first.
	 */
	unsigned (*run_stopped)(void (*fn)(void *arg, unsigned i, unsigned n),
	    void *arg, unsigned max_workers);

	/*
	 * World stopped: the era has changed (heap.era).  From here on, until
	 * the next change, every P calls gc_local_sync before it runs the next
	 * goroutine; and if the era is one of concurrent marking, each
	 * goroutine is scanned before it runs (HOST-1).  At most a few
	 * instructions for each P.
	 */
	void    (*new_era)(void);

	/*
	 * The runtime's roots come in numbered jobs, 0 .. root_jobs() - 1; each
	 * scans some of them with gc_scan_conservative, gc_scan_block and
	 * gc_shade.  Jobs may run on different harts at once.  Roots are: every
	 * M (allp_snapshot and all), allp, every G's fields and live stack,
	 * timers; never a system stack.  root_jobs: world stopped, and takes no
	 * longer with many goroutines.  scan_root: world stopped or running,
	 * the jobs that root_jobs counted when this marking began.
	 *
	 *	HOST-1	While marking runs beside the mutators, no goroutine
	 *		runs that has not been scanned in this era; but the
	 *		caller of start_world, until it calls scan_self.  Each
	 *		is scanned once, by a job or by who wants to run it.
	 */
	size_t  (*root_jobs)(void);
	void    (*scan_root)(size_t job, struct gc_work *work);

	/* On the system stack: scan the goroutine it is called for, unless that
	 * has been done in this era. */
	void    (*scan_self)(struct gc_work *work);

	/* World stopped: has no goroutine been stopped where it may have
	 * tested gc_barrier_on_ and not yet acted on it (CYCLE-3)?  May be
	 * NULL: none. */
	bool    (*may_mark_beside)(void);

	/* World stopped, for who looks for the holder of an object: what is at
	 * address at, where a root was?  "goroutine 7 (x) [select]: s3".  May
	 * be NULL. */
	void    (*tell_place)(uintptr_t at,
	    void (*out)(const char *fmt, ...) PRINTF(1, 2));

	/* Store where range i of the program's data begins and ends, both
	 * multiples of 8.  Returns false if there are at most i ranges.  May be
	 * NULL: the program's data is not known.  Any hart. */
	bool    (*program_data)(unsigned i, uintptr_t *lo, uintptr_t *hi);

	/* World stopped: call fn for the gc_local of every P there is, dead or
	 * alive; or of those only that live and do not rest. */
	void    (*each_local)(void (*fn)(struct gc_local *local, void *arg),
	    void *arg);
	void    (*each_busy_local)(void (*fn)(struct gc_local *local,
	    void *arg), void *arg);

	/*
	 * World running: call fn for the gc_local of every P that lives, each
	 * at an instant when the P is at a safe point: no goroutine of it is
	 * half way through a call of the heap, and the caches are fn's alone.
	 * fn takes no lock but the collector's and wakes nobody.  Returns when
	 * all are done.  A goroutine.
	 */
	void    (*at_safe_points)(void (*fn)(struct gc_local *local));

	/* There is something to mark: let idle harts help.  With a P. */
	void    (*wake_markers)(void);

	/* Marking looks done: let a goroutine call gc_finish.  With a P; it
	 * may be called more often than needed. */
	void    (*wake_collector)(void);

	/* Wait, parked, until gc_awaited(n).  cycle_done lets those look again
	 * who wait.  A goroutine. */
	void    (*wait_cycle)(uint64_t n);
	void    (*cycle_done)(void);

	/* Marking is over and the world runs again: free what the root jobs
	 * have found to be of no use, before the cycle counts as finished.  A
	 * goroutine; it may give way.  Returns the time that took, ns.  May be
	 * NULL. */
	nanos_t (*reap)(void);

	/* Memory is short, and no collection is going to end for the caller:
	 * free at once what is waiting to be reaped.  Returns how many pages
	 * that were.  May be NULL. */
	size_t  (*give_pages)(void);

	/* Finalizers or cleanups are due that were not at the last call.  A
	 * goroutine that can_collect; NULL: nobody runs them. */
	void    (*wake_finalizers)(void);

	/* Has this hart something more urgent to do than to mark?  The turn
	 * ends then.  With a P. */
	bool    (*wanted)(void);

	/* A share of each P's time is for marking.  Is that of the caller's P
	 * due?  Then a goroutine that allocates marks for a moment, whether it
	 * has to pay or not.  What it has marked, for ns, counts as part of the
	 * share: share_given.  A goroutine. */
	bool    (*share_due)(void);
	void    (*share_given)(nanos_t ns);

	/* There are spans to sweep: let the background sweeper run. */
	void    (*wake_sweeper)(void);

	/*
	 * Called by each slow allocation of a goroutine that can_collect,
	 * before it takes anything: hands the P in if somebody wants to stop
	 * the world, so that a loop that only allocates does not delay that.
	 * The goroutine may go on on another P.  So does long work after each
	 * piece of it (gc_give_way).
	 */
	void    (*poll)(void);

	/* The program needs what there is not: end the machine with this text.
	 * NULL: panic. */
	void    (*fatal)(const char *fmt, ...) PRINTF(1, 2);

	/* The program asks for what cannot be: panic, and do not return.
	 * NULL: as a bug of ours. */
	void    (*misuse)(const char *fmt, ...) PRINTF(1, 2);

	/* Is p in the image, where nothing is freed?  NULL: not known, yes. */
	bool    (*is_static)(const void *p);

	/* Let others run, first of all who has just been woken.  A goroutine
	 * that can_collect. */
	void    (*yield)(void);

	/* Clock, ns. */
	nanos_t (*now)(void);

	/* How long all harts together have been awake, ns.  Any hart. */
	nanos_t (*awake_ns)(void);

	/* Ps at the moment. */
	unsigned (*nprocs)(void);
};

extern struct gc_host gc_host;		/* [I] after gc_init */
