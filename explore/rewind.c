/*
 * rewind.c - see rewind.h.
 *
 * Page tables are part of the world, and so are the D bits in them, which say
 * which pages were written.  So rewind_back first notes which frames are dirty,
 * then copies them, then clears all D bits: those in tables that were copied
 * back, and those that the copying has set.
 */
#include "explore/rewind.h"

#include "explore/explore.h"
#include "kernel/page.h"
#include "kernel/platform.h"
#include "kernel/ram.h"
#include "kernel/riscv.h"
#include "kernel/vm_dirty.h"
#include "lib/check.h"
#include "lib/str.h"

/* linker.ld */
extern char __data_start[], __explorer_start[], __explorer_end[];

static EXPLORERS struct {
	uintptr_t lo, hi;		/* the world */
	uintptr_t copy[REWIND_COPIES];	/* where lo is in each copy */
	uintptr_t free, end;		/* the explorer's own memory */
	uint32_t *dirty;		/* frames to copy back, from lo on */
	size_t    ndirty;
	uint8_t  *noted;		/* for each frame: 1 if it is in
					 * dirty */
} world;

static bool
is_explorers(uintptr_t frame)
{
	return frame >= (uintptr_t)__explorer_start &&
	    frame < (uintptr_t)__explorer_end;
}

bool
rewind_init(void)
{
	struct range above;
	size_t pages;

	world.lo = (uintptr_t)__data_start;
	world.hi = ram_world_end();
	if (!ram_next_above_world(&above))
		return false;
	world.free = ROUND_UP(above.base, PAGE_SIZE);
	world.end = above.base + above.len;
	pages = (world.hi - world.lo) >> PAGE_SHIFT;
	if (world.end - world.free < REWIND_COPIES * (world.hi - world.lo) +
	    5 * pages + 8 * MIB)
		return false;
	for (int i = 0; i < REWIND_COPIES; i++)
		world.copy[i] = (uintptr_t)explorers_memory(world.hi -
		    world.lo);
	world.dirty = explorers_memory(ROUND_UP(4 * pages, PAGE_SIZE));
	world.noted = explorers_memory(ROUND_UP(pages, PAGE_SIZE));
	return true;
}

void *
explorers_memory(size_t n)
{
	void *at = (void *)world.free;

	if (world.end - world.free < n)
		panic("explore: the explorer has no memory left");
	world.free += n;
	memset(at, 0, n);
	return at;
}

void
rewind_keep(enum rewind_copy copy)
{
	vm_dirty_clear(world.lo, world.hi);
	memcpy((void *)world.copy[copy], (void *)world.lo,
	    world.hi - world.lo);
}

static void
note_dirty(uintptr_t frame)
{
	size_t i = (frame - world.lo) >> PAGE_SHIFT;

	if (world.noted[i] || is_explorers(frame))
		return;
	world.noted[i] = 1;
	world.dirty[world.ndirty++] = (uint32_t)i;
}

static void
put_page(enum rewind_copy copy, size_t i)
{
	memcpy((void *)(world.lo + i * PAGE_SIZE),
	    (void *)(world.copy[copy] + i * PAGE_SIZE), PAGE_SIZE);
}

size_t
rewind_back(enum rewind_copy copy)
{
	world.ndirty = 0;
	vm_dirty_each(world.lo, world.hi, note_dirty);
	for (size_t i = 0; i < world.ndirty; i++) {
		put_page(copy, world.dirty[i]);
		world.noted[world.dirty[i]] = 0;
	}
	vm_dirty_clear(world.lo, world.hi);
	return world.ndirty;
}

void
rewind_all(enum rewind_copy copy)
{
	for (size_t i = 0; i < (world.hi - world.lo) >> PAGE_SHIFT; i++)
		if (!is_explorers(world.lo + i * PAGE_SIZE))
			put_page(copy, i);
	vm_dirty_clear(world.lo, world.hi);
}
