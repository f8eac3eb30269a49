/*
 * chan_place.h - the places that the caller of an operation gave: where an
 * element is to come from, or to go.
 *
 * A place that is not there must not be found out by whoever meets us.  So each
 * operation touches its caller's place before it changes anything, by probes
 * (kernel/probe.h), of which the load of an element to be sent is one: a fault
 * there unlocks the channel and is the caller's panic.
 */
#pragma once

#include "kernel/probe.h"
#include "runtime/chan/chan_ring.h"

/* Touch an element of c that is no word, to be read; to be written.  Lock held,
 * nothing changed: so for all here. */
void place_read(const struct chan *c, uintptr_t at);
void place_write(const struct chan *c, uintptr_t at);

/* The element at value, if it is a word; of others it is only tried whether
 * they are there. */
INLINE chan_word_t
place_fetch(const struct chan *c, const void *value, uint64_t kind)
{
	if ((kind & CHAN_COPY) == 0)
		return probe_load_locked(value, &c->lock);
	place_read(c, (uintptr_t)value);
	return 0;
}

/* Is out a place for what is received? */
INLINE void
place_touch_out(const struct chan *c, void *out, uint64_t kind)
{
	if (out == NULL)
		return;
	if ((kind & CHAN_COPY) == 0)
		probe_storable_locked(out, &c->lock);
	else
		place_write(c, (uintptr_t)out);
}
