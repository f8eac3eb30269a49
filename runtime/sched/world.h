/*
 * world.h - stopping the world, and what runs while it is stopped.
 */
#pragma once

#include "lib/compiler.h"

struct g;
struct m;
struct p;

/* For how long an M that waits for the world to stop, or to run again, polls
 * before it sleeps: mostly the wait ends within that time, and a wake-up would
 * take longer. */
#define WORLD_LOOK_NS (30 * NS_PER_US)

/* Make the right to stop the world.  Boot, before the world runs. */
void world_init(void);

/*
 * Stop the world: on return no other goroutine runs, every P is P_STOPPED or on
 * the idle list, and the caller alone may change what is marked [S].  Ms
 * without a P are not waited for.  If a hart does not stop in time, the machine
 * ends with a report, in which why is the reason of the stop.  A goroutine
 * without locks or pins.  If another goroutine has stopped the world, waits
 * until that one has started it again.  The caller must not park until
 * world_start.
 */
void world_stop(const char *why);

/* Let the world run again; Ps beyond the new GOMAXPROCS stay dead. */
void world_start(void);

/* Take all Ps off the idle list, too, and make them P_STOPPED until
 * world_start.  The caller has stopped the world. */
void world_take_idle_ps(void);
/* Make p, which procresize has made or uses again, one of the stopped Ps.  The
 * caller has stopped the world, or holds sched.lock during a stop. */
void world_add_stopped(struct p *p);

/* Has this goroutine stopped the world? */
bool world_is_mine(void);
/* Has gp stopped the world?  For traps that interrupted gp. */
bool world_is_stopped_by(const struct g *gp);

/* Run fn(arg, i, n) for i = 0 .. n - 1, each call on an M of its own, and the
 * call for 0 on this M.  n is 1 + the number of idle Ms, at most max.  Returns
 * n when all calls have returned.  The caller has stopped the world, and is on
 * g0. */
unsigned world_run(void (*fn)(void *arg, unsigned i, unsigned n), void *arg,
    unsigned max);

/*
 * Run fn(p) once for every P, at a moment when the P is at a safe point: on the
 * M that holds the P, or on this M if no M does or the P was left for a
 * blocking call.  The world keeps running.  fn may take only locks of a rank
 * above RANK_SCHED.  A goroutine without locks.
 */
void world_for_each_p(void (*fn)(struct p *p));

/* ---- for the scheduler ---- */

/* Hand in m's P for a stop of the world.  m->p is NULL afterwards, unless the
 * stop is over already.  m is the M of the caller, on g0. */
void world_stop_here(struct m *m);

/* Hand in p, which no M holds, if a stop of the world is under way.  Returns
 * false if none is: p then stays the caller's.  sched.lock held. */
bool world_stop_hand_in(struct p *p);

/* Run the function that world_run has woken m for. */
void world_run_job(struct m *m);

/* Run the function of a pending world_for_each_p for p, unless that has been
 * done.  The caller holds p. */
void world_safepoint(struct p *p);
