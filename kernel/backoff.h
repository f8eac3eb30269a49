/*
 * backoff.h - waiting for what another hart is about to do.
 *
 * What is waited for so is far shorter than BACKOFF_POLLS polls.  A hart that
 * has used them up waits for one that does not run: an emulator with more
 * harts than cores has put it aside.  Polling on would keep it aside for
 * longer, so the waiter naps, which gives the core away; and each nap is twice
 * as long as the one before, up to a point, because an emulator sets its timer
 * by a thread that needs a core, too.  (With naps of one length two of
 * three runs of BinaryTrees16 on 2 harts took 130 timer interrupts in them.)
 */
#pragma once

#include "kernel/clock.h"
#include "lib/atomic.h"

enum { BACKOFF_POLLS = 256, BACKOFF_DOUBLINGS = 3 };
#define BACKOFF_NAP_NS (20 * NS_PER_US)

/* All zero to begin with. */
struct backoff {
	uint32_t polls, naps;
};

/* Between two polls.  True if that was a nap.  Any context in which the hart
 * may wait. */
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
