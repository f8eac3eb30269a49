/*
 * chan_place.c - see chan_place.h.
 */
#include "runtime/chan/chan_place.h"

#include "kernel/page.h"

/* Touch an element of c that is no word. */
void
place_read(const struct chan *c, uintptr_t at)
{
	uintptr_t end = at + c->elem->size;

	for (; at < end; at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
		probe_read_locked((const void *)at, &c->lock);
}

/* The same for one to be written. */
void
place_write(const struct chan *c, uintptr_t at)
{
	uintptr_t end = at + c->elem->size;

	for (; at < end; at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
		probe_write_locked((void *)at, &c->lock);
}
