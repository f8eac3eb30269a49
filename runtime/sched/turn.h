/*
 * turn.h - a goroutine's turn: what it runs between two passes through the
 * scheduler.
 */
#pragma once

#include "lib/compiler.h"

struct g;

/* A turn that somebody has seen; all zero: none. */
struct turn {
	struct g *who;
	int32_t   fair;		/* p->fair then, which moves with each pass */
};

/* Does the turn last seen still go on, now that the P at fair runs who?  If
 * not, that is the one seen from now on.  (Wrong once in a while: fair comes
 * round after FAIR_TICKS passes.)  The P's M. */
INLINE bool
turn_goes_on(struct turn *seen, struct g *who, int32_t fair)
{
	bool same = seen->who == who && seen->fair == fair;

	seen->who = who;
	seen->fair = fair;
	return same;
}
