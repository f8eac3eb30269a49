/*
 * g.h - a goroutine.
 *
 * A G is its strand (registers and stack, kernel/hart.h) and what the
 * scheduler must know of it.  Gs are made in chunks, are numbered by the window
 * of address space that holds their stack, and are reused, never freed: a
 * stale pointer to a G is always a pointer to some G.
 *
 * The life of a G is the table in gstatus.c.
 */
#pragma once

#include "include/antler.h"
#include "kernel/hart.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "runtime/sched/waitq.h"

struct m;
struct park_request;
struct stash;
struct panicking;

enum g_status {
	G_RUNNABLE,	/* on a run queue; 0, which costs least to store */
	G_RUNNING,	/* on an M with a P, or its M runs g0 on its behalf */
	G_WAITING,	/* parked; somebody holds it and will ready it */
	G_DEAD,		/* exited or never started; on a free list */
	G_NSTATUS,
};

/* Whether a public park() has a wake-up coming (park.c). */
enum g_permit { PERMIT_NONE, PERMIT_GIVEN, PERMIT_PARKED };

/* Who made a goroutine, for its traceback: the pc of the call, or 0 for those
 * of the runtime, and the number of the goroutine that called. */
struct creator {
	uintptr_t pc;
	uint64_t  id;
};
#define NO_CREATOR ((struct creator){ 0, 0 })

/*
 * Field key:	[I] immutable while the G lives		[o] the M that runs it
 *		[O] stored by the owner, loaded by any	[C] changed by CAS
 *		[Q] whoever holds the G: the queue it is on, under its lock
 *		[s] by stack_lock	[t] by who has it in a list of limbo's
 *
 * The owner of a G that runs is its M; of one that does not, whoever took it
 * off the structure it was on.
 */
struct g {
	struct strand         strand;	/* [o] first: tp points here */
	ATOMIC(uint32_t)      status;	/* [O] enum g_status */
	ATOMIC(uint32_t)      permit;	/* [C] enum g_permit */
	ATOMIC(uint32_t)      scan;	/* [C] GATE-1 of gc_host.c */
	ATOMIC(uint32_t)      stack_lock; /* [C] GSTACK-3 */
	struct g             *link;	/* [Q] next on a list */
	uint64_t              id;	/* [I] goid; 0 in a G never used */
	const char           *name;	/* [I] for people, or NULL */
	ATOMIC(const char *)  why;	/* [O] what it waits for: waiting.h */
	ATOMIC(nanos_t)       waits_since; /* see waiting.h */
	struct park_request  *wait_request;	/* [o] while it parks */
	struct chan_waiter    wait;	/* [o] at a channel; group is NULL */
	ATOMIC(struct stash *) stash;	/* [s] or NULL: STASH-3 */
	struct panicking     *panics;	/* [o] newest first (gopanic.c) */
	struct creator        creator;	/* [I] */
	uint32_t              index;	/* [I] its window, and place in allgs */
	ATOMIC(uint32_t)      npages;	/* [s], loaded by any: GSTACK-4 */
	bool                  system;	/* [I] not counted, may wait for ever */
	bool                  preempted; /* [Q] on the global queue: by force */
	bool                  is_g0;	/* [I] an M's scheduler strand */
	uint8_t               limbo;	/* [s] see gstack_trim.c */
	uint32_t              limbo_next; /* [t] index of the next */
};

_Static_assert(offsetof(struct g, strand) == 0, "tp is a struct g *");

/* The running G (a g0 on the scheduler stack). */
INLINE struct g *
this_g(void)
{
	return (struct g *)this_strand();
}

/* gp's state now.  Any hart; a snapshot unless the caller owns gp. */
INLINE enum g_status
g_status(const struct g *gp)
{
	/* relaxed: whoever hands a G over publishes it by the queue's lock or
	 * release; the state itself orders nothing. */
	return (enum g_status)load_relaxed(&gp->status);
}

extern const char *const g_status_names[G_NSTATUS];
/* By state, the bit set of states that may come next. */
extern const uint8_t g_status_next[G_NSTATUS];

/* Move gp, which the caller owns, from one state to another.  Panics in debug
 * builds if it is not in from, or the table has no such transition. */
INLINE void
g_become(struct g *gp, enum g_status from, enum g_status to)
{
	ASSERT(g_status(gp) == from);
	ASSERT(g_status_next[from] & 1u << to);
	(void)from;
	/* relaxed: see g_status. */
	store_relaxed(&gp->status, to);
}

/* ---- allg.c: every G there is ---- */

enum { ALLG_CHUNK = 256 };

/* A G that is G_DEAD, with a stack, owned by the caller, when p's free list is
 * empty: from the shared one, or new; NULL if there is no memory. */
struct p;
struct g *g_alloc_slow(struct p *p);

/* The same with a stack of size class k, from 1 to GSTACK_LARGE_SHIFT
 * (runtime/stack/gstack.h); and back when it is dead.  With a P. */
struct g *g_alloc_large(unsigned k);
void      g_free_large(struct g *gp);

/* p's free list is too long: share half of it. */
void      g_free_overflow(struct p *p);

/* Move all free Gs of p to the shared list.  Owner of p, or world stopped. */
void      g_free_purge(struct p *p);

/* Gs ever made.  Those with index below it exist. */
uint32_t  allg_count(void);

/* The G with that index, or NULL; dead, and linked to the G whose window it is,
 * if that is one of a large stack (ALLG-3).  Any hart, traps too. */
struct g *allg_at(uint32_t index);

/* Is gp, which a program has given us, a G?  It is read, so in a function that
 * is FOR_PROGRAMS. */
INLINE bool
g_is(const struct g *gp)
{
	return allg_at(gp->index) == gp;
}

/* Goroutine numbers that nobody else has: n + 1 to n + IDS_AT_ONCE, for the n
 * returned, a multiple of it. */
enum { IDS_AT_ONCE = 16 };
uint64_t  allg_take_ids(void);
