/*
 * allp.c - the slice of all Ps, the masks beside it, and snapshots of it.
 */
#include "runtime/sched/allp.h"

#include "kernel/syncpoint.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "runtime/sched/m.h"
#include "runtime/sched/p.h"

_Static_assert(PROCS_MAX == PMASK_WORDS * 64, "a bit for every P");

struct allp_slice allp;
struct pmask idlepmask;
struct pmask timerpmask;

bool
pmask_read(const struct pmask *mask, uint32_t id)
{
	/* relaxed: a hint; a caller that acts on it looks again under a lock or
	 * after a full fence (find.c). */
	return load_relaxed(&mask->word[id / 64]) >> (id % 64) & 1;
}

void
pmask_set(struct pmask *mask, uint32_t id)
{
	/* relaxed: see pmask_read. */
	or_relaxed(&mask->word[id / 64], 1UL << (id % 64));
}

void
pmask_clear(struct pmask *mask, uint32_t id)
{
	/* relaxed: see pmask_read. */
	and_relaxed(&mask->word[id / 64], ~(1UL << (id % 64)));
}

void
pmask_clear_all(struct pmask *mask, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += 64)
		/* relaxed: see pmask_read. */
		store_relaxed(&mask->word[i / 64], 0);
}

uint32_t
pmask_next(const struct pmask *mask, bool has, uint32_t i, uint32_t n)
{
	while (i < n) {
		/* relaxed: see pmask_read. */
		uint64_t word = load_relaxed(&mask->word[i / 64]);

		word = (has ? word : ~word) >> (i % 64);
		if (word != 0)
			return MIN(i + bits_lowest(word), n);
		i = ROUND_DOWN(i, 64U) + 64;
	}
	return n;
}

/*
 * m holds a P.  Only then the store is one to a root during marking (ALLP-4),
 * and only then allp cannot change while it is copied (ALLP-2).
 */
struct allp_slice
allp_take_snapshot(struct m *m)
{
	ASSERT(m->p != NULL);
	if (FAULT(allp_snapshot_on_stack))
		return allp;	/* Go before 740857f5: kept on the stack only */
	gc_store(&m->allp_snapshot.ptr, allp.ptr);
	m->allp_snapshot.len = allp.len;
	m->allp_snapshot.cap = allp.cap;
	return m->allp_snapshot;
}

void
allp_clear_snapshot(struct m *m)
{
	if (LIKELY(m->allp_snapshot.ptr == NULL))
		return;
	ASSERT(m->p != NULL);
	gc_store(&m->allp_snapshot.ptr, NULL);
	m->allp_snapshot.len = 0;
	m->allp_snapshot.cap = 0;
}
