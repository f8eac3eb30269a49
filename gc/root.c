/*
 * root.c - root blocks.
 *
 * A root block is a range of globals with a map of its pointers.  A large block
 * is kept as several *parts*.  Each part is a job of the markers, so that no
 * job takes long.  Markers pop the parts off a list.  System stacks are never
 * among the roots (DESIGN 5): an object that only a system stack holds may be
 * freed.
 *
 *	ROOT-1	The list from roots.to_scan on does not change while marking.
 *		A new part goes before it.  A removed part stays listed, as
 *		*gone*, until the next change of the list that finds nothing
 *		being marked.
 *	ROOT-2	When gc_remove_root returns, the block is not read any more.
 *		While marking, gc_remove_root scans each part that it makes
 *		gone, because what the part refers to was reachable when marking
 *		began (MARKER-2); and it waits for a marker that is scanning the
 *		part.
 *
 * A part that is added while marking is not a job of this marking; the caller
 * of gc_add_root scans it.  Nothing is lost if marking ends before the new part
 * is scanned whole, because marking follows a snapshot: an object that the
 * program could reach from elsewhere when marking began is marked by way of
 * that place.
 */
#include "gc/root.h"

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/meta.h"
#include "gc/misuse.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/special.h"
#include "kernel/backoff.h"
#include "kernel/hart.h"
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "kernel/syncpoint.h"
#include "kernel/vm.h"
#include "lib/check.h"
#include "lib/str.h"

enum { BUCKETS = 64 };

/* The words of a part, a multiple of 8.  To scan a word takes up to 60
 * instructions, so a part is as much as runtime text may do before it gives way
 * (PREEMPT-4). */
enum { PART_WORDS = 1024 };

/*
 * A part of a root block.  The first part stands for the block.
 *
 * Field key:	[I] once listed		[L] by roots.lock
 *	[a] set under roots.lock by the scanning hart, cleared without it
 */
struct root_block {
	struct root_block *next, *prev;	/* [L] by age, newest first; ROOT-1 */
	struct root_block *same;	/* [L] of a first part: the next in its
					 * bucket; of a gone part: the next gone
					 * part */
	struct root_block *rest;	/* [I] the next part of the block */
	const void        *base;	/* [I] */
	size_t             nwords;	/* [I] of this part */
	const uint8_t     *ptrmask;	/* [I] or NULL: all words are
					 * pointers */
	bool               gone;	/* [L] */
	ATOMIC(uint32_t)   scanning;	/* [a] a hart is scanning it, and will
					 * end */
};

/*
 * Field key:	[L] by lock	[S] stored with the world stopped
 *		[C] CAS
 */
static struct {
	struct spinlock    lock;
	struct root_block *blocks;	/* [L] newest first */
	size_t             n;		/* [L] number of parts on blocks */
	struct root_block *bucket[BUCKETS];	/* [L] first parts, by base */
	struct root_block *gone;	/* [L] gone parts that are still
					 * listed */
	size_t             njobs;	/* [S] n when marking began */
	size_t             nspecial;	/* [S] jobs of special.c */
	ATOMIC(struct root_block *) to_scan;	/* [C] ROOT-1 */
} roots = { .lock = SPINLOCK_INIT("gc roots", RANK_GC_HEAP) };

static size_t
record_bytes(void)
{
	return meta_size(sizeof(struct root_block));
}

/* Returns the place of the pointer to the block at base, or of the NULL at the
 * end of its bucket. */
static struct root_block **
find_locked(const void *base)
{
	struct root_block **at =
	    &roots.bucket[((uintptr_t)base >> 3) % BUCKETS];

	while (*at != NULL && (*at)->base != base)
		at = &(*at)->same;
	return at;
}

static void
unlink_locked(struct root_block *b)
{
	if (b->prev != NULL)
		b->prev->next = b->next;
	else
		roots.blocks = b->next;
	if (b->next != NULL)
		b->next->prev = b->prev;
	roots.n--;
}

/* Take the gone parts off the list, unless something is being marked.  Returns
 * them, linked by same. */
