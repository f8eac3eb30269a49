/*
 * central.c - lists of spans by bin; see the header.
 */
#include "gc/central.h"

#include "gc/heap.h"
#include "lib/check.h"

struct central centrals[BIN_COUNT];

void
central_init(void)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		spin_init(&centrals[bin].lock, "gc central", RANK_GC_CENTRAL);
}

/* Return the index of the swept lists. */
static unsigned
swept(void)
{
	/* relaxed: changes only with the world stopped. */
	return load_relaxed(&heap.sweepgen) & 1;
}

void
central_count(uint64_t *mallocs, uint64_t *frees)
{
	*mallocs = *frees = 0;
	/* relaxed: the sums go on changing while we add. */
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		*mallocs += load_relaxed(&centrals[bin].mallocs);
		*frees += load_relaxed(&centrals[bin].frees);
	}
}

void
central_put(struct span *s)
{
	struct central *c = &centrals[s->bin];
	struct span_list *list = s->nalloc == s->nslots ?
	    &c->full[swept()] : &c->partial[swept()];

	ASSERT(s->sweepgen == load_relaxed(&heap.sweepgen));	/* SPAN-6 */
	spin_lock(&c->lock);
	/* relaxed: under the lock.  pop may peek without the lock, but looks
	 * into the span only with it. */
	s->next = load_relaxed(&list->head);
	store_relaxed(&list->head, s);
	spin_unlock(&c->lock);
}

/* Take the first span off list, one of the lists of c.  Returns NULL if the
 * list is empty. */
static struct span *
pop(struct central *c, struct span_list *list)
{
	struct span *s;

	/* acquire: pairs with the store_release below.  This peek spares most
	 * calls the lock.  A hart that sees the list empty also sees that the
	 * sweeper that emptied it is active (SWEEP-3). */
	if (load_acquire(&list->head) == NULL)
		return NULL;
	spin_lock(&c->lock);
	/* relaxed: we have the lock. */
	s = load_relaxed(&list->head);
	if (s != NULL)
		/* release: pairs with the load_acquire above. */
		store_release(&list->head, s->next);
	spin_unlock(&c->lock);
	return s;
}

struct span *
central_get_swept(size_t bin)
{
	return pop(&centrals[bin], &centrals[bin].partial[swept()]);
}

struct span *
central_get_unswept(size_t bin)
{
	struct central *c = &centrals[bin];
	struct span *s = pop(c, &c->partial[!swept()]);

	return s != NULL ? s : pop(c, &c->full[!swept()]);
}
