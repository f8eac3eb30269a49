/*
 * gc_pages.h - the page allocator of the host's heap, which fails on demand.
 *
 * Fresh pages are full of 0xa5.  A run is refused when more than `budget` pages
 * would be out, if it is longer than `longest`, as if RAM were fragmented (0:
 * any), and on the fail_nth-th call from now (1 is the next; 0 never), and then
 * on each (fail_all) or not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void   gc_pages_budget(size_t npages);
void   gc_pages_longest(size_t npages);
void   gc_pages_fail(uint64_t nth, bool all);
size_t gc_pages_out(void);

/* Once, by the world, before any page is asked for. */
void   gc_pages_init(void);
