/*
 * m.h - an M: a hart that runs the scheduler.
 *
 * There is one M per online hart, made at boot, never freed.  An M runs either
 * its g0 (scheduler code, on the hart's own stack) or, with a P in hand, a
 * goroutine.  The collector scans allp_snapshot of every M as a root, but not
 * the Ms' stacks.  In Go issue 74414 that snapshot was not a root.
 */
#pragma once

#include "kernel/hart.h"
#include "kernel/note.h"
#include "lib/rand.h"
#include "runtime/sched/allp.h"
#include "runtime/sched/g.h"
#include "runtime/sched/inlined.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/tick.h"

struct p;

/* A function that sleeping Ms are woken to run while the world is stopped
 * (world_run). */
struct world_job;

/*
 * Field key:	[I] immutable	[o] this M	[L] by sched.lock
 *		[a] atomic
 *
 *	M-1	An M is on the idle list, or it is awake, or it is being woken
 *		and its nextp or job says for what.
 */
struct m {
	struct hart        hart;	/* first: a struct hart * is an M */
	struct p          *p;		/* [o] the P it holds, or NULL */
	struct g          *curg;	/* [o] the goroutine it runs, or NULL */
	bool               spinning;	/* [o] it looks for work, and is counted
					 * in sched.nmspinning; while the M
					 * sleeps, the M that starts it sets
					 * this */
	struct p          *nextp;	/* [L] the P it is woken with */
	struct world_job  *job;		/* [L] what it is woken to run */
	uint32_t           job_index;	/* [L] */
	bool               idle;	/* [L] on the idle list */
	struct m          *idle_link;	/* [L] */
	nanos_t            sleeps_until; /* [L] while idle */
	struct note        note;	/* sleeps here with nothing to do */
	struct allp_slice  allp_snapshot; /* [o] a root: allp as it was when
					 * this M was about to drop its P */
	struct rand        rand;	/* [o] steal order */
	struct spared      spared;	/* [o] INLINED-2 */
	uint32_t           pins;	/* [o] > 0: this M starts no collection
					 * and is not preempted */
	struct tick        tick;	/* [o] its deadlines */
	uint32_t           era;		/* [o] see gc_follow_era */
	ATOMIC(struct p *) blocked;	/* [o] the P it left for a blocking
					 * call; read by any */
	bool               stopped_at_work; /* [o] a stop of the world took its
					 * P while there was work: it sleeps
					 * next, likely until the world starts
					 * again */
	ATOMIC(uint64_t)   npreempt;	/* [o] goroutines preempted */
	ATOMIC(uint64_t)   nsteal;	/* [o] batches stolen */
	ATOMIC(uint64_t)   nwake;	/* [o] returns from sleep */
	ATOMIC(nanos_t)    slept_ns;	/* [o] time slept, without the sleep
					 * that began at asleep_since */
	ATOMIC(nanos_t)    asleep_since; /* [o] 0 while it is awake */
	/* [o] Its scheduler strand; last: its thread-local variables follow. */
	struct g           g0 ALIGNED(TLS_ALIGN);
};

_Static_assert(offsetof(struct m, hart) == 0, "sscratch is a struct m *");

/* Returns the M that runs this code.  The result is valid until the caller
 * parks or yields. */
INLINE struct m *
this_m(void)
{
	return (struct m *)this_hart();
}

/* Returns the P of this M; NULL only in scheduler code. */
INLINE struct p *
this_p(void)
{
	return this_m()->p;
}

/* Returns how long m has slept in all, until now.  Any hart; a snapshot. */
nanos_t m_slept(struct m *m, nanos_t now);

/* Allocate the M of a hart.  Boot, before the scheduler runs. */
struct hart *m_alloc(uint32_t index);

/* Turn a hart that came up into a running M.  On the M's g0. */
NORETURN void m_main(struct hart *hart);

/* Keep this M from starting a collection: for code that holds half-built
 * structures.  Calls nest.  A pinned M must not park. */
void m_pin(void);
void m_unpin(void);
