/*
 * gstack_trim.h - what a collection takes from stacks that are at rest.
 *
 * A root job visits some goroutines.  Those whose stacks have pages to give it
 * claims (GATE-1 of gc_host.c) and notes in a struct gstack_trim; when it is
 * through with the others, gstack_trim_run takes the pages from all it has
 * noted, with one flush of the TLBs for many.
 */
#pragma once

#include "lib/atomic.h"
#include "runtime/sched/g.h"

enum { GSTACK_TRIM_MAX = 64 };

/*
 * Gs at rest, claimed by who fills this, or the world is stopped.
 */
struct gstack_trim {
	uint32_t n;
	struct {
		struct g     *gp;
		struct stash *block;	/* for its live bytes, or NULL */
		uint32_t      keep;	/* pages at the top that stay */
		uint32_t      frame;	/* the top page's in the batch */
	} at[GSTACK_TRIM_MAX];
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

/* A new era: dead goroutines are counted afresh.  World stopped. */
void gstack_trim_begin_stw(void);

/* gp looks dead: should it be claimed for gstack_trim_dead?  Once for each G in
 * an era; for who has no claim on it. */
bool gstack_dead_is_due(const struct g *gp);

/* Note gp, which the caller has claimed and which is parked, or dead; false if
 * there is nothing to take from it.  At most GSTACK_TRIM_MAX in all. */
bool gstack_trim_parked(struct gstack_trim *trim, struct g *gp);
bool gstack_trim_dead(struct gstack_trim *trim, struct g *gp);

/* Take what was noted.  The claims stay the caller's.  On no stack of those. */
void gstack_trim_run(struct gstack_trim *trim);
