/*
 * special_sweep.c - what sweeping does with the specials of dead objects.
 *
 * A span is settled (SPECIAL-4) list by list.  The leaders of each list are
 * looked at, and if a leader's object is dead, its group is taken apart from
 * the front, one record at a time:
 *
 *	weak       the handle becomes NULL and the record free;
 *	finalizer  is put on the queue, and the object becomes black: so the
 *		   rest of the group, its cleanups, belongs to a live object;
 *	cleanup    is put on the queue.
 *
 * The weak group of an object comes before its other group on the list, so all
 * its handles are NULL when its finalizer is put on the queue (SPECIAL-2).
 *
 * One object may have a million records.  So this work is done in *turns*.  A
 * step is a leader passed or a record dealt with.  After SPECIAL_TURN steps the
 * lock is released and the span is left as it is, not settled; its owner gives
 * it back to the sweeper, which gives way before the next turn (sweep.c).
 * Every turn gets further: a list has at most 128 leaders, which is less than a
 * turn, and the lists before specials_at have nothing left to do, because
 * nothing is attached to a dead object.  So a turn takes at most SPECIAL_TURN
 * steps, and all turns together take time proportional to the records of dead
 * objects and the leaders of live ones.
 *
 * Between two turns the span is like any other that awaits sweeping: its
 * objects that are still white are dead, and weak_value says so.
 */
#include "gc/special_internal.h"
#include "gc/weak_table.h"
#include "lib/check.h"

_Static_assert((int)SPECIAL_TURN > 2 * 64, "a turn gets beyond the leaders");

/* Deal with the leader at *link, whose object is dead.  Returns true if this
 * has revived the object. */
static bool
sweep_leader_locked(struct special **link)
{
	struct special *sp = *link;

	special_unlead_locked(link);
	switch (special_kind(sp)) {
	case SPECIAL_WEAK:					/* SPECIAL-2 */
		/* relaxed: see weak_value. */
		store_relaxed(&((struct weak_handle *)sp->arg)->ptr, 0);
		weak_table_remove(sp);
		special_free_locked(sp);
		return false;
	case SPECIAL_FINALIZER:
		special_queue_locked(sp, SPECIAL_DUE_FINALIZER);
		return true;
	default:
		ASSERT(special_kind(sp) == SPECIAL_CLEANUP);
		special_queue_locked(sp, SPECIAL_DUE_CLEANUP);
		return false;
	}
}

/*
 * Deal with the dead objects among 64 slots of s.  The leaders of these slots
 * are linked from at on, and their white bits are in white.  Each step
 * subtracts 1 from *steps.  Returns false if no steps are left and there is
 * more to do.
 */
static bool
sweep_list_locked(const struct span *s, struct special **at,
    struct span_word *white, int *steps)
{
	/* relaxed: we own s, and marking is over. */
	uint64_t dead = load_relaxed(&white->bits);

	while (dead != 0 && *at != NULL) {
		uint64_t bit = 1ULL << (span_index(s, (*at)->ptr) % 64);

		if (*steps == 0)
			return false;
		--*steps;
		if ((dead & bit) == 0) {
			at = &(*at)->lower;
		} else if (sweep_leader_locked(at)) {		/* SPECIAL-1 */
			dead &= ~bit;
			store_relaxed(&white->bits, dead);
		}
	}
	return true;
}

/* Settle s, in which no dead object has specials any more. */
static void
settle_locked(struct span *s, struct special **lists)
{
	bool any = false;

	s->specials_at = 0;
	for (uint32_t w = 0; w <= s->nslots / 64; w++)
		any |= lists[w] != NULL;
	if (!any) {
		/* relaxed: locked. */
		store_relaxed(&s->specials, NULL);
		meta_free(lists, special_lists_bytes(s));
	}
	/* release: pairs with load_acquire in weak_value; SPECIAL-4.  relaxed:
	 * sweepgen changes only with the world stopped. */
	store_release(&s->specials_gen, load_relaxed(&heap.sweepgen));
}

bool
special_sweep(struct span *s)
{
	int  steps = SPECIAL_TURN;
	bool settled = true;
	struct special **lists;

	spin_lock(&special_lock);
	/* relaxed: locked.  s may be settled already; then its specials were
	 * attached after marking, to objects that are alive. */
	lists = load_relaxed(&s->specials);
	if (load_relaxed(&s->specials_gen) != load_relaxed(&heap.sweepgen)) {
		uint32_t w = s->specials_at;

		while (settled && w <= s->nslots / 64) {
			settled = sweep_list_locked(s, &lists[w], &s->white[w],
			    &steps);
			w += settled;
		}
		s->specials_at = w;
		if (settled)
			settle_locked(s, lists);
	}
	spin_unlock(&special_lock);
	return settled;
}
