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
