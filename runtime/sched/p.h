/*
 * p.h - a P: the right to run goroutines, and all that belongs to that right
 * rather than to a hart: run queue, allocation caches, free Gs.
 *
 * Ps are permanent memory and are never freed: one that procresize retires is
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
	P_IDLE,		/* on the idle list, or held by who took it off */
	P_RUNNING,	/* an M holds it */
	P_SYSCALL,	/* its M is in a blocking call; anybody may take it */
	P_STOPPED,	/* handed in: held by a stop of the world */
	P_DEAD,		/* beyond GOMAXPROCS */
};

/* Why a P must leave the fast path of schedule(): bits of p->attention. */
enum p_attention {
	ATTN_STOP      = 1 << 0,	/* the world is to stop */
	ATTN_SAFEPOINT = 1 << 1,	/* a function waits to run on every P */
	ATTN_FRAMES    = 1 << 2,	/* the M's frames are to be filled up */
	ATTN_POLL      = 1 << 3,	/* an interrupt left work for netpoll */
	ATTN_GC        = 1 << 4,	/* the collector's era has changed, or
					 * it marks: GATE-2 of gc_host.c */
	ATTN_TIMERS    = 1 << 5,	/* a timer is due */
	ATTN_TICK      = 1 << 6,	/* its G has had its slice */
	ATTN_DUTIES    = 1 << 7,	/* sysmon's */
	/* What can wait until the G stops by itself. */
	ATTN_PATIENT   = ATTN_FRAMES | ATTN_GC | ATTN_DUTIES,
};

/* Every how many local goroutines the global queue comes first: 61, as in Go;
 * a prime, so that it does not beat with anything. */
enum { FAIR_TICKS = 61 };

/*
 * Field key:	[I] immutable		[o] the M that holds the P
 *		[C] CAS by any hart	[a] atomic, any hart
 *		[L] by sched.lock	[S] written only with the world stopped
 *
 *	P-1	A P on the idle list has an empty run queue and no runnext:
 *		thieves skip idle Ps.
 *	P-2	Exactly one M has m->p == p while status is P_RUNNING.
 */
struct p {
	ATOMIC(struct g *) runnext;	/* [C] runs before the queue: what the
					 * running G just made runnable; first,
					 * for an amo takes no offset */
	ATOMIC(uint32_t)   attention;	/* [a] enum p_attention */
	int32_t            fair;	/* [o] counts down from FAIR_TICKS; a P
					 * may change hands at 0 or below */
	uint64_t           urgent;	/* [o] TICK-3: runq.tail after a timer's
					 * goroutine */
	struct g          *gfree;	/* [o] dead Gs for reuse */
	uint64_t           ngfree;	/* [o] */
	uint32_t           id;		/* [I] its place in allp */
	uint64_t           last_id;	/* [o] the number given last; at a
					 * multiple of IDS_AT_ONCE none left */
	ATOMIC(uint64_t)   nlive;	/* [o] goroutines started minus ended
					 * here, system ones not counted; only
					 * the sum over all Ps means anything */
	struct gc_local   *gc;		/* [I] */
	ATOMIC(uint32_t)   status;	/* [a] enum p_status */
	ATOMIC(uint32_t)   safepoint;	/* [a] 1: safepoint_fn is to run here */
	ATOMIC(struct m *) m;		/* [a] who holds it, or NULL */
	ATOMIC(uint32_t)   nblocking;	/* [o] blocking calls made with it */
	ATOMIC(uint32_t)   nblocking_seen; /* [a] at the last tick's look */
	struct p          *link;	/* [L] idle, or stopped, or being
					 * woken */
	uint32_t           era;		/* [o] GATE-2 of gc_host.c */
	bool               marks;	/* [o] it marks rather than run Gs */
	bool               marked_last;	/* [o] its last turn went to marking */
	nanos_t            share_at;	/* [o] when it is to mark for a moment;
					 * SHARE_NEVER: not asked to */
	nanos_t            share_grace;	/* [o] a tick sees to that so much
					 * later: 0 or SHARE_GRACE_NS */
	uint32_t           idle_turns;	/* [o] see gc_worker.c */
	uint32_t           mark_era;	/* [o] see gc_worker.c */
	struct timers      timers;
	struct runq        runq;
} OWN_LINE;

/* p's state now.  Any hart. */
INLINE enum p_status
p_status(const struct p *p)
{
	/* relaxed: changes under sched.lock, or by the M that holds it. */
	return (enum p_status)load_relaxed(&p->status);
}

/* Is p asked for something that cannot wait until its G stops by itself?  Any
 * hart; a bit that comes a moment later is seen next time. */
INLINE bool
p_is_wanted(const struct p *p)
{
	/* relaxed: who needs more has a fence before it. */
	return (load_relaxed(&p->attention) & ~(uint32_t)ATTN_PATIENT) != 0;
}

/* TICK-3: does a goroutine that a timer made runnable still wait in p's queue?
 * The M that holds p. */
INLINE bool
p_is_urgent(const struct p *p)
{
	/* relaxed: a thief that takes it this moment runs it. */
	return load_relaxed(&p->runq.head) < p->urgent;
}
