/*
 * strategy.h - how schedules are chosen.
 *
 * No strategy finds everything.  A bug that needs a hart to stall for long is
 * found by priorities; a bug that needs two harts to alternate within a few
 * accesses is found by a random walk.  So the default is a portfolio, whose
 * strategies take turns.
 *
 *	random	   a walk: at each point another hart goes on with a probability
 *	pct	   priorities that change at d - 1 random points (Burckhardt and
 *		   others, ASPLOS 2010), with a bound on starvation
 *	freeze	   a walk in which a hart now and then stands still for long
 *	few	   the calm schedule, except at d random points (delay bounding:
 *		   Emmi and others, POPL 2011)
 *	surw	   accesses at one place of the code, chosen for each schedule,
 *		   come in an order that is near to uniformly random (Zhao and
 *		   others, ASPLOS 2025)
 *	exhaustive every schedule with at most b steps.  For a program, only
 *		   steps at points of its goroutines; answers to explore_choose
 *		   do not count as steps, and all answers are tried
 *
 * All but the last draw from one random generator, which strategy_of seeds: a
 * schedule is a function of the seed.
 */
#pragma once

#include "explore/player.h"

/* Choose the strategy by word, for a program or for another workload.  word is
 * "random", "pct:3", "freeze", "few:2", "surw", "exhaustive:2" or "portfolio".
 * Returns false if word is none of these. */
bool strategy_choose(const char *word, bool program);

/* Return the strategy of schedule number i of this run, and set the random
 * generator to seed. */
const struct strategy *strategy_of(uint64_t i, uint64_t seed);

/* Expect schedules to have so many points, until the schedules that are played
 * tell better. */
void strategy_expect(uint64_t points);

/* Return whether all schedules must begin in one world, because each follows
 * from the ones before it. */
bool strategy_wants_one_set(void);

/*
 * strategy_is_over returns whether the exhaustive strategy has no schedule
 * left.  strategy_is_exhausted returns whether, moreover, the schedules that it
 * has tried are all there are.  They are not all if some were too long or asked
 * for too many answers.
 */
bool strategy_is_over(void);
bool strategy_is_exhausted(void);
