/*
 * gstack_trim.h - what a collection takes from stacks that are at rest.
 *
 * A root job visits some goroutines.  The pages that a stack does not need are
 * *condemned* by whoever has claimed the goroutine (GATE-1 of gc_host.c), and
 * the goroutine waits in *limbo*.  When marking is over and no hart can touch
 * the frames any more, the pages are *reaped*: their frames become free.  No
 * hart is interrupted for that; the protocol is at the head of gstack_trim.c.
 */
#pragma once

#include "kernel/clock.h"
#include "lib/atomic.h"
#include "runtime/sched/g.h"

/*
 * The goroutines that one root job has condemned pages of.  Owned by the job.
 */
struct gstack_trim {
	uint32_t  n;
	uint32_t  first;		/* if there is one: its index, */
	struct g *last;			/* and the one that limbo_next leads
					 * to at last */
};

/* Which parked stacks are stashed: GODEBUG=stackstash=0, 1, 2. */
enum gstack_which {
	GSTACK_STASH_NONE,
	GSTACK_STASH_LONG,	/* parked at the last collection too, and never
				 * run since */
	GSTACK_STASH_ALL,	/* for tests */
};
extern struct gstack_params {
	ATOMIC(uint32_t) stash;	/* enum gstack_which; tests may change it */
} gstack_params;

/* A new era begins: count dead goroutines afresh, and let all harts forget the
 * translations of what was condemned in the era that ends.  World stopped,
 * before gc_follow_era of the M that stopped it. */
void gstack_trim_begin_stw(void);

/* Returns whether gp, which looks dead, should be claimed for gstack_trim_dead.
 * Once for each G in an era; the caller need not have a claim on it. */
bool gstack_dead_is_due(const struct g *gp);

/* Condemn what gp does not need and note it in *trim, which began as zeros.
 * gp is parked, or dead, and either the caller has claimed it or the world is
 * stopped. */
void gstack_trim_parked(struct gstack_trim *trim, struct g *gp);
void gstack_trim_dead(struct gstack_trim *trim, struct g *gp);

/* Put what was noted into limbo.  The world has not stopped since. */
void gstack_trim_end(struct gstack_trim *trim);

/* Reap all that is in limbo.  A goroutine, after gstack_trim_begin_stw and
 * before the next marking begins; the world runs, or the caller has stopped it.
 * Returns the time spent, without that of other goroutines in between. */
nanos_t gstack_reap(void);

/* Memory is short: reap what is in limbo at once, interrupting all harts if
 * there is anything.  Returns how many pages became free.  On g0 or in a trap;
 * the hart holds no lock of RANK_ALLG or above. */
size_t gstack_reap_now(void);

/* Returns the number of goroutines in limbo; a snapshot. */
uint32_t gstack_in_limbo(void);
