/*
 * perturb.c - see perturb.h.
 */
#include "tests/host/perturb.h"

#include <sched.h>
#include <time.h>

#include "lib/rand.h"

void perturb(void);

/* A thread that was not seeded is not disturbed. */
static _Thread_local struct rand perturb_rand;

void
perturb_seed(uint64_t seed)
{
	rand_seed(&perturb_rand, seed);
}

void
perturb(void)
{
	const struct timespec moment = { .tv_nsec = 50 * 1000 };
	uint32_t dice;

	if (perturb_rand.state == 0)
		return;
	dice = rand_below(&perturb_rand, 4096);
	if (dice == 0)
		nanosleep(&moment, NULL);
	else if (dice < 256)
		sched_yield();
}
