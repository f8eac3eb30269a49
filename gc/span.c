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

_Static_assert(sizeof(struct span) + (1024 / 64 + 1) *
    sizeof(struct span_bits) + 16 * sizeof(struct span_words) <= RECORD_MAX,
    "the record of the class with most slots fits");

struct span_table span_table;

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
	size_t npages, bytes;

	span_table.lo = page_lo;
	span_table.len = page_hi - page_lo;
	bytes = (span_table.len >> PAGE_SHIFT) * sizeof(struct span_slot);
	npages = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
	span_table.slots = page_alloc(npages);
	if (span_table.slots == NULL)
		panic("gc: no memory for a span table of %zu KiB", bytes / KIB);
	memset(span_table.slots, 0, bytes);
	/* relaxed: boot. */
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
	size_t first = (s->base - span_table.lo) >> PAGE_SHIFT;

	/* relaxed: published by the fence in run_take (local.c), or by that in
	 * alloc_large; taken back only when no pointer leads here. */
	for (size_t i = 0; i < s->npages; i++)
		store_relaxed(&span_table.slots[first + i].span, span);
}

struct span *
span_new(unsigned bin, size_t npages)
{
	const struct sizeclass *class = &sizeclasses[bin / 2];
	bool     large = bin / 2 == SIZECLASS_LARGE, noscan = bin & 1;
	uint64_t size = large ? npages * PAGE_SIZE : class->size;
	uint32_t nslots = large ? 1 : class->nslots;
	size_t   nbits = nslots / 64 + 1, nmap = 0, ntypes = 0, nbytes;
	struct span *s;
	void    *pages;

	if (!large)
		npages = class->npages;
	if (!noscan && size <= SIZECLASS_MAPPED)
		nmap = npages * PAGE_SIZE / 512;
	else if (!noscan)
		ntypes = nslots;
	nbytes = sizeof(*s) + nbits * sizeof(struct span_bits) +
	    nmap * sizeof(struct span_words) + ntypes * sizeof(s->types[0]);
	nbytes = ROUND_UP(nbytes, (size_t)CACHE_LINE);

	pages = page_alloc(npages);
	if (pages == NULL)
		return NULL;
	s = record_alloc(nbytes);
	if (s == NULL) {
		page_free(pages, npages);
		return NULL;
	}
	/* The pointer map may be anything (SPAN-7), types may not. */
	memset(s, 0, nbytes - nmap * sizeof(struct span_words));
	s->base = (uintptr_t)pages;
	s->size = size;
	s->recip = large ? 0 : class->recip;
	s->nslots = nslots;
	s->ptrmap = nmap ? (struct span_words *)&s->bits[nbits] : NULL;
	s->types = ntypes ? (const struct gc_type **)&s->bits[nbits] : NULL;
	s->slotmask = size <= SIZECLASS_MAPPED ?
	    bits_range(0, (unsigned)size / 8) : 0;
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
	table_set(s, NULL);
	/* relaxed: statistics. */
	add_relaxed(&heap.pages, -(uint64_t)s->npages);
	add_relaxed(&heap.pages_released, s->npages);
	page_free((void *)s->base, s->npages);
	record_free(s);
}

void
span_each(void (*fn)(struct span *s, void *arg), void *arg)
{
	size_t npages = span_table.len >> PAGE_SHIFT;

	for (size_t i = 0; i < npages;) {
		/* relaxed: the world is stopped. */
		struct span *s = load_relaxed(&span_table.slots[i].span);

		if (s == NULL) {
			i++;
			continue;
		}
		i += s->npages;
		fn(s, arg);
	}
}

void
span_check(struct span *s)
{
	const struct sizeclass *class = &sizeclasses[span_class(s)];
	bool     large = span_class(s) == SIZECLASS_LARGE;
	/* relaxed: changes only with the world stopped. */
	uint32_t gen = load_relaxed(&heap.sweepgen), nalloc = 0;

	for (size_t i = 0; i < s->npages; i++)
		if (span_of(s->base + i * PAGE_SIZE) != s)
			panic("gc: SPAN-1: page %zu of span %p leads to %p", i,
			    (void *)s, (void *)span_of(s->base + i * PAGE_SIZE));
	if (s->noscan != (s->bin & 1) || s->bin >= BIN_COUNT ||
	    s->nslots != (large ? 1 : class->nslots) ||
	    s->recip != (large ? 0 : class->recip) ||
	    s->size != (large ? s->npages * (size_t)PAGE_SIZE : class->size))
		panic("gc: span %p of bin %u is not what its class says",
		    (void *)s, s->bin);
	for (uint32_t w = 0; w <= s->nslots / 64; w++) {
		/* relaxed: we are the owner, or the world is stopped. */
		uint64_t alloc = load_relaxed(&s->bits[w].alloc);
		uint64_t mark = load_relaxed(&s->bits[w].mark);
		uint64_t beyond = w < s->nslots / 64 ? 0 :
		    ~0ULL << (s->nslots % 64);

		nalloc += bits_count(alloc);
		if (((alloc | mark) & beyond) != 0)
			panic("gc: SPAN-3: span %p has a bit set beyond its "
			    "%u slots", (void *)s, s->nslots);
		if (s->sweepgen == gen && mark != 0)
			panic("gc: SPAN-4: span %p is swept, but slots %u.. "
			    "are marked (%lx)", (void *)s, w * 64,
			    (unsigned long)mark);
	}
	if (nalloc != s->nalloc)
		panic("gc: SPAN-2: span %p has %u alloc bits, nalloc %u",
		    (void *)s, nalloc, s->nalloc);
	if (s->sweepgen != gen && s->sweepgen != gen - 1)
		panic("gc: SPAN-6: span %p has sweepgen %u, the heap %u",
		    (void *)s, s->sweepgen, gen);
}
