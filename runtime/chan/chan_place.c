/*
 * chan_place.c - see chan_place.h.
 */
#include "runtime/chan/chan_place.h"

#include "kernel/page.h"

/* The next page after at; 0 after the last of all. */
static uintptr_t
next_page(uintptr_t at)
{
	return ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE;
}

/* Where the last byte of an element of c at at is, c's not being of no bytes;
 * of one that goes around the end of the address space the last of all, which
 * is never there. */
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
