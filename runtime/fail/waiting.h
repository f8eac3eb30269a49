/*
 * waiting.h - what a parked goroutine waits for, and since when.
 *
 * To note the time at each park would cost more than the note is worth.  As in
 * Go it is the collector that notes it, when it comes by: it puts the time into
 * waits_since and then a tag on why.  The next park stores a why without a tag;
 * so a tagged why is still that of the wait that the collector saw.  A time is
 * late by what there is between two collections.
 *
 *	WAIT-1	why is tagged only if waits_since is not before the wait that
 *		why was stored for.
 *
 * The tag makes an address that none is: bits 62 and 63 differ.
 */
#pragma once

#include "runtime/sched/g.h"

#define WAITING_TAG (1UL << 62)

INLINE bool
waiting_is_tagged(const char *why)
{
	return ((uintptr_t)why >> 62 & 1) != (uintptr_t)why >> 63;
}

/* What gp waits for, if it does; may be NULL.  Any hart; a snapshot. */
INLINE const char *
waiting_why(const struct g *gp)
{
	/* relaxed: for people who look. */
	const char *why = load_relaxed(&gp->why);

	return waiting_is_tagged(why) ?
	    (const char *)((uintptr_t)why ^ WAITING_TAG) : why;
}

/* How long gp has waited for that, as far as is known; 0 if it is not.  Any
 * hart; a snapshot. */
INLINE nanos_t
waiting_for_ns(const struct g *gp, nanos_t now)
{
	/* acquire: pairs with cas_release in waiting_note. */
	if (!waiting_is_tagged(load_acquire(&gp->why)))
		return 0;
	/* relaxed: ordered by the load before. */
	return now - load_relaxed(&gp->waits_since);
}

/* gp was seen waiting: note the time, unless that has been done.  The collector
 * while it marks, one hart for each goroutine. */
INLINE void
waiting_note(struct g *gp, nanos_t now)
{
	/* relaxed: the CAS decides. */
	const char *why = load_relaxed(&gp->why);

	if (waiting_is_tagged(why) || g_status(gp) != G_WAITING)
		return;
	/* relaxed: published below. */
	store_relaxed(&gp->waits_since, now);
	/* release: pairs with load_acquire in waiting_for_ns.  If gp has parked
	 * anew in between, for the same, that is a wait of the last moments:
	 * WAIT-1. */
	(void)cas_release(&gp->why, &why,
	    (const char *)((uintptr_t)why ^ WAITING_TAG));
}
