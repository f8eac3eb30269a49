/*
 * gc_pages.h - the page allocator of the host's heap, which fails on demand.
 *
 * Fresh pages are full of 0xa5.  An allocation is refused if more than `budget`
 * pages would then be out, or if it is longer than `longest` pages, as if RAM
 * were fragmented (0: any length).  The nth allocation from now is refused, too
 * (1 is the next one; 0: none), and with it all later ones, if `all` is set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void   gc_pages_budget(size_t npages);
void   gc_pages_longest(size_t npages);
void   gc_pages_fail(uint64_t nth, bool all);
size_t gc_pages_out(void);

/* Initialise.  The world calls this once, before it asks for any page. */
void   gc_pages_init(void);