static struct root_block *
purge_locked(void)
{
	struct root_block *gone = roots.gone;

	if (heap_marking())
		return NULL;
	roots.gone = NULL;
	for (struct root_block *b = gone; b != NULL; b = b->same)
		unlink_locked(b);
	return gone;
}

static void
free_blocks(struct root_block *b)
{
	while (b != NULL) {
		struct root_block *next = b->same;

		meta_free(b, record_bytes());
		b = next;
	}
}

/* How many pages are touched before the caller gives way. */
enum { TOUCH_PAGES = 1024 };

/* Read a word of each page of the block.  If there is no memory the fault is
 * here, in the call of the program, and not in a later marking. */
static NOINLINE FOR_PROGRAMS void
touch_block(const uint64_t *base, size_t nwords)
{
	size_t npages = 0;

	if (nwords > 0)
		(void)slot_load((uintptr_t)&base[nwords - 1]);
	for (size_t i = 0; i < nwords; i += PAGE_SIZE / 8) {
		(void)slot_load((uintptr_t)&base[i]);
		if (++npages % TOUCH_PAGES == 0)
			gc_give_way();
	}
}

NORETURN COLD static void
out_of_memory(void)
{
	if (gc_host.fatal != NULL)
		gc_host.fatal("out of memory: no record for a root");
	panic("out of memory: no record for a root");
}

static void
free_parts(struct root_block *first)
{
	while (first != NULL) {
		struct root_block *rest = first->rest;

		meta_free(first, record_bytes());
		first = rest;
	}
}

/* Make the parts of a new block, linked by rest, and in the same order by next
 * and prev.  Returns the first part; the last one goes to *last, and their
 * number to *n. */
static struct root_block *
make_parts(const char *base, size_t nwords, const uint8_t *ptrmask,
    struct root_block **last, size_t *n)
{
	struct root_block *first = NULL;
	size_t at = 0;

	*last = NULL;
	*n = 0;
	do {
		struct root_block *b = meta_alloc(record_bytes());

		if (b == NULL)
			out_of_memory();
		*b = (struct root_block){
			.prev = *last, .base = base + 8 * at,
			.nwords = MIN(nwords - at, (size_t)PART_WORDS),
			.ptrmask = ptrmask != NULL ? ptrmask + at / 8 : NULL,
		};
		if (first == NULL)
			first = b;
		else
			(*last)->rest = (*last)->next = b;
		*last = b;
		at += b->nwords;
		if (++*n % PART_WORDS == 0)
			gc_give_way();
	} while (at < nwords);
	return first;
}

/* If the collector is marking, scan a block that has been added, part by
 * part. */
static void
scan_new(const char *base, size_t nwords, const uint8_t *ptrmask)
{
	for (size_t at = 0; at < nwords && heap_marking(); at += PART_WORDS) {
		gc_scan_block(&this_hart()->gc->work, base + 8 * at,
		    MIN(nwords - at, (size_t)PART_WORDS),
		    ptrmask != NULL ? ptrmask + at / 8 : NULL);
		if (nwords - at > PART_WORDS)
			gc_give_way();
	}
}

void
gc_add_root_block(void *base, size_t nwords, const uint8_t *ptrmask)
{
	struct root_block *first, *last, **at, *gone;
	size_t n;

	if (base == NULL)
		GC_MISUSE("gc_add_root: base is nil");
	if ((uintptr_t)base % 8 != 0)
		GC_MISUSE("gc_add_root: %p is not aligned to a word", base);
	if (span_of((uintptr_t)base) != NULL ||
	    (uintptr_t)base >= VM_KSTACK_LO)
		GC_MISUSE("gc_add_root: %p is in the heap or on a stack",
		    base);
	touch_block(base, nwords);
	first = make_parts(base, nwords, ptrmask, &last, &n);
	spin_lock(&roots.lock);
	gone = purge_locked();
	at = find_locked(base);
	if (*at != NULL) {
		spin_unlock(&roots.lock);
		free_blocks(gone);
		free_parts(first);
		GC_MISUSE("gc_add_root: %p is a root already", base);
	}
	*at = first;
	last->next = roots.blocks;
	if (last->next != NULL)
		last->next->prev = last;
	roots.blocks = first;
	roots.n += n;
	spin_unlock(&roots.lock);
	free_blocks(gone);
	scan_new(base, nwords, ptrmask);
}

