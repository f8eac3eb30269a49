/*
 * chunk.c - an allocator of pages above the page allocator; the header says
 * why.
 *
 * A chunk's free pages are one word.  Runs are aligned to their length, so a
 * run is found by folding the word in halves: a bit survives if it and its
 * neighbours up to 2^order are set.  The lists by longest run make the choice
 * best fit.
 */
#include "gc/chunk.h"

#include "gc/heap.h"
#include "gc/meta.h"
#include "gc/span.h"
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/bits.h"
#include "lib/check.h"

enum { CHUNK_PAGES = 64, ORDERS = 7, NO_ORDER = ORDERS };

/* Objects of more pages than this get a run whose length is rounded up a
 * little. */
enum { EXACT_PAGES = 16 };

/*
 * Field key:	[L] by chunks.lock	[I] while the chunk exists
 *		[C] atomic, written under chunks.lock
 */
struct chunk {
	uintptr_t     base;		/* [I] */
	uint64_t      free;		/* [L] CHUNK-1, lowest bit first */
	uint64_t      gone;		/* [L] CHUNK-1 */
	unsigned      order;		/* [L] CHUNK-2, NO_ORDER if full */
	struct chunk *next, *prev;	/* [L] neighbours on that list */
};

static struct {
	struct spinlock lock;
	struct chunk   *lists[ORDERS];	/* [L] */
	ATOMIC(size_t)  nfree;		/* [C] bits in all free words */
} chunks = { .lock = SPINLOCK_INIT("gc chunks", RANK_GC_HEAP) };

/* Return the bits of free at which an aligned run of 2^order free pages
 * begins. */
static uint64_t
runs_of(uint64_t free, unsigned order)
{
	static const uint64_t aligned[ORDERS] = {
		~0ULL, 0x5555555555555555, 0x1111111111111111,
		0x0101010101010101, 0x0001000100010001, 0x0000000100000001, 1,
	};

	for (unsigned i = 0; i < order; i++)
		free &= free >> (1U << i);
	return free & aligned[order];
}

static unsigned
longest(uint64_t free)
{
	unsigned order = NO_ORDER;

	for (unsigned i = 0; i < ORDERS && runs_of(free, i) != 0; i++)
		order = i;
	return order;
}

static void
set_free(size_t nfree)
{
	/* relaxed: stored under the lock; a reader without the lock wants a
	 * recent value. */
	store_relaxed(&chunks.nfree, nfree);
}

static void
unlist_locked(struct chunk *c)
{
	if (c->order == NO_ORDER)
		return;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		chunks.lists[c->order] = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	set_free(chunk_free_pages() - bits_count(c->free));
}

/* Set the free pages of c, which is on no list, and put c on the right list. */
static void
list_locked(struct chunk *c, uint64_t free)
{
	c->free = free;
	c->order = longest(free);
	c->next = c->prev = NULL;
	if (c->order == NO_ORDER)
		return;
	c->next = chunks.lists[c->order];
	if (c->next != NULL)
		c->next->prev = c;
	chunks.lists[c->order] = c;
	set_free(chunk_free_pages() + bits_count(free));
}

/* Take a run of 2^order pages of some chunk.  Returns NULL if no chunk has
 * one. */
static void *
take_locked(unsigned order, struct chunk **chunk)
{
	for (unsigned i = order; i < ORDERS; i++) {
		struct chunk *c = chunks.lists[i];
		unsigned page;

		if (c == NULL)
			continue;
		page = bits_lowest(runs_of(c->free, order));
		unlist_locked(c);
		list_locked(c, c->free &
		    ~bits_range(page, page + (1U << order)));
		*chunk = c;
		return (void *)(c->base + page * PAGE_SIZE);
	}
	return NULL;
}

/* Get npages from the machine.  Returns NULL if there are not so many, or if
 * the collector would then hold more than max_held. */
static void *
get_pages(size_t npages, size_t max_held)
{
	/* relaxed: each hart may pass the limit by a run. */
	size_t held =
	    load_relaxed(&heap.pages) + load_relaxed(&heap.meta_pages);
	void  *run;

	if (npages > max_held || held > max_held - npages)
		return NULL;
	run = page_alloc(npages);
	if (run != NULL)
		/* relaxed: a sum. */
		add_relaxed(&heap.pages, npages);
	return run;
}

static void
put_pages(void *run, size_t npages)
{
	/* relaxed: sums. */
	add_relaxed(&heap.pages, -npages);
	add_relaxed(&heap.pages_released, npages);
	page_free(run, npages);
}

/* Give back those pages of the chunk at base whose bits are set.  Returns how
 * many they are. */
static size_t
put_some(uintptr_t base, uint64_t pages)
{
	size_t n = bits_count(pages);

	while (pages != 0) {
		unsigned lo = bits_lowest(pages);
		unsigned len = MIN(64 - lo, bits_lowest(~(pages >> lo)));

		put_pages((void *)(base + lo * PAGE_SIZE), len);
		pages &= ~bits_range(lo, lo + len);
	}
	return n;
}

/* Make a chunk of free pages that is on no list.  Returns NULL if there is no
 * memory. */
static struct chunk *
new_chunk(size_t max_held)
{
	struct chunk *c = meta_alloc(meta_size(sizeof(*c)));
	void *run;

	if (c == NULL)
		return NULL;
	run = get_pages(CHUNK_PAGES, max_held);
	if (run == NULL) {
		meta_free(c, meta_size(sizeof(*c)));
		return NULL;
	}
	c->base = (uintptr_t)run;
	c->free = c->gone = 0;
	c->order = NO_ORDER;
	return c;
}

