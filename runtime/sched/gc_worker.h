/*
 * gc_worker.h - marking beside the mutators, as the scheduler meets it.
 *
 * While the heap is being marked, an M marks on its g0 with the P that it
 * holds, a quantum at a time between two passes of find_runnable; there are no
 * worker goroutines.  What marking means for goroutines is told in gc_host.c
 * (GATE-*); which Ps mark, when, and for how long, in gc_worker.c.
 */
#pragma once

#include "gc/gc.h"
#include "kernel/clock.h"
#include "runtime/sched/sched.h"

/* Begin a new marking: forget which Ps marked in the last.  World stopped. */
void gc_turns_begin(void);

/* Let p follow the collector into its era; ATTN_GC was set.  The M that holds p
 * calls this before it runs a goroutine. */
void gc_attend(struct p *p);

/* The number of this marking, or of this pause between two markings.  Stored
 * with the world stopped. */
extern struct gc_era {
	ATOMIC(uint32_t) now;
} gc_era;

/* Do gc_follow_era when m or p has missed the beginning of era. */
void gc_follow_era_slow(struct m *m, struct p *p, uint32_t era);

/* Let m, which has just got p, follow the collector.  If an era began since p
 * was last held, p must be looked at (GATE-2).  If an era began since m last
 * got a P, m's hart must forget old translations (TRIM-3 of gstack_trim.c). */
INLINE void
gc_follow_era(struct m *m, struct p *p)
{
	/* relaxed: changes only while nobody gets a P. */
	uint32_t era = load_relaxed(&gc_era.now);

	if (UNLIKELY(p->era != era || m->era != era))
		gc_follow_era_slow(m, p, era);
}

/* Have p looked at when an M next acquires it.  World stopped. */
INLINE void
gc_forget_era(struct p *p)
{
	p->era = load_relaxed(&gc_era.now) - 1;
}

/* Return whether this P's share of marking is due, and note that ns of marking
 * were given; gc_host.share_due and gc_host.share_given. */
bool gc_share_due(void);
void gc_share_given(nanos_t ns);

/* p->share_at of a P that is not asked for a share.  It is far off, and can be
 * added to. */
#define SHARE_NEVER (CLOCK_NEVER / 2)

/* p->share_grace of a P on which goroutines that allocate are likely to give
 * the share before the tick has to; on other Ps share_grace is 0. */
#define SHARE_GRACE_NS (800 * NS_PER_US)

/* Returns when the tick gives p's share (TICK-4).  The M that holds p. */
INLINE nanos_t
gc_share_tick(const struct p *p)
{
	return p->share_at + p->share_grace;
}

/* Do what gc_gate, gc_turn, gc_turn_idle and gc_p_to_mark_with do, while the
 * heap is being marked. */
void gc_gate_slow(struct m *m, struct g *gp);
bool gc_turn_slow(struct m *m, struct p *p, bool idle);
struct p *gc_p_to_mark_with_slow(void);

/* Scan gp, which m is about to run, if it has to be scanned first.  Called on
 * every way to execute() except the fast path of schedule() and a park that is
 * called off. */
INLINE void
gc_gate(struct m *m, struct g *gp)
{
	if (UNLIKELY(gc_concurrent()))
		gc_gate_slow(m, gp);
}

/* Do step 3 of find_runnable: if it is p's turn to mark, mark for a while.
 * Returns whether it marked. */
INLINE bool
gc_turn(struct m *m, struct p *p)
{
	return UNLIKELY(gc_concurrent()) && gc_turn_slow(m, p, false);
}

/* Do step 9 of find_runnable: mark for a while, because p has nothing else to
 * do.  Returns whether it marked. */
INLINE bool
gc_turn_idle(struct m *m, struct p *p)
{
	return UNLIKELY(gc_concurrent()) && gc_turn_slow(m, p, true);
}

/* Returns an idle P to mark with, in step 12 of find_runnable; NULL if there is
 * none, or no marking to do.  An M without a P. */
INLINE struct p *
gc_p_to_mark_with(void)
{
	return UNLIKELY(gc_concurrent()) ? gc_p_to_mark_with_slow() : NULL;
}
