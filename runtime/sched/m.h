/*
 * m.h - an M: a hart that runs the scheduler.
 *
 * There is one M per online hart, made at boot, never freed.  An M runs either
 * its g0 (scheduler code, on the hart's own stack) or, with a P in hand, a
 * goroutine.  Every M is a root of the collector by way of allp_snapshot; its
 * stacks are not scanned.  That contract is what Go issue 74414 broke.
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

/* A function for Ms that sleep, run with the world stopped (world_run). */
struct world_job;

/*
 * Field key:	[I] immutable	[o] this M	[L] by sched.lock
 *		[a] atomic
 *
 *	M-1	An M is on the idle list, or it is awake, or nextp or job says
 *		what it is being woken for.
 */
struct m {
	struct hart        hart;	/* first: a struct hart * is an M */
	struct g           g0;		/* [o] its scheduler strand */
	struct p          *p;		/* [o] the P it holds, or NULL */
	struct g          *curg;	/* [o] the goroutine it runs, or NULL */
	bool               spinning;	/* [o] looks for work, counted in
					 * sched.nmspinning; set by a starter
					 * while the M sleeps */
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
	uint32_t           pins;	/* [o] > 0: no collection from here */
	struct tick        tick;	/* [o] its deadlines */
	uint32_t           era;		/* [o] see gc_follow_era */
	ATOMIC(struct p *) blocked;	/* [o] the P it left for a blocking
					 * call; read by any */
	bool               stopped_at_work; /* [o] it sleeps next, and likely
					 * no longer than the world stops */
	ATOMIC(uint64_t)   npreempt;	/* [o] goroutines stopped by force */
	ATOMIC(uint64_t)   nsteal;	/* [o] batches stolen */
	ATOMIC(uint64_t)   nwake;	/* [o] returns from sleep */
	ATOMIC(nanos_t)    slept_ns;	/* [o] in all, but for the sleep that
					 * began at asleep_since */
	ATOMIC(nanos_t)    asleep_since; /* [o] or 0 */
};

_Static_assert(offsetof(struct m, hart) == 0, "sscratch is a struct m *");

/* The M that runs this code.  True until the caller parks or yields. */
INLINE struct m *
this_m(void)
{
	return (struct m *)this_hart();
}

/* The P of this M; NULL only in scheduler code. */
INLINE struct p *
this_p(void)
{
	return this_m()->p;
}

/* How long m has slept, in all, until now.  Any hart; a snapshot. */
nanos_t m_slept(struct m *m, nanos_t now);

/* Memory for the M of a hart.  Boot, before the scheduler runs. */
struct hart *m_alloc(uint32_t index);

/* A hart that came up: turn it into a running M.  On its g0. */
NORETURN void m_main(struct hart *hart);

/* Keep the collector from starting on this M's account (nests): for code that
 * holds half-built structures.  Not across a park. */
void m_pin(void);
void m_unpin(void);
