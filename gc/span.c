/*
 * span.c - making, freeing and finding spans.
 *
 * Rejected: keeping bits and maps in the span itself, as Go does for small
 * objects.  It saves the records, but then slots whose size is a power of two
 * do not fill a span, and a program that writes past the end of an object
 * destroys what a post-mortem needs.
 */
#include "gc/span.h"

#include "gc/chunk.h"
#include "gc/heap.h"
#include "gc/meta.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/str.h"

_Static_assert(sizeof(struct span) + (2 * (1024 / 64 + 1) + 16) *
    sizeof(struct span_word) <= META_MAX,
    "the record of the class with most slots fits");

struct span_table span_table;

/* All zero: a span with one free slot.  words gives it room for its one white
 * bit. */
static union {
	struct span      span;
	struct span_word words[sizeof(struct span) / 8 + 1];
} none;
struct span *const span_none = &none.span;

void
span_init(void)
{
	size_t bytes = (((page_hi - page_lo) >> PAGE_SHIFT) + 1) *
	    sizeof(struct span_slot);
	size_t npages = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct span_slot *slots = page_alloc(npages);

	if (slots == NULL)
		panic("gc: no memory for a span table of %zu KiB", bytes / KIB);
	/* relaxed: boot. */
	for (size_t i = 0; i < bytes / sizeof(slots[0]); i++)
		store_relaxed(&slots[i].span, span_none);
	span_table.first = slots;
	span_table.lo = page_lo;
	span_table.len = page_hi - page_lo;
	span_table.at = (uintptr_t)slots - (page_lo >> PAGE_SHIFT) *
	    sizeof(struct span_slot);
	add_relaxed(&heap.meta_pages, npages);
}

/* Make the table lead from every page of s to span. */
static void
table_set(const struct span *s, struct span *span)
{
	struct span_slot *slot = span_slot_of(&span_table, s->base);

	/* dependent: after the fence in span_new.  The entries are taken back
	 * only outside marking. */
	for (size_t i = 0; i < s->npages; i++)
		store_dependent(&slot[i].span, span);
}

/*
 * Take pages from chunk_alloc for a span of small objects of size bytes:
 * *npages pages, or half as many if those cannot be had, and so on, as long as
 * an object fits.  Stores the number of pages in *npages.  Returns the pages,
 * or NULL.
 */
static void *
small_pages(size_t *npages, uint64_t size, size_t max_held,
    struct chunk **chunk)
{
	for (;;) {
		void *pages = chunk_alloc(*npages, max_held, chunk);

		if (pages != NULL || *npages / 2 * PAGE_SIZE < size)
			return pages;
		*npages /= 2;
	}
}

struct span *
span_new(size_t bin, size_t npages, size_t max_held)
{
	const struct sizeclass *class = &sizeclasses[bin / 2];
	bool     large = bin / 2 == SIZECLASS_LARGE, noscan = bin & 1;
	uint64_t size = large ? npages * PAGE_SIZE : class->size;
	struct chunk *chunk = NULL;
	void    *pages = large ? chunk_alloc_large(&npages, max_held) :
	    small_pages(&npages, size, max_held, &chunk);
	uint32_t nslots = large ? 1 : (uint32_t)(npages * PAGE_SIZE / size);
	size_t   nwords = nslots / 64 + 1, nmap = 0, ntypes = 0, nbytes;
	struct span_word *map;
	struct span *s;

	if (pages == NULL)
		return NULL;
	/* The collector need not know of the pages yet: this function alone has
	 * them. */
	if (large)
		gc_zero(pages, size);
	if (!noscan && size <= SIZECLASS_MAPPED)
		nmap = npages * PAGE_SIZE / 512;
	else if (!noscan)
		ntypes = nslots;
	nbytes = sizeof(*s) + (2 * nwords + nmap) * sizeof(struct span_word) +
	    ntypes * sizeof(s->types[0]);
	nbytes = meta_size(nbytes);
	s = meta_alloc(nbytes);
	if (s == NULL) {
		chunk_free(pages, npages, chunk);
		return NULL;
	}
	/* The pointer map may be anything (SPAN-7), types may not. */
	memset(s, 0, nbytes - nmap * sizeof(struct span_word));
	s->base = (uintptr_t)pages;
	s->size = size;
	s->recip = large ? 0 : class->recip;
	s->nslots = nslots;
	s->alloc = s->white + nwords;
	map = s->alloc + nwords;
	if (nmap > 0) {
		s->map_at = (uintptr_t)map -
		    (s->base >> 9) * sizeof(struct span_word);
		s->slotmask = bits_range(0, (unsigned)size / 8);
		s->plain = (size & (size - 1)) == 0;
	}
	s->types = ntypes ? (const struct gc_type **)map : NULL;
	s->npages = (uint32_t)npages;
	s->bin = (uint16_t)bin;
	s->noscan = noscan;
	/* relaxed: changes only with the world stopped. */
	s->sweepgen = load_relaxed(&heap.sweepgen);
	s->nbytes = (uint32_t)nbytes;
	s->chunk = chunk;
	/* release: pairs with load_dependent in mark.c.  A marker may follow a
	 * stale word here as soon as the table leads here.  It must find the
	 * record complete, and without objects. */
	fence_release();
	table_set(s, s);
	/* relaxed: a sum. */
	add_relaxed(&heap.span_pages, npages);
	return s;
}

