/*
 * waiting.h - what a parked goroutine waits for, and since when.
 *
 * Noting the time at each park would cost more than it is worth.  As in Go, the
 * collector notes the time when it visits the goroutine: it stores the time in
 * waits_since and then puts a tag on why.  The next park stores a why without a
 * tag; so a tagged why is still the why of the wait that the collector saw.  A
 * noted time is late by up to the time between two collections.
 *
 *	WAIT-1	If why is tagged, waits_since is not earlier than the beginning
 *		of the wait that why was stored for.
 *
 * A tagged address is no valid address: its bits 62 and 63 differ.
 */
#pragma once

#include "runtime/sched/g.h"

#define WAITING_TAG (1UL << 62)

INLINE bool
waiting_is_tagged(const char *why)
{
	return ((uintptr_t)why >> 62 & 1) != (uintptr_t)why >> 63;
}

/* Returns what gp waits for; NULL if it does not say.  Meaningful while gp is
 * waiting.  Any hart; a snapshot. */
INLINE const char *
waiting_why(const struct g *gp)
{
	/* relaxed: only reports use it. */
	const char *why = load_relaxed(&gp->why);

	return waiting_is_tagged(why) ?
	    (const char *)((uintptr_t)why ^ WAITING_TAG) : why;
}

/* Returns for how long gp has waited, as far as is known; 0 if it is not.  Any
 * hart; a snapshot. */
INLINE nanos_t
waiting_for_ns(const struct g *gp, nanos_t now)
{
	/* acquire: pairs with cas_release in waiting_note. */
	if (!waiting_is_tagged(load_acquire(&gp->why)))
		return 0;
	/* relaxed: ordered by the load of why. */
	return now - load_relaxed(&gp->waits_since);
}

/* Note the time now, unless it has been noted in this wait, if gp is waiting.
 * Called by the collector while it marks; one hart for each goroutine. */
INLINE void
waiting_note(struct g *gp, nanos_t now)
{
	/* relaxed: the CAS decides. */
	const char *why = load_relaxed(&gp->why);

	if (waiting_is_tagged(why) || g_status(gp) != G_WAITING)
		return;
	/* relaxed: published by the CAS below. */
	store_relaxed(&gp->waits_since, now);
	/* release: pairs with load_acquire in waiting_for_ns.  If gp has run
	 * and parked again meanwhile with an equal why, the CAS tags the new
	 * wait.  That began only moments ago, so WAIT-1 is wrong by no more
	 * than these. */
	(void)cas_release(&gp->why, &why,
	    (const char *)((uintptr_t)why ^ WAITING_TAG));
}
