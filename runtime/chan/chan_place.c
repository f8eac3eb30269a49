/*
 * chan_place.c - touching places of elements that are not words.
 */
#include "runtime/chan/chan_place.h"

#include "kernel/page.h"

/* Return the start of the page after at, or 0 if at is in the last page of the
 * address space. */
static uintptr_t
next_page(uintptr_t at)
{
	return ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE;
}

/* Return the address of the last byte of an element of c at at; meaningless if
 * elements have no bytes.  For an element that would wrap around the end of the
 * address space, return the last address, which is never mapped. */
static uintptr_t
last_of(const struct chan *c, uintptr_t at)
{
	uintptr_t last;

	return __builtin_add_overflow(at, c->elem->size - 1, &last) ?
	    UINTPTR_MAX : last;
}

void
place_read(const struct chan *c, uintptr_t at)
{
	uintptr_t last = last_of(c, at);

	for (; c->elem->size != 0 && at <= last; at = next_page(at))
		probe_read_locked((const void *)at, &c->lock);
}

void
place_write(const struct chan *c, uintptr_t at)
{
	uintptr_t last = last_of(c, at);

	for (; c->elem->size != 0 && at <= last; at = next_page(at))
		probe_write_locked((void *)at, &c->lock);
}
