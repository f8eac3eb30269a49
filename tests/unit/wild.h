/*
 * wild.h - for tests that on purpose keep addresses where the collector does
 * not look, or break its rules: GODEBUG=gcwild would report each such word.
 */
#pragma once

#include "gc/gc.h"

/* Switch the search off until wild_unmute, which takes the value returned.  A
 * collection that begins or ends in between is not searched after. */
INLINE uint32_t
wild_mute(void)
{
	uint32_t was = gc_params.wild;

	gc_params.wild = 0;
	return was;
}

INLINE void
wild_unmute(uint32_t was)
{
	gc_params.wild = was;
}
