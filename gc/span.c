/*
 * span.c - making, freeing and finding spans.
 *
 * Records come from pages that are never given back, in multiples of
 * CACHE_LINE bytes, and a freed record waits on the list of its length for the
 * next span that needs one as long.  A heap that changes what it is made of
 * keeps some idle records: at most 4 % of the largest it has been.  Rejected:
 * keeping bits and maps in the span itself, as Go does for small objects.  It
 * saves the free lists, but then no power of two fills a span, and a program
 * that writes past its object destroys what a post-mortem needs.
 */
#include "gc/span.h"

#include "gc/bits.h"
#include "gc/heap.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/str.h"

enum { RECORD_MAX = 1024, RECORD_CHUNK = 8 * PAGE_SIZE };

_Static_assert(sizeof(struct span) + (2 * (1024 / 64 + 1) + 16) *
    sizeof(struct span_word) <= RECORD_MAX,
    "the record of the class with most slots fits");

struct span_table span_table;

/* All zero: one free slot.  It has room for the one white bit. */
static union {
	struct span      span;
	struct span_word words[sizeof(struct span) / 8 + 1];
} none;
struct span *const span_none = &none.span;

/*
 * Field key:	[L] by lock
 */
static struct {
	struct spinlock lock;
	struct span    *free[RECORD_MAX / CACHE_LINE + 1]; /* [L] by length */
	uintptr_t       bump, end;	/* [L] the rest of the last chunk */
} records = { .lock = SPINLOCK_INIT("gc records", RANK_GC_HEAP) };

void
span_init(void)
{
	size_t bytes = ((page_hi - page_lo) >> PAGE_SHIFT) *
	    sizeof(struct span_slot);
	size_t npages = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct span_slot *slots = page_alloc(npages);

	if (slots == NULL)
		panic("gc: no memory for a span table of %zu KiB", bytes / KIB);
	/* relaxed: boot. */
	for (size_t i = 0; i < bytes / sizeof(slots[0]); i++)
		store_relaxed(&slots[i].span, span_none);
	span_table.lo = page_lo;
	span_table.len = page_hi - page_lo;
	span_table.at = (uintptr_t)slots - (page_lo >> PAGE_SHIFT) *
	    sizeof(struct span_slot);
	add_relaxed(&heap.meta_pages, npages);
}

/* A record of nbytes (rounded up), or NULL. */
static struct span *
record_alloc(size_t nbytes)
{
	struct span *s;

	spin_lock(&records.lock);
	s = records.free[nbytes / CACHE_LINE];
	if (s != NULL) {
		records.free[nbytes / CACHE_LINE] = s->next;
	} else {
		if (records.end - records.bump < nbytes) {
			uintptr_t chunk = (uintptr_t)page_alloc(
			    RECORD_CHUNK / PAGE_SIZE);
			size_t    got = RECORD_CHUNK;

			if (chunk == 0) {
				chunk = (uintptr_t)page_alloc(1);
				got = PAGE_SIZE;
			}
			if (chunk == 0)
				goto out;
			/* relaxed: a statistic. */
			add_relaxed(&heap.meta_pages, got / PAGE_SIZE);
			records.bump = chunk;
			records.end = chunk + got;
		}
		s = (struct span *)records.bump;
		records.bump += nbytes;
	}
out:
	spin_unlock(&records.lock);
	return s;
}

static void
record_free(struct span *s)
{
	spin_lock(&records.lock);
	s->next = records.free[s->nbytes / CACHE_LINE];
	records.free[s->nbytes / CACHE_LINE] = s;
	spin_unlock(&records.lock);
}

/* Lead every page of s to span. */
static void
table_set(const struct span *s, struct span *span)
{
	struct span_slot *slot = span_slot_of(&span_table, s->base);

	/* relaxed: published by the fence in run_take (local.c), or by that in
	 * alloc_large; taken back only when no pointer leads here. */
	for (size_t i = 0; i < s->npages; i++)
		store_relaxed(&slot[i].span, span);
}

/*
 * Pages for a span of objects of size bytes: *npages, or if shorter is allowed
 * half of that and so on, as long as an object fits; how many in *npages.
 */
static void *
pages_alloc(size_t *npages, uint64_t size, bool shorter)
{
	for (;;) {
		void *pages = page_alloc(*npages);

		if (pages != NULL || !shorter ||
		    *npages / 2 * PAGE_SIZE < size)
			return pages;
		*npages /= 2;
	}
}

struct span *
span_new(size_t bin, size_t npages)
{
	const struct sizeclass *class = &sizeclasses[bin / 2];
	bool     large = bin / 2 == SIZECLASS_LARGE, noscan = bin & 1;
	uint64_t size = large ? npages * PAGE_SIZE : class->size;
	void    *pages = pages_alloc(&npages, size, !large);
	uint32_t nslots = (uint32_t)(npages * PAGE_SIZE / size);
	size_t   nwords = nslots / 64 + 1, nmap = 0, ntypes = 0, nbytes;
	struct span_word *map;
	struct span *s;

	if (pages == NULL)
		return NULL;
	if (!noscan && size <= SIZECLASS_MAPPED)
		nmap = npages * PAGE_SIZE / 512;
	else if (!noscan)
		ntypes = nslots;
	nbytes = sizeof(*s) + (2 * nwords + nmap) * sizeof(struct span_word) +
	    ntypes * sizeof(s->types[0]);
	nbytes = ROUND_UP(nbytes, (size_t)CACHE_LINE);
	s = record_alloc(nbytes);
	if (s == NULL) {
		page_free(pages, npages);
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
	table_set(s, s);
	/* relaxed: a statistic, and the pacer's estimate. */
	add_relaxed(&heap.pages, npages);
	return s;
}

void
span_free(struct span *s)
{
	ASSERT(s->nalloc == 0);
	table_set(s, span_none);
	/* relaxed: statistics. */
	add_relaxed(&heap.pages, -(uint64_t)s->npages);
	add_relaxed(&heap.pages_released, s->npages);
	page_free((void *)s->base, s->npages);
	record_free(s);
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
	    s->nslots != s->npages * (size_t)PAGE_SIZE / s->size ||
	    s->recip != (large ? 0 : class->recip) ||
	    s->size != (large ? s->npages * (size_t)PAGE_SIZE : class->size))
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
