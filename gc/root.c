/*
 * root.c - root blocks.
 *
 * A root block is a range of globals with a map of its pointers.  Blocks are
 * only ever added, each is one job of the markers.  System stacks are never
 * among the roots (DESIGN 5): what only they hold may be freed.
 */
#include "gc/root.h"

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/special.h"
#include "kernel/hart.h"
#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/check.h"

/* All fields [I] once listed. */
struct root_block {
	struct root_block *next;
	const void        *base;
	size_t             nwords;
	const uint8_t     *ptrmask;	/* or NULL: all of them */
};

/*
 * Field key:	[L] by lock; read without, with the world stopped
 *		[S] stored with the world stopped
 */
static struct {
	struct spinlock    lock;
	struct root_block *blocks;	/* [L] newest first */
	size_t             n;		/* [L] */
	struct root_block *jobs;	/* [S] blocks when marking began */
	size_t             njobs;	/* [S] and how many */
	size_t             nspecial;	/* [S] jobs of special.c */
} roots = { .lock = SPINLOCK_INIT("gc roots", RANK_GC_HEAP) };

void
gc_add_root_block(void *base, size_t nwords, const uint8_t *ptrmask)
{
	struct root_block *b;

	if (base == NULL || (uintptr_t)base % 8 != 0)
		panic("gc: root at %p is not aligned to a word", base);
	b = perm_alloc(sizeof(*b), _Alignof(struct root_block), "a gc root");
	b->base = base;
	b->nwords = nwords;
	b->ptrmask = ptrmask;
	spin_lock(&roots.lock);
	b->next = roots.blocks;
	roots.blocks = b;
	roots.n++;
	spin_unlock(&roots.lock);
	/* No job of a marking that goes on. */
	if (heap_marking())
		gc_scan_block(&this_hart()->gc->work, base, nwords, ptrmask);
}

void
gc_add_root(void *base, size_t nwords)
{
	gc_add_root_block(base, nwords, NULL);
}

size_t
root_jobs(void)
{
	roots.jobs = roots.blocks;
	roots.njobs = roots.n;
	roots.nspecial = special_jobs_stw();
	return roots.njobs + roots.nspecial + gc_host.root_jobs();
}

void
root_scan(size_t job, struct gc_work *w)
{
	struct root_block *b = roots.jobs;

	if (job >= roots.njobs + roots.nspecial) {
		gc_host.scan_root(job - roots.njobs - roots.nspecial, w);
		return;
	}
	if (job >= roots.njobs) {
		special_scan_job(w);
		return;
	}
	while (job-- > 0)
		b = b->next;
	gc_scan_block(w, b->base, b->nwords, b->ptrmask);
}
