/*
 * turn.h - whether a P still runs what it ran at an earlier look.
 *
 * A turn is what one goroutine, or one P, runs within one slice (p.h, SLICE-1).
 */
#pragma once

#include "lib/compiler.h"

/* A turn that was seen; all zero if none was. */
struct turn {
	const void *who;	/* the goroutine or the P */
	int32_t     fair;	/* p->fair at that time */
};

/*
 * Remember the turn of who on a P whose fair is given.  Returns whether it is
 * the turn that seen held before.  Only for the M that holds the P.  Once in a
 * while a new turn is taken for the old one, because fair has come back to an
 * old value; each caller can bear that.
 */
INLINE bool
turn_goes_on(struct turn *seen, const void *who, int32_t fair)
{
	bool same = seen->who == who && seen->fair == fair;

	seen->who = who;
	seen->fair = fair;
	return same;
}
