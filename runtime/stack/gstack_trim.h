/*
 * gstack_trim.h - what a collection takes from stacks that are at rest.
 *
 * A root job visits some goroutines.  Having claimed a goroutine (GATE-1 of
 * gc_host.c), it *condemns* the pages that the stack does not need, and the
 * goroutine waits in *limbo*.  When marking is over and no hart can touch the
 * frames any more, the pages are *reaped*: their frames become free.  No hart
 * is interrupted for that; the protocol is at the head of gstack_trim.c.
 */
#pragma once

#include "kernel/clock.h"
#include "lib/atomic.h"
#include "runtime/sched/g.h"

/*
 * The goroutines whose pages one root job has condemned.  Only the job uses it.
 */
struct gstack_trim {
	uint32_t  n;			/* how many goroutines */
	uint32_t  first;		/* index of the first, if n is not 0 */
	struct g *last;			/* the last; limbo_next links them */
};

/* Which parked stacks are stashed: GODEBUG=stackstash=0, 1, 2. */
enum gstack_which {
	GSTACK_STASH_NONE,
	GSTACK_STASH_LONG,	/* parked at the last collection, too, and not
				 * run since */
	GSTACK_STASH_ALL,	/* for tests */
};
extern struct gstack_params {
	ATOMIC(uint32_t) stash;	/* enum gstack_which; tests may change it */
} gstack_params;

/* Begin a new era: count dead goroutines afresh, and let all harts forget the
 * translations of what was condemned in the era that ends.  The world is
 * stopped; called before gc_follow_era of the M that stopped it. */
void gstack_trim_begin_stw(void);

/* Returns whether gp, which looks dead, should be claimed for gstack_trim_dead.
 * Called once for each G in an era; the caller need not have claimed gp. */
bool gstack_dead_is_due(const struct g *gp);

/* Condemn the pages that gp, which is parked or dead, does not need, and note
 * gp in *trim, which began as zeros.  Either the caller has claimed gp or the
 * world is stopped. */
void gstack_trim_parked(struct gstack_trim *trim, struct g *gp);
void gstack_trim_dead(struct gstack_trim *trim, struct g *gp);

/* Put the goroutines noted in *trim into limbo.  The world has not stopped
 * since the first was noted. */
void gstack_trim_end(struct gstack_trim *trim);

/* Reap everything that is in limbo.  Called by a goroutine, after
 * gstack_trim_begin_stw and before the next marking begins; the world runs, or
 * the caller has stopped it.  Returns the time spent, without the time of other
 * goroutines that ran in between. */
nanos_t gstack_reap(void);

/* Reap everything that is in limbo at once, because memory is short; all harts
 * are interrupted if limbo is not empty.  Returns how many pages became free.
 * On g0 or in a trap; the hart holds no lock of RANK_ALLG or above. */
size_t gstack_reap_now(void);

/* Returns the number of goroutines in limbo; a snapshot. */
uint32_t gstack_in_limbo(void);
