/*
 * backoff.h - waiting for what another hart is about to do.
 *
 * Such a wait normally ends long before BACKOFF_POLLS polls.  If a waiter has
 * used them up, the hart that it waits for does not run: an emulator that has
 * more harts than host cores has suspended that hart.  More polls would keep
 * the core from the suspended hart, so the waiter naps, which gives its core
 * away.  Each nap is twice as long as the nap before, up to a limit, because an
 * emulator runs its timers on a thread that needs a core, too.  (With naps of
 * equal length, two of three runs of BinaryTrees16 on 2 harts took 130 timer
 * interrupts in their naps.)
 */
#pragma once

#include "kernel/clock.h"
#include "lib/atomic.h"

enum { BACKOFF_POLLS = 256, BACKOFF_DOUBLINGS = 3 };
#define BACKOFF_NAP_NS (20 * NS_PER_US)

/* The state of one wait.  All zero to begin with. */
struct backoff {
	uint32_t polls, naps;
};

/* Pass the time between two polls of one wait.  Returns true if this hart has
 * napped.  Any context in which the hart may wait. */
INLINE bool
backoff(struct backoff *b)
{
	if (++b->polls % BACKOFF_POLLS != 0) {
		cpu_relax();
		return false;
	}
	clock_nap(BACKOFF_NAP_NS << b->naps);
	if (b->naps < BACKOFF_DOUBLINGS)
		b->naps++;
	return true;
}
