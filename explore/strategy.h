/*
 * strategy.h - how schedules are chosen.
 *
 * No strategy finds everything: a bug that needs a hart to stall for long is
 * found by priorities, one that needs two harts to change places within a few
 * accesses by a walk.  So the default is a portfolio, each in turn.
 *
 *	walk	   at each point another hart goes on with a probability
 *	pct	   priorities that change at d - 1 random points (Burckhardt and
 *		   others, ASPLOS 2010), with a bound on starvation
 *	freeze	   a walk in which a hart now and then stands still for long
 *	few	   the calm schedule, but for d random points (delay bounding:
 *		   Emmi and others, POPL 2011)
 *	surw	   accesses at one place of the code, chosen for each schedule,
 *		   come in an order that is near to uniformly random (Zhao and
 *		   others, ASPLOS 2025)
 *	exhaustive every schedule with at most b steps
 *
 * All but the last draw from one random generator, which strategy_seed sets: a
 * schedule is a function of the seed.
 */
#pragma once

#include "explore/player.h"

/* Let word choose: "walk", "pct:3", "freeze", "few:2", "surw", "exhaustive:2"
 * or "portfolio".  Returns false if it is none of these. */
bool strategy_choose(const char *word);

/* The strategy of schedule number i of this run, with the generator set to
 * seed. */
const struct strategy *strategy_of(uint64_t i, uint64_t seed);

/* Has the exhaustive strategy tried all schedules that it can? */
bool strategy_is_exhausted(void);