void
gc_add_root(void *base, size_t nwords)
{
	gc_add_root_block(base, nwords, NULL);
}

/* Make b, a listed part, no root any more, and forget it: ROOT-2. */
static void
remove_part(struct root_block *b)
{
	struct backoff wait = { 0 };
	bool marking = heap_marking();

	spin_lock(&roots.lock);
	b->gone = true;
	b->same = NULL;
	if (marking) {
		b->same = roots.gone;
		roots.gone = b;
	} else {
		unlink_locked(b);
	}
	spin_unlock(&roots.lock);
	if (!marking) {
		meta_free(b, record_bytes());
		return;
	}
	/* Nothing frees b meanwhile: only a change of the list after this
	 * marking does, and this function is runtime text, so marking does not
	 * end within it. */
	if (!FAULT(gc_root_removed_unscanned))
		gc_scan_block(&this_hart()->gc->work, b->base, b->nwords,
		    b->ptrmask);
	/* acquire: pairs with store_release in scan_part. */
	while (load_acquire(&b->scanning) != 0)
		backoff(&wait);
}

void
gc_remove_root(void *base)
{
	struct root_block *b, **at, *gone, *rest;

	spin_lock(&roots.lock);
	gone = purge_locked();
	at = find_locked(base);
	b = *at;
	if (b != NULL)
		*at = b->same;
	spin_unlock(&roots.lock);
	free_blocks(gone);
	if (b == NULL)
		GC_MISUSE("gc_remove_root: %p is no root", base);
	for (; b != NULL; b = rest) {
		rest = b->rest;
		remove_part(b);
		if (rest != NULL)
			gc_give_way();
	}
}

size_t
root_jobs(void)
{
	/* relaxed: world stopped. */
	store_relaxed(&roots.to_scan, roots.blocks);
	roots.njobs = roots.n;
	roots.nspecial = special_jobs_stw();
	return roots.njobs + roots.nspecial + gc_host.root_jobs();
}

/* Take the next part off the list and scan it, unless it is gone. */
static void
scan_part(struct gc_work *w)
{
	/* relaxed: the parts on the list are older than this marking,
	 * ROOT-1. */
	struct root_block *b = load_relaxed(&roots.to_scan);
	bool gone;

	while (b != NULL && !cas_relaxed(&roots.to_scan, &b, b->next))
		;
	if (b == NULL)
		return;
	spin_lock(&roots.lock);
	gone = b->gone;
	/* relaxed: under the lock; remove_part, which sets gone under it, sees
	 * this store. */
	store_relaxed(&b->scanning, !gone);
	spin_unlock(&roots.lock);
	if (gone)
		return;
	gc_scan_block(w, b->base, b->nwords, b->ptrmask);
	/* release: pairs with load_acquire in remove_part. */
	store_release(&b->scanning, 0);
}

void
root_scan(size_t job, struct gc_work *w)
{
	if (job < roots.njobs)
		scan_part(w);
	else if (job - roots.njobs < roots.nspecial)
		special_scan_job(w);
	else
		gc_host.scan_root(job - roots.njobs - roots.nspecial, w);
}

/* Returns whether word i of b is a pointer. */
static bool
has_word(const struct root_block *b, size_t i)
{
	return b->ptrmask == NULL || (b->ptrmask[i / 8] >> (i % 8) & 1) != 0;
}

void
root_each_word(void (*fn)(uintptr_t at))
{
	for (struct root_block *b = roots.blocks; b != NULL; b = b->next)
		for (size_t i = 0; !b->gone && i < b->nwords; i++)
			if (has_word(b, i))
				fn((uintptr_t)b->base + i * 8);
}

bool
root_has(uintptr_t at)
{
	for (struct root_block *b = roots.blocks; b != NULL; b = b->next) {
		uintptr_t off = at - (uintptr_t)b->base;

		if (!b->gone && off < b->nwords * 8 && has_word(b, off / 8))
			return true;
	}
	return false;
}
