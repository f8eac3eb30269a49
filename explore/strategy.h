/*
 * strategy.h - how schedules are chosen.
 *
 * No strategy finds everything: a bug that needs a hart to stall for long is
 * found by priorities, one that needs two harts to change places within a few
 * accesses by a walk.  So the default is a portfolio, each in turn.
 *
 *	random	   a walk: at each point another hart goes on with a probability
 *	pct	   priorities that change at d - 1 random points (Burckhardt and
 *		   others, ASPLOS 2010), with a bound on starvation
 *	freeze	   a walk in which a hart now and then stands still for long
 *	few	   the calm schedule, but for d random points (delay bounding:
 *		   Emmi and others, POPL 2011)
 *	surw	   accesses at one place of the code, chosen for each schedule,
 *		   come in an order that is near to uniformly random (Zhao and
 *		   others, ASPLOS 2025)
 *	exhaustive every schedule with at most b steps; of a program, only
 *		   steps at points of its goroutines, and not counting answers
 *		   to explore_choose, of which it tries all
 *
 * All but the last draw from one random generator, which strategy_seed sets: a
 * schedule is a function of the seed.
 */
#pragma once

#include "explore/player.h"

/* Let word choose for a program or another workload: "random", "pct:3",
 * "freeze", "few:2", "surw", "exhaustive:2" or "portfolio".  Returns false if
 * it is none of these. */
bool strategy_choose(const char *word, bool program);

/* The strategy of schedule number i of this run, with the generator set to
 * seed. */
const struct strategy *strategy_of(uint64_t i, uint64_t seed);

/* Schedules will have so many points: until they tell better. */
void strategy_expect(uint64_t points);

/* Must all schedules begin in the same world, because each follows from the
 * ones before it? */
bool strategy_wants_one_set(void);

/* Has the exhaustive strategy no schedule left?  And were those that it has
 * tried all that there are?  They are not if some were too long or asked for
 * too many answers. */
bool strategy_is_over(void);
bool strategy_is_exhausted(void);
