/*
 * page_check.c - the page allocator's numbers, and checks of its invariants.
 */
#include "kernel/page_internal.h"
#include "lib/check.h"

/* Returns the frames in the longest row of largest blocks that are free. */
static size_t
longest_row(void)
{
	pfn_t  pfn = ROUND_UP(page_lo >> PAGE_SHIFT, BLOCK_MAX);
	size_t row = 0, longest = 0;

	for (; pfn < page_hi >> PAGE_SHIFT; pfn += BLOCK_MAX) {
		uint8_t is = page_pool.meta[pfn];

		row = is == FRESH || is == HEAD + ORDER_MAX ?
		    row + BLOCK_MAX : 0;
		longest = MAX(longest, row);
	}
	return longest;
}

void
page_peek_stats(struct page_stats *out)
{
	unsigned order = ORDER_MAX;
	size_t   longest = longest_row();

	while (longest == 0 && order-- > 0)
		if (page_pool.lists[order].next != &page_pool.lists[order])
			longest = (size_t)1 << order;
	out->total = page_pool.ntotal;
	out->free = page_pool.nfree + page_pool.nhot;
	out->largest = 1;
	while (out->largest * 2 <= longest)
		out->largest *= 2;
	out->largest = MIN(out->largest, longest);
	out->perm = page_pool.nperm;
}

void
page_get_stats(struct page_stats *out)
{
	spin_lock(&page_pool.lock);
	page_drain_hot(0);
	page_peek_stats(out);
	spin_unlock(&page_pool.lock);
}

bool
page_is_taken(const void *run, size_t npages)
{
	bool taken = (uintptr_t)run >= page_lo &&
	    npages <= (page_hi - (uintptr_t)run) >> PAGE_SHIFT;

	spin_lock(&page_pool.lock);
	for (size_t i = 0; i < npages && taken; i++)
		taken = page_pool.meta[pfn_of(run) + i] == TAKEN;
	spin_unlock(&page_pool.lock);
	return taken;
}

/* Check each block on the list of order.  Returns how many there are. */
static size_t
check_list(unsigned order)
{
	struct block *list = &page_pool.lists[order];
	size_t        n = 0;

	for (struct block *b = list->next; b != list; b = b->next, n++) {
		CHECK((uintptr_t)b >= page_lo && (uintptr_t)b < page_hi);
		CHECK(b->next->prev == b && b->prev->next == b);
		CHECK(page_pool.meta[pfn_of(b)] == HEAD + order);
	}
	return n;
}

/* Check PAGE-1 and PAGE-2 for the free block at pfn.  Returns its frames. */
static size_t
check_block(pfn_t pfn)
{
	uint8_t  is = page_pool.meta[pfn];
	unsigned order = is == FRESH ? ORDER_MAX : (unsigned)is - HEAD;
	pfn_t    buddy = pfn ^ (pfn_t)1 << order;

	CHECK(order <= ORDER_MAX && (pfn & (((pfn_t)1 << order) - 1)) == 0);
	for (size_t i = 1; i < (size_t)1 << order; i++)
		CHECK(page_pool.meta[pfn + i] == INNER);
	if (order < ORDER_MAX && buddy >= page_lo >> PAGE_SHIFT &&
	    buddy < page_hi >> PAGE_SHIFT)
		CHECK(page_pool.meta[buddy] != HEAD + order);
	return (size_t)1 << order;
}

void
page_check(void)
{
	size_t nblocks[ORDER_MAX + 1] = { 0 };
	size_t n[FRESH + 1] = { 0 };
	size_t in_blocks = 0, on_hot = 0;

	spin_lock(&page_pool.lock);
	for (pfn_t pfn = page_lo >> PAGE_SHIFT; pfn < page_hi >> PAGE_SHIFT;) {
		uint8_t is = page_pool.meta[pfn];

		if (is >= HEAD || is == FRESH) {
			size_t len = check_block(pfn);

			in_blocks += len;
			pfn += len;
		} else {
			CHECK(is != INNER);
			pfn++;
		}
		if (is >= HEAD) {
			nblocks[is - HEAD]++;
		} else {
			CHECK(is <= FRESH);
			n[is]++;
		}
	}
	for (unsigned order = 0; order <= ORDER_MAX; order++)
		CHECK(check_list(order) == nblocks[order]);
	for (struct block *b = page_pool.hot; b != NULL; b = b->next, on_hot++)
		CHECK(page_pool.meta[pfn_of(b)] == HOT);
	CHECK(on_hot == page_pool.nhot && n[HOT] == page_pool.nhot);
	CHECK(n[FRESH] == page_pool.nfresh);			/* PAGE-5 */
	CHECK(in_blocks == page_pool.nfree);			/* PAGE-4 */
	CHECK(n[PERM] == page_pool.nperm);
	CHECK(in_blocks + page_pool.nhot + n[TAKEN] + n[PERM] ==
	    page_pool.ntotal);
	spin_unlock(&page_pool.lock);
}
