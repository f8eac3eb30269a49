/*
 * turn.h - whether what runs on a P is still what was seen there before.
 *
 * A turn is what one goroutine, or one P, runs within a slice (p.h, SLICE-1).
 */
#pragma once

#include "lib/compiler.h"

/* A turn that was seen; all zero if none was. */
struct turn {
	const void *who;	/* the goroutine or the P */
	int32_t     fair;	/* p->fair at that time */
};

/*
 * Remember the turn of who on a P whose fair is given, and return whether it is
 * the one that seen held before.  For the M that holds the P.  Once in a while
 * a new turn is taken for the old one, because fair comes back to the same
 * value; each caller can bear that.
 */
INLINE bool
turn_goes_on(struct turn *seen, const void *who, int32_t fair)
{
	bool same = seen->who == who && seen->fair == fair;

	seen->who = who;
	seen->fair = fair;
	return same;
}
