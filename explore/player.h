/*
 * player.h - what is decided at a point, and a schedule as a list of steps.
 *
 * The *calm* schedule is the one that decides nothing: at each point the
 * virtual hart that ran goes on, until it sleeps or spins; then the next ready
 * one goes on.  Each number that a program asks for is 0.  Every other schedule
 * is described by its *steps*, the points at which it differs from what the
 * calm schedule would do.  So a schedule with few surprises has few steps;
 * without one of its steps it is still a schedule that can be played; and to
 * shrink a schedule is to leave out steps.
 */
#pragma once

#include "kernel/virtual.h"
#include "lib/compiler.h"

/* What a step does, if it does not let another virtual hart go on: take an
 * interrupt, let time pass, or answer with the number what - STEP_ANSWER. */
enum { STEP_INTERRUPT = 0x80, STEP_TIME, STEP_ANSWER };

struct step {
	uint32_t at;		/* the point: how many points of hart came
				 * before it */
	uint32_t what;		/* the virtual hart that goes on, or STEP_... */
	uint32_t hart;		/* the virtual hart whose point it is */
};

struct steps {
	struct step *at;	/* in the order in which they were taken */
	uint32_t     n;
	uint32_t     room;	/* further steps are counted, but not kept */
};

/* How a schedule is chosen. */
struct strategy {
	const char *name;
	/* Called when a schedule begins. */
	void      (*begin)(void);
	/* Return the virtual hart that goes on at point; the calm schedule
	 * would take calm. */
	uint32_t  (*next)(const struct virtual_point *point, uint32_t calm);
	/* Return whether the interrupt that is pending is taken at point. */
	bool      (*interrupt)(const struct virtual_point *point);
	/* Return whether time passes at point, a point of a program. */
	bool      (*time)(const struct virtual_point *point);
	/* Return the number below n that the program gets at point. */
	uint32_t  (*choose)(const struct virtual_point *point, uint32_t n);
	/* Called when the schedule has ended, after so many points. */
	void      (*end)(uint64_t points);
};

/* Play the next schedule by strategy, and keep its steps in taken. */
void player_begin(const struct strategy *strategy, struct steps *taken);

/* Tell the strategy that the schedule has ended, after so many points. */
void player_end(uint64_t points);

/* The strategy that takes the steps given to replay_set, and no others. */
extern const struct strategy replay;
extern const struct steps no_steps;
void replay_set(const struct steps *steps);

/* Become the player of the virtual harts.  Boot, once. */
void player_init(void);

/* At each switch of a schedule, and at each interrupt that is taken: call fn.
 * NULL ends that. */
void player_watch(void (*fn)(const struct virtual_point *point, uint32_t what));
