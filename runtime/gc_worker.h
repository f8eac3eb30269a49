/*
 * gc_worker.h - the collector's goroutines, as find_runnable meets them.
 *
 * Contract: find and find_idle return a worker that is G_RUNNABLE and the
 * caller's to execute on p; check_no_p returns an idle P for m to take because
 * there is marking to do with it.  Today marking runs inside the stopped world
 * only (gc/cycle.c), on Ms that world_run wakes, so while any M is in
 * find_runnable there is no such worker and each answers NULL.
 */
#pragma once

#include "gc/gc.h"
#include "runtime/sched.h"

/* A dedicated or fractional worker whose turn it is on p, or NULL. */
static inline struct g *
gc_worker_find(struct p *p)
{
	(void)p;
	ASSERT(gc_phase() == GC_OFF);
	return NULL;
}

/* An idle-time worker for p, which has nothing else to do, or NULL. */
static inline struct g *
gc_worker_find_idle(struct p *p)
{
	(void)p;
	return NULL;
}

/* An idle P to mark with, or NULL.  An M without a P. */
static inline struct p *
gc_worker_check_no_p(struct allp_slice snapshot)
{
	(void)snapshot;
	return NULL;
}
