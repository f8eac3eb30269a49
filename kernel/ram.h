/*
 * ram.h - which RAM is free.
 */
#pragma once

#include "kernel/platform.h"
#include "lib/compiler.h"

/*
 * The first run of RAM at or above from that nobody has reserved, in whole
 * pages; false if there is none.  Page 0 and what has no identity mapping do
 * not count.  Boot, once the platform is known.
 */
bool   ram_next_free(uintptr_t from, struct range *out) MUST_USE;

/* Bytes of memory the tree lists. */
size_t ram_total(void);

/*
 * In an explore image the machine has only the lower quarter of the first range
 * of RAM, up to ram_world_end; what lies above is the explorer's.
 * ram_next_above_world finds the first run of RAM there that nobody has
 * reserved, and returns false if there is none.
 */
uintptr_t ram_world_end(void);
bool      ram_next_above_world(struct range *out) MUST_USE;