void *
chunk_alloc(size_t npages, size_t max_held, struct chunk **chunk)
{
	unsigned order = bits_lowest(npages);
	struct chunk *fresh;
	void *run;

	ASSERT(npages == 1UL << order && npages < CHUNK_PAGES);
	spin_lock(&chunks.lock);
	run = take_locked(order, chunk);
	spin_unlock(&chunks.lock);
	if (run != NULL)
		return run;

	fresh = new_chunk(max_held);
	if (fresh == NULL) {
		*chunk = NULL;
		return get_pages(npages, max_held);
	}
	spin_lock(&chunks.lock);
	list_locked(fresh, ~bits_range(0, (unsigned)npages));
	spin_unlock(&chunks.lock);
	*chunk = fresh;
	return (void *)fresh->base;
}

/*
 * The length is rounded up to a multiple of an eighth of the greatest power of
 * two below it.  So what the machine splits off at the end is not the kind of
 * small rest in which single pages settle.
 */
void *
chunk_alloc_large(size_t *npages, size_t max_held)
{
	size_t rounded = *npages, unit = 1;
	void  *run;

	if (*npages > EXACT_PAGES) {
		while (unit * 16 <= *npages)
			unit *= 2;
		rounded = ROUND_UP(*npages, unit);
	}
	run = get_pages(rounded, max_held);
	if (run != NULL)
		*npages = rounded;
	else if (rounded != *npages)
		run = get_pages(*npages, max_held);
	return run;
}

void
chunk_free(void *run, size_t npages, struct chunk *c)
{
	uint64_t rest;
	unsigned page;
	bool     empty;

	if (c == NULL) {
		put_pages(run, npages);
		return;
	}
	page = (unsigned)(((uintptr_t)run - c->base) / PAGE_SIZE);
	spin_lock(&chunks.lock);
	ASSERT((c->free & bits_range(page, page + (unsigned)npages)) == 0);
	unlist_locked(c);
	c->free |= bits_range(page, page + (unsigned)npages);
	rest = c->free;
	empty = (rest | c->gone) == ~0ULL;
	if (!empty)
		list_locked(c, rest);
	spin_unlock(&chunks.lock);
	if (!empty)
		return;
	put_some(c->base, rest);
	meta_free(c, meta_size(sizeof(*c)));
}

size_t
chunk_release(size_t keep, size_t nchunks)
{
	size_t given = 0;

	while (nchunks-- > 0) {
		struct chunk *c = NULL;
		uintptr_t base = 0;
		uint64_t  rest = 0;

		spin_lock(&chunks.lock);
		for (unsigned i = ORDERS; i-- > 0 && c == NULL &&
		    chunk_free_pages() > keep;)
			c = chunks.lists[i];
		if (c != NULL) {
			base = c->base;
			rest = c->free;
			unlist_locked(c);
			c->gone |= rest;
			list_locked(c, 0);
		}
		spin_unlock(&chunks.lock);
		if (c == NULL)
			break;
		/* From here on, the hart that ends the last span of c may free
		 * c. */
		given += put_some(base, rest);
	}
	return given;
}

size_t
chunk_free_pages(void)
{
	/* relaxed: a snapshot. */
	return load_relaxed(&chunks.nfree);
}

/* Check that the pages of c that are neither free nor gone belong to spans. */
static void
check_used(const struct chunk *c)
{
	for (uint64_t used = ~(c->free | c->gone); used != 0;
	    used &= used - 1) {
		struct span *s = span_of(c->base +
		    bits_lowest(used) * PAGE_SIZE);

		if (s == NULL || s->chunk != c)
			panic("gc: CHUNK-1: page %u of the chunk at %lx is no "
			    "span's", bits_lowest(used),
			    (unsigned long)c->base);
	}
}

void
chunk_check_span(const struct span *s)
{
	const struct chunk *c = s->chunk;
	uintptr_t at = s->base - c->base;
	unsigned  page = (unsigned)(at / PAGE_SIZE);

	if (at >= CHUNK_PAGES * PAGE_SIZE || page + s->npages > CHUNK_PAGES ||
	    ((c->free | c->gone) & bits_range(page, page + s->npages)) != 0)
		panic("gc: CHUNK-1: span %p is not in the chunk at %lx (free "
		    "%lx, gone %lx)", (const void *)s, (unsigned long)c->base,
		    (unsigned long)c->free, (unsigned long)c->gone);
	check_used(c);
}

void
chunk_check(void)
{
	size_t nfree = 0;

	for (unsigned i = 0; i < ORDERS; i++)
		for (struct chunk *c = chunks.lists[i], *prev = NULL; c != NULL;
		    prev = c, c = c->next) {
			if (c->order != i || longest(c->free) != i ||
			    c->prev != prev || (c->free & c->gone) != 0 ||
			    (c->free | c->gone) == ~0ULL)
				panic("gc: CHUNK-2: chunk at %lx, free pages "
				    "%lx, is on the list of order %u",
				    (unsigned long)c->base,
				    (unsigned long)c->free, i);
			nfree += bits_count(c->free);
		}
	if (nfree != chunk_free_pages())
		panic("gc: chunks have %zu free pages, nfree says %zu", nfree,
		    chunk_free_pages());
}
