/*
 * g.h - a goroutine.
 *
 * A G consists of its strand (registers and stack, kernel/hart.h) and of what
 * the scheduler must know about it.  Gs are made in chunks, and are numbered by
 * the window of address space that holds their stack.  They are reused and
 * never freed: so a stale pointer to a G is always a pointer to some G.
 *
 * The table in gstatus.c is the life of a G.
 */
#pragma once

#include "include/antler.h"
#include "kernel/hart.h"
#include "kernel/tls.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "runtime/sched/waitq.h"

struct m;
struct park_request;
struct stash;
struct panicking;

enum g_status {
	G_RUNNABLE,	/* on a run queue; 0 because a 0 is cheap to store */
	G_RUNNING,	/* runs on an M with a P, or the M runs g0 for it */
	G_WAITING,	/* parked; somebody knows it and will ready it */
	G_DEAD,		/* exited or never started; on a free list */
	G_NSTATUS,
};

/* Whether a wake-up is on its way to a public park() (park.c). */
enum g_permit { PERMIT_NONE, PERMIT_GIVEN, PERMIT_PARKED };

/* The creator of a goroutine, for the traceback: the pc of the call, or 0 for a
 * goroutine of the runtime, and the number of the calling goroutine. */
struct creator {
	uintptr_t pc;
	uint64_t  id;
};
#define NO_CREATOR ((struct creator){ 0, 0 })

/*
 * Field key:	[I] immutable while the G lives		[o] the M that runs it
 *		[O] stored by the owner, loaded by any	[C] changed by CAS
 *		[Q] the owner: the queue it is on, under the queue's lock
 *		[s] by stack_lock	[t] by the owner of a list of limbo
 *
 * The owner of a running G is its M.  The owner of any other G is the hart that
 * took it off the structure that it was on.
 */
struct g {
	struct strand         strand;	/* [o] first: tp points here */
	ATOMIC(uint32_t)      status;	/* [O] enum g_status */
	ATOMIC(uint32_t)      permit;	/* [C] enum g_permit */
	ATOMIC(uint32_t)      scan;	/* [C] GATE-1 of gc_host.c */
	ATOMIC(uint32_t)      stack_lock; /* [C] GSTACK-3 */
	struct g             *link;	/* [Q] next on a list */
	uint64_t              id;	/* [I] goid; 0 if never used */
	const char           *name;	/* [I] for people, or NULL */
	ATOMIC(const char *)  why;	/* [O] what it waits for: waiting.h */
	ATOMIC(nanos_t)       waits_since; /* see waiting.h */
	struct park_request  *wait_request;	/* [o] while it parks */
	struct chan_waiter    wait;	/* [o] at a channel; group is NULL */
	ATOMIC(struct stash *) stash;	/* [s] or NULL: STASH-3 */
	struct panicking     *panics;	/* [o] newest first (gopanic.c) */
	struct creator        creator;	/* [I] */
	uint32_t              index;	/* [I] of its window, and in allg */
	ATOMIC(uint32_t)      npages;	/* [s], loaded by any: GSTACK-4 */
	bool                  system;	/* [I] not counted, may wait for ever */
	bool                  preempted; /* [Q] was put on the global queue by
					  * a preemption */
	bool                  is_g0;	/* [I] an M's scheduler strand */
	uint8_t               limbo;	/* [s] see gstack_trim.c */
	uint32_t              limbo_next; /* [t] index of the next in limbo */
};

_Static_assert(offsetof(struct g, strand) == 0, "tp is a struct g *");
_Static_assert(sizeof(struct g) <= TLS_OFFSET,
    "thread-local variables lie behind the G");

/* Returns the running G (a g0 on the scheduler stack). */
INLINE struct g *
this_g(void)
{
	return (struct g *)this_strand();
}

/* Returns the state of gp.  Any hart; a snapshot unless the caller owns gp. */
INLINE enum g_status
g_status(const struct g *gp)
{
	/* relaxed: a G that is handed over is published by a queue's lock or a
	 * release; the state itself orders nothing. */
	return (enum g_status)load_relaxed(&gp->status);
}

extern const char *const g_status_names[G_NSTATUS];
/* For each state, the set of states that may follow, a bit for each. */
extern const uint8_t g_status_next[G_NSTATUS];

/* Move gp, which the caller owns, from one state to another.  Debug builds
 * panic if gp is not in state from, or if the table has no such transition. */
INLINE void
g_become(struct g *gp, enum g_status from, enum g_status to)
{
	ASSERT(g_status(gp) == from);
	ASSERT(g_status_next[from] & 1u << to);
	(void)from;
	/* relaxed: see g_status. */
	store_relaxed(&gp->status, to);
}

/* ---- allg.c: all Gs ---- */

enum { ALLG_CHUNK = 256 };

/* Bytes from one G of a chunk to the next: a struct g and, behind it, its
 * thread-local variables (kernel/tls.h). */
extern uint32_t g_stride;	/* [I] after allg_init */

/* Decide how far Gs are apart.  Boot. */
void      allg_init(void);

/* Returns the G that is i behind gp in the same chunk. */
INLINE struct g *
g_behind(struct g *gp, uint32_t i)
{
	return (struct g *)((char *)gp + (size_t)i * g_stride);
}

/* Returns a dead G with a stack, owned by the caller, when p's free list is
 * empty: from the shared list, or a new one.  Returns NULL if there is no
 * memory.  The M that holds p. */
struct p;
struct g *g_alloc_slow(struct p *p);

/* Return a dead G with a stack of size class k, from 1 to GSTACK_LARGE_SHIFT
 * (runtime/stack/gstack.h), or NULL if there is no memory; and give a dead G
 * back.  With a P. */
struct g *g_alloc_large(unsigned k);
void      g_free_large(struct g *gp);

/* Move half of p's free Gs to the shared list, because p has too many.  The M
 * that holds p. */
void      g_free_overflow(struct p *p);

/* Move all free Gs of p to the shared list.  The owner of p, or with the world
 * stopped. */
void      g_free_purge(struct p *p);

/* Returns how many Gs were ever made.  All Gs with a smaller index exist. */
uint32_t  allg_count(void);

/* Returns the G with this index, or NULL.  If the window of this index belongs
 * to the large stack of a G with a smaller index, the G returned is dead and
 * linked to that G (ALLG-3).  Any hart, traps too. */
struct g *allg_at(uint32_t index);

/* Returns whether gp, which a program has given, is a G.  gp is read, so only
 * functions that are FOR_PROGRAMS call this. */
INLINE bool
g_is(const struct g *gp)
{
	return allg_at(gp->index) == gp;
}

/* Take IDS_AT_ONCE goroutine numbers that nobody else has: n + 1 to n +
 * IDS_AT_ONCE.  Returns n, a multiple of IDS_AT_ONCE. */
enum { IDS_AT_ONCE = 16 };
uint64_t  allg_take_ids(void);
