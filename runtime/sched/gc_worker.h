/*
 * gc_worker.h - marking beside the mutators, as the scheduler meets it.
 *
 * While marking, an M marks on its g0, with the P it holds, a quantum at a time
 * between two passes of find_runnable; there are no worker goroutines.  What it
 * means for the goroutines is in gc_host.c (GATE-*), who marks when, and for
 * how long, in gc_worker.c.
 */
#pragma once

#include "gc/gc.h"
#include "kernel/clock.h"
#include "runtime/sched/sched.h"

/* A new era.  World stopped. */
void gc_turns_begin(void);

/* ATTN_GC is set: p follows the collector's era.  The M that holds p, before
 * it runs a goroutine. */
void gc_attend(struct p *p);

/* Which marking, or pause between two, this is.  Stored with the world stopped.
 */
extern struct gc_era {
	ATOMIC(uint32_t) now;
} gc_era;

/* gc_follow_era, when m or p has missed the beginning of era. */
void gc_follow_era_slow(struct m *m, struct p *p, uint32_t era);

/* m has just got p.  If a new era began since p was last held, p is to be
 * looked at (GATE-2); if one began since m last got a P, its hart must forget
 * old translations (TRIM-3 of gstack_trim.c). */
INLINE void
gc_follow_era(struct m *m, struct p *p)
{
	/* relaxed: changes only while nobody gets a P. */
	uint32_t era = load_relaxed(&gc_era.now);

	if (UNLIKELY(p->era != era || m->era != era))
		gc_follow_era_slow(m, p, era);
}

/* p is to be looked at when an M acquires it.  World stopped. */
INLINE void
gc_forget_era(struct p *p)
{
	p->era = load_relaxed(&gc_era.now) - 1;
}

/* gc_host.share_due and .share_given: of this_p's share of marking. */
bool gc_share_due(void);
void gc_share_given(nanos_t ns);

/* p->share_at, when p is not asked for a share: far off, and can be added to.
 */
#define SHARE_NEVER (CLOCK_NEVER / 2)

/* p->share_grace where those who allocate are likely to give the share before a
 * tick has to see to it; else 0. */
#define SHARE_GRACE_NS (800 * NS_PER_US)

/* When the tick sees to p's share: TICK-4.  The M that holds p. */
INLINE nanos_t
gc_share_tick(const struct p *p)
{
	return p->share_at + p->share_grace;
}

void gc_gate_slow(struct m *m, struct g *gp);
bool gc_turn_slow(struct m *m, struct p *p, bool idle);
struct p *gc_p_to_mark_with_slow(void);

/* m is about to run gp: while marking, scan it first.  Every way to execute()
 * but the fast path of schedule() and a park that is called off. */
INLINE void
gc_gate(struct m *m, struct g *gp)
{
	if (UNLIKELY(gc_concurrent()))
		gc_gate_slow(m, gp);
}

/* Step 3: if it is p's turn to mark, do so for a while; true. */
INLINE bool
gc_turn(struct m *m, struct p *p)
{
	return UNLIKELY(gc_concurrent()) && gc_turn_slow(m, p, false);
}

/* Step 9: the same for a P that has nothing else to do. */
INLINE bool
gc_turn_idle(struct m *m, struct p *p)
{
	return UNLIKELY(gc_concurrent()) && gc_turn_slow(m, p, true);
}

/* Step 12: an idle P, if there is marking to do with it, or NULL.  An M without
 * a P. */
INLINE struct p *
gc_p_to_mark_with(void)
{
	return UNLIKELY(gc_concurrent()) ? gc_p_to_mark_with_slow() : NULL;
}