void
span_free(struct span *s)
{
	ASSERT(s->nalloc == 0);
	/* relaxed: the caller owns s.  Without objects it has no specials, and
	 * is swept. */
	ASSERT(load_relaxed(&s->specials) == NULL);
	table_set(s, span_none);
	/* relaxed: a sum. */
	add_relaxed(&heap.span_pages, -(uint64_t)s->npages);
	chunk_free((void *)s->base, s->npages, s->chunk);
	meta_free(s, s->nbytes);
}

void
span_each(void (*fn)(struct span *s, void *arg), void *arg)
{
	uintptr_t end = span_table.lo + span_table.len;

	for (uintptr_t at = span_table.lo; at < end;) {
		struct span *s = span_of(at);

		if (s == NULL) {
			at += PAGE_SIZE;
			continue;
		}
		at += (size_t)s->npages * PAGE_SIZE;
		fn(s, arg);
	}
}

void
span_check(struct span *s)
{
	const struct sizeclass *class = &sizeclasses[span_class(s)];
	bool     large = span_class(s) == SIZECLASS_LARGE;
	bool     marking = heap_marking();
	/* relaxed: changes only with the world stopped. */
	uint32_t gen = load_relaxed(&heap.sweepgen), nalloc = 0;

	for (size_t i = 0; i < s->npages; i++)
		if (span_of(s->base + i * PAGE_SIZE) != s)
			panic("gc: SPAN-1: page %zu of span %p leads elsewhere",
			    i, (void *)s);
	if (s->noscan != (s->bin & 1) || s->bin >= BIN_COUNT ||
	    s->nslots != (large ? 1 : s->npages * PAGE_SIZE / s->size) ||
	    s->recip != (large ? 0 : class->recip) ||
	    (large ? s->size > (size_t)s->npages * PAGE_SIZE :
	    s->size != class->size))
		panic("gc: span %p of bin %u is not what its class says",
		    (void *)s, s->bin);
	for (uint32_t w = 0; w <= s->nslots / 64; w++) {
		/* relaxed: we are the owner, or the world is stopped. */
		uint64_t alloc = load_relaxed(&s->alloc[w].bits);
		uint64_t white = load_relaxed(&s->white[w].bits);
		uint64_t beyond = w < s->nslots / 64 ? 0 :
		    ~0ULL << (s->nslots % 64);

		nalloc += bits_count(alloc);
		if ((alloc & beyond) != 0 || (white & ~alloc) != 0)
			panic("gc: SPAN-3: span %p has a bit set beyond its "
			    "%u slots, or a white one that is free",
			    (void *)s, s->nslots);
		if (s->sweepgen == gen && !marking && white != alloc)
			panic("gc: SPAN-4: span %p is swept, but slots %u.. "
			    "are black (%lx)", (void *)s, w * 64,
			    (unsigned long)(alloc & ~white));
	}
	if (nalloc != s->nalloc)
		panic("gc: SPAN-2: span %p has %u alloc bits, nalloc %u",
		    (void *)s, nalloc, s->nalloc);
	if (s->sweepgen != gen && s->sweepgen != gen - 1)
		panic("gc: SPAN-6: span %p has sweepgen %u, the heap %u",
		    (void *)s, s->sweepgen, gen);
}
