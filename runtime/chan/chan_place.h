/*
 * chan_place.h - the place that the caller of an operation gave: the memory
 * from which an element is sent, or into which it is received.
 *
 * If a place is not mapped, the fault must be the panic of the goroutine that
 * gave the place, not of the goroutine at the other end of the channel.  So
 * each operation touches its caller's place before it changes anything.  It
 * does so with probes (kernel/probe.h): a fault in a probe unlocks the channel
 * and becomes the caller's panic.  The load of a word to be sent is a probe
 * too.
 */
#pragma once

#include "kernel/probe.h"
#include "runtime/chan/chan_ring.h"

/* Touch the place at at of an element of c that is not a word: place_read for
 * an element to be sent, place_write for one to be received.  Here and below
 * c's lock is held, and the operation has changed nothing yet. */
void place_read(const struct chan *c, uintptr_t at);
void place_write(const struct chan *c, uintptr_t at);

/* Touch value, the place of an element to be sent.  Returns the element if it
 * is a word, else 0. */
INLINE chan_word_t
place_fetch(const struct chan *c, const void *value, uint64_t kind)
{
	if ((kind & CHAN_COPY) == 0)
		return probe_load_locked(value, &c->lock);
	place_read(c, (uintptr_t)value);
	return 0;
}

/* Touch out, the place for an element to be received, or NULL. */
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
