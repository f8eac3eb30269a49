/*
 * ram.h - which RAM is free.
 */
#pragma once

#include "kernel/platform.h"
#include "lib/compiler.h"

/*
 * Find the first run of RAM at or above from that is not reserved, in whole
 * pages.  Leaves out page 0 and RAM that has no identity mapping.  Returns
 * false if there is none.  Boot, once the platform is known.
 */
bool   ram_next_free(uintptr_t from, struct range *out) MUST_USE;

/* Returns the bytes of memory that the tree lists, reserved or not.  Boot. */
size_t ram_total(void);

/*
 * In an explore image the machine has only the lower quarter of the first range
 * of RAM, up to ram_world_end.  The RAM above belongs to the explorer:
 * ram_next_above_world finds the first run of RAM there that is not reserved,
 * and returns false if there is none.
 */
uintptr_t ram_world_end(void);
bool      ram_next_above_world(struct range *out) MUST_USE;
