/*
 * p.h - a P: the right to run goroutines, and everything that belongs to this
 * right and not to a hart: run queue, allocation caches, free Gs.
 *
 * Ps are permanent memory and are never freed.  A P that procresize retires is
 * P_DEAD, keeps its place in allp, and comes back with the next growth.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"
#include "runtime/sched/runq.h"
#include "runtime/time/timers.h"

struct g;
struct gc_local;
struct m;

enum { PROCS_MAX = 1024 };

enum p_status {
	P_IDLE,		/* on the idle list, or between the list and an M */
	P_RUNNING,	/* held by an M */
	P_SYSCALL,	/* its M is in a blocking call; anybody may take it */
	P_STOPPED,	/* handed in: held by a stop of the world */
	P_DEAD,		/* beyond GOMAXPROCS */
};

/* Why a P must leave the fast path of schedule(): bits of p->attention. */
enum p_attention {
	ATTN_STOP      = 1 << 0,	/* the world is to stop */
	ATTN_SAFEPOINT = 1 << 1,	/* a function waits to run on every P */
	ATTN_FRAMES    = 1 << 2,	/* fill up the frame reserve of the M */
	ATTN_POLL      = 1 << 3,	/* an interrupt left work for netpoll */
	ATTN_GC        = 1 << 4,	/* the collector's era has changed, or
					 * it marks: GATE-2 of gc_host.c */
	ATTN_TIMERS    = 1 << 5,	/* a timer is due */
	ATTN_TICK      = 1 << 6,	/* its G has had its slice */
	ATTN_DUTIES    = 1 << 7,	/* do the duties (tick_duties) */
	/* Requests that can wait until the G stops by itself. */
	ATTN_PATIENT   = ATTN_FRAMES | ATTN_GC | ATTN_DUTIES,
};

/* After this many short turns of its own queue a P gives the global queue one
 * turn.  A prime, so that it does not fall into step with a program.  Go has
 * 61.  Here the number bounds nothing (SLICE-3 does), and with 61 the looks at
 * an empty queue would cost each yield half an instruction more. */
enum { FAIR_TICKS = 127 };

/*
 * Slices.  A goroutine that is taken from a queue, or stolen, begins a slice.
 * A goroutine that is taken from runnext goes on with the slice of the
 * goroutine that made it ready.  Otherwise goroutines that wake each other
 * would keep all others from running for ever.
 *
 *	SLICE-1	Each pass through the scheduler that does not take runnext
 *		changes p->fair; no other pass does.  So a slice goes on as long
 *		as fair does not change (turn.h).
 *	SLICE-2	When a slice has lasted for a tick (tick.c, slice_is_over), the
 *		running goroutine goes to the tail of the global queue, runnext
 *		goes to the tail of the P's own queue, and the next goroutine
 *		comes from the head of a queue.
 *	SLICE-3	The P's own queue and the global queue take turns.  A rotation
 *		of the own queue has as many turns as the own queue has
 *		goroutines.  Then, if the turns of the rotation were long
 *		(LONG_TURN_NS) or goroutines yield, the global queue has as many
 *		turns as the P's share of it has goroutines.  In all other cases
 *		the global queue has one turn after each FAIR_TICKS turns of the
 *		own queue.
 *
 * So with n goroutines runnable on a P, the P's share of the global queue
 * included, each goroutine runs again within n slices, however the others wake
 * each other.  A slice is at most two ticks long.
 *
 * Why short turns do not give the global queue its share.  The goroutines that
 * a tree of goroutines leaves in the global queue are its oldest nodes.  A P
 * that ran all of them in turn would walk the tree breadth first and need
 * memory for all of it (Skynet: 735 instructions a leaf instead of 297).  With
 * a queue of RUNQ_LEN goroutines, one turn of the global queue for each
 * rotation is still enough.  The k-th goroutine in the global queue waits for k
 * rotations of at most RUNQ_LEN turns, each shorter than TICK_NS / RUNQ_LEN;
 * that is less than k slices.
 */
#define LONG_TURN_NS (TICK_NS / RUNQ_LEN)

