/*
 * page_init.c - the RAM that the page allocator gets.
 */
#include "kernel/page_internal.h"
#include "kernel/panic.h"
#include "kernel/platform.h"
#include "kernel/ram.h"
#include "kernel/virtual.h"
#include "lib/check.h"
#include "lib/str.h"

/* The memory without which the runtime cannot start: a fixed part, and for each
 * hart its stacks, caches and M. */
#define MIN_FIXED    (4 * MIB)
#define MIN_PER_HART (128 * KIB)

/* Set page_lo and page_hi.  Returns the number of bytes that are free. */
static size_t
measure(void)
{
	struct range r = { 0 };
	size_t       bytes = 0;

	page_lo = UINTPTR_MAX;
	while (ram_next_free(r.base + r.len, &r)) {
		page_lo = MIN(page_lo, r.base);
		page_hi = r.base + r.len;
		bytes += r.len;
	}
	return bytes;
}

static void
check_enough(size_t free_bytes)
{
	uint32_t n = VIRTUAL ? 1 : platform.nharts;
	size_t need = MIN_FIXED + n * MIN_PER_HART;
	size_t ram = ram_total();

	if (free_bytes < need)
		fatal_config("this machine has %zu MiB of memory; Antler needs "
			     "at least %zu MiB for %u harts", ram / MIB,
		    ROUND_UP(ram - free_bytes + need, MIB) / MIB,
		    platform.nharts);
}

/* Put meta[], all HOLE, at the start of the first run of RAM that can hold it.
 * Returns where meta[] is. */
static struct range
place_meta(void)
{
	struct range at = { .len = ROUND_UP((page_hi - page_lo) >> PAGE_SHIFT,
	    PAGE_SIZE) };
	struct range r = { 0 };

	do {
		if (!ram_next_free(r.base + r.len, &r))
			panic("page: no room for the metadata of %zu MiB",
			    (page_hi - page_lo) / MIB);
	} while (r.len < at.len);
	at.base = r.base;
	memset((void *)at.base, HOLE, at.len);
	page_pool.meta = (uint8_t *)at.base - (page_lo >> PAGE_SHIFT);
	return at;
}

/* Free the largest block at pfn, untouched so far (PAGE-5). */
static void
add_fresh(pfn_t pfn)
{
	page_pool.meta[pfn] = FRESH;
	page_pool.nfree += BLOCK_MAX;
	page_pool.nfresh++;
}

/* Free n frames of RAM, untouched so far. */
static void
add_ram(pfn_t pfn, size_t n)
{
	pfn_t end = pfn + n;
	pfn_t whole = MIN(ROUND_UP(pfn, BLOCK_MAX), end);

	memset(&page_pool.meta[pfn], INNER, n);
	page_free_run(pfn, whole - pfn);
	for (pfn = whole; end - pfn >= BLOCK_MAX; pfn += BLOCK_MAX)
		add_fresh(pfn);
	page_free_run(pfn, end - pfn);
}

void
page_init(void)
{
	struct range own, r = { 0 };

	for (unsigned order = 0; order <= ORDER_MAX; order++) {
		struct block *list = &page_pool.lists[order];

		list->next = list->prev = list;
	}
	check_enough(measure());
	own = place_meta();

	while (ram_next_free(r.base + r.len, &r)) {
		pfn_t  pfn = r.base >> PAGE_SHIFT;
		size_t n = r.len >> PAGE_SHIFT;

		if (r.base == own.base) {
			pfn += own.len >> PAGE_SHIFT;
			n -= own.len >> PAGE_SHIFT;
		}
		add_ram(pfn, n);
	}
	page_pool.fresh_at = ROUND_UP(page_lo >> PAGE_SHIFT, BLOCK_MAX);
	page_pool.ntotal = page_pool.nfree;
}
