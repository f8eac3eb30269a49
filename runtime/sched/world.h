/*
 * world.h - stopping the world, and what runs while it is stopped.
 */
#pragma once

#include "lib/compiler.h"

struct g;
struct m;
struct p;

/* For how long somebody who waits for the world to stop, or to run again, looks
 * before he sleeps: mostly that is enough, and to be woken takes longer. */
#define WORLD_LOOK_NS (30 * NS_PER_US)

/* Boot, before the world runs. */
void world_init(void);

/*
 * Stop the world: on return no other goroutine runs, every P is P_STOPPED or on
 * the idle list, and the caller alone may change what is marked [S].  An M
 * without a P is not waited for.  why is for the report if a hart does not stop
 * in time, which ends the machine.  A goroutine without locks or pins; waits
 * its turn if another one has the world.  The caller must not park until
 * world_start.
 */
void world_stop(const char *why);

/* Let the world run again; Ps beyond the new GOMAXPROCS stay dead. */
void world_start(void);

/* The world is stopped by the caller: take all Ps off the idle list, too, until
 * world_start. */
void world_take_idle_ps(void);
/* The same for p, which was made or raised from the dead. */
void world_add_stopped(struct p *p);

/* Has this goroutine stopped the world? */
bool world_is_mine(void);
/* The same about gp, for traps that interrupted it. */
bool world_is_stopped_by(const struct g *gp);

/* The world is stopped by the caller: run fn(arg, i, n), i = 0 .. n - 1, each
 * on an M of its own, 0 here; n is 1 + the idle Ms, at most max.  Returns n
 * when all have returned. */
unsigned world_run(void (*fn)(void *arg, unsigned i, unsigned n), void *arg,
    unsigned max);

/*
 * Run fn(p) once for every P, at a moment when the P is at a safe point: on the
 * M that holds it, or here if it is idle.  The world keeps running.  fn takes
 * no locks that rank below RANK_SCHED or equal.  A goroutine without locks.
 */
void world_for_each_p(void (*fn)(struct p *p));

/* ---- for the scheduler ---- */

/* m's P is wanted: hand it in.  m->p is NULL afterwards, unless the stop is
 * over already. */
void world_stop_here(struct m *m);

/* p, in the caller's hands, is wanted: hand it in and return true; false if no
 * stop is under way.  sched.lock held. */
bool world_stop_hand_in(struct p *p);

/* Run what m was woken for by world_run. */
void world_run_job(struct m *m);

/* Run the pending world_for_each_p function for p, held by the caller. */
void world_safepoint(struct p *p);