/*
 * Field key:	[I] immutable		[o] the M that holds the P
 *		[C] CAS by any hart	[a] atomic, any hart
 *		[L] by sched.lock	[S] written only with the world stopped
 *
 *	P-1	A P on the idle list has an empty run queue and no runnext,
 *		because thieves skip idle Ps.
 *	P-2	While status is P_RUNNING, exactly one M has m->p == p.
 */
struct p {
	ATOMIC(struct g *) runnext;	/* [C] runs before the queue: made ready
					 * by the running G; first in the
					 * struct, as an amo has no offset */
	ATOMIC(uint32_t)   attention;	/* [a] enum p_attention */
	int32_t            fair;	/* [o] turns that the own queue has left
					 * in its rotation: SLICE-1, -3; may be
					 * 0 or less when another M gets p */
	int32_t            rotation;	/* [o] fair at the beginning of the
					 * rotation */
	nanos_t            rotation_at;	/* [o] when the rotation began */
	bool               next_was_due; /* [o] a timer made runnext ready, and
					 * find_runnable has not looked since */
	uint32_t           nglobal;	/* [o] SLICE-3: turns that the global
					 * queue has before the next rotation */
	bool               slice_over;	/* [o] SLICE-2: take the next goroutine
					 * from a queue; stored in the trap of
					 * the tick, too */
	uint64_t           urgent;	/* [o] TICK-3: runq.tail after the put
					 * of a goroutine that a timer woke */
	struct g          *gfree;	/* [o] dead Gs for reuse */
	uint64_t           ngfree;	/* [o] */
	uint32_t           id;		/* [I] its place in allp */
	uint64_t           last_id;	/* [o] goroutine number given last; if
					 * a multiple of IDS_AT_ONCE, none are
					 * left */
	ATOMIC(uint64_t)   nlive;	/* [o] goroutines started here minus
					 * those ended here, without system
					 * ones; only the sum over all Ps has
					 * a meaning */
	struct gc_local   *gc;		/* [I] */
	ATOMIC(uint32_t)   status;	/* [a] enum p_status */
	ATOMIC(uint32_t)   safepoint;	/* [a] 1: safepoint_fn is to run here */
	ATOMIC(struct m *) m;		/* [a] the M that holds it, or NULL */
	ATOMIC(uint32_t)   nblocking;	/* [o] blocking calls made with it */
	ATOMIC(uint32_t)   nblocking_seen; /* [a] nblocking at the last tick */
	struct p          *link;	/* [L] in the list of idle or stopped
					 * Ps, or of Ps to be started */
	uint32_t           era;		/* [o] GATE-2 of gc_host.c */
	bool               marks;	/* [o] only marks, and runs no Gs */
	bool               marked_last;	/* [o] its last turn was marking */
	nanos_t            share_at;	/* [o] when its share of marking is due,
					 * or SHARE_NEVER */
	nanos_t            share_grace;	/* [o] how much later the tick gives the
					 * share: 0 or SHARE_GRACE_NS */
	uint32_t           idle_turns;	/* [o] see gc_worker.c */
	uint32_t           mark_era;	/* [o] see gc_worker.c */
	struct timers      timers;
	struct runq        runq;
} OWN_LINE;

/* Returns the state of p.  Any hart. */
INLINE enum p_status
p_status(const struct p *p)
{
	/* relaxed: changes under sched.lock, or by the M that holds p. */
	return (enum p_status)load_relaxed(&p->status);
}

/* Returns whether p is asked for something that cannot wait until its G stops
 * by itself.  Any hart; a bit that comes a moment later is seen next time. */
INLINE bool
p_is_wanted(const struct p *p)
{
	/* relaxed: a caller that needs more has a fence before this load. */
	return (load_relaxed(&p->attention) & ~(uint32_t)ATTN_PATIENT) != 0;
}

/* Returns whether a goroutine that a timer made runnable still waits in p's
 * queue (TICK-3).  The M that holds p. */
INLINE bool
p_is_urgent(const struct p *p)
{
	/* relaxed: a thief that takes the goroutine at this moment runs it. */
	return load_relaxed(&p->runq.head) < p->urgent;
}
