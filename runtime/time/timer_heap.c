/*
 * timer_heap.c - an intrusive pairing heap (Fredman, Sedgewick, Sleator and
 * Tarjan 1986) with a link back, so that any timer can be taken out.
 *
 *	THEAP-1	No timer is due before its parent.  If a timer and its parent
 *		are due at one instant, the parent was set first.
 *	THEAP-2	t->prev is the sibling before t, or the parent if t is its first
 *		child, or NULL if t is the root.  The root has no siblings.
 *	THEAP-3	A timer in no heap has no links.
 *
 * Costs.  An insertion takes one comparison and a few stores, wherever the
 * timer belongs.  Removing a timer takes O(log n) amortised, and O(1) if the
 * timer has no children, as most timers have none.  Most timers never reach the
 * top, and are inserted and removed at about the price of a doubly linked list.
 * The heap uses no memory but the timers' own, so setting a timer cannot fail.
 *
 * Rejected: an array of pointers, binary or 4-ary, as Go has.  An array keeps
 * its timers close together, so a walk down touches fewer cache lines, and it
 * needs one word for each timer, not three.  But an array must grow, under the
 * lock and from the collected heap.  A timer that can be removed must know its
 * index, which every move must then store; or a removed timer is left in the
 * array as a corpse.  A program that stops timers faster than they come due
 * then piles up corpses, which must be counted and cleaned out in sweeps; their
 * bookkeeping has been wrong more than once (Go issue 51654).  Here a stopped
 * timer is gone when stop returns.
 *
 * TIMERS-GC.  The collector must find every timer that is set, whether the
 * timer lies in the collected heap (timer.h) or on the stack of a sleeper.  It
 * starts at each P's root (timers_scan_roots).  Every timer of a timer heap is
 * reached from its root by child and next alone, so prev is in no pointer map.
 *
 * Timers on stacks: the sleeper is parked, so its live stack, timer included,
 * is scanned conservatively, and what the timer's child and next lead to is
 * marked.  But such a timer belongs to one goroutine and is written by others.
 * So every store of child, next and root goes through the write barrier,
 * whether the slot is in the heap or on a stack, and the barrier shades the old
 * value and the new one.  Thus whatever was reachable when marking began is
 * marked, by Yuasa's argument, even if the marker sees a timer heap in the
 * middle of a change.  Between two such stores there is no safe point, because
 * the M holds a P and a lock; so the phase does not change within an operation.
 * A timer that has just been taken out lives until the callback that was given
 * the timer has returned.
 */
#include "runtime/time/timer_heap.h"

#include <stddef.h>

#include "include/antler.h"
#include "lib/check.h"

/* Returns whether a comes before b (THEAP-1). */
static inline bool
before(const struct rtimer *a, const struct rtimer *b)
{
	return a->when < b->when ||
	    (a->when == b->when && (int64_t)(a->order - b->order) < 0);
}

/* Make one heap of the heaps a and b.  Returns its root, whose next is not
 * changed. */
static inline struct rtimer *
meld(struct rtimer *a, struct rtimer *b)
{
	if (before(b, a)) {
		struct rtimer *t = a;

		a = b;
		b = t;
	}
	gc_store(&b->next, a->child);
	if (a->child != NULL)
		a->child->prev = b;
	b->prev = a;
	gc_store(&a->child, b);
	return a;
}

/*
 * Make one heap of list and the siblings behind it: meld them in pairs from the
 * left, then meld the pairs from the right.  Returns its root, whose next is
 * not cleared.
 */
static struct rtimer *
meld_siblings(struct rtimer *list)
{
	struct rtimer *pairs = NULL, *root;

	if (list->next == NULL)
		return list;
	while (list != NULL) {
		struct rtimer *a = list, *b = a->next;

		list = NULL;
		if (b != NULL) {
			list = b->next;
			a = meld(a, b);
		}
		gc_store(&a->next, pairs);
		pairs = a;
	}
	root = pairs;
	pairs = pairs->next;
	while (pairs != NULL) {
		struct rtimer *a = pairs;

		pairs = a->next;
		root = meld(root, a);
	}
	return root;
}

/* Take t's children away from t.  Returns them as one heap; NULL if there are
 * none. */
static struct rtimer *
behead(struct rtimer *t)
{
	struct rtimer *rest;

	if (t->child == NULL)
		return NULL;
	rest = meld_siblings(t->child);
	gc_store(&t->child, NULL);
	gc_store(&rest->next, NULL);
	rest->prev = NULL;
	return rest;
}

void
timer_heap_insert(struct rtimer **root, struct rtimer *t)
{
	ASSERT(t->child == NULL && t->next == NULL && t->prev == NULL);
	timer_heap_meld(root, t);
}

void
timer_heap_meld(struct rtimer **root, struct rtimer *other)
{
	if (*root != NULL)
		other = meld(*root, other);
	if (*root != other)
		gc_store(root, other);
}

void
timer_heap_remove(struct rtimer **root, struct rtimer *t)
{
	struct rtimer *prev = t->prev, *next = t->next, *rest;

	if (prev == NULL) {
		ASSERT(*root == t && next == NULL);	/* THEAP-2 */
		gc_store(root, behead(t));
		return;
	}
	if (prev->child == t)
		gc_store(&prev->child, next);
	else
		gc_store(&prev->next, next);
	if (next != NULL) {
		next->prev = prev;
		gc_store(&t->next, NULL);
	}
	t->prev = NULL;
	rest = behead(t);
	if (rest != NULL)
		timer_heap_meld(root, rest);
}

struct rtimer *
timer_heap_walk(const struct rtimer *t)
{
	if (t->child != NULL)
		return t->child;
	while (t->next == NULL) {
		/* Go back along the siblings to the parent. */
		const struct rtimer *was;

		do {
			was = t;
			t = t->prev;
			if (t == NULL)
				return NULL;
		} while (t->child != was);
	}
	return t->next;
}

void
timer_heap_check(struct rtimer *root)
{
	if (root != NULL)
		CHECK(root->prev == NULL && root->next == NULL);
	for (struct rtimer *t = root; t != NULL; t = timer_heap_walk(t)) {
		for (struct rtimer *c = t->child; c != NULL; c = c->next) {
			CHECK(!before(c, t));			/* THEAP-1 */
			CHECK(c == t->child || c->prev->next == c);
		}
		CHECK(t->child == NULL || t->child->prev == t);
	}
}
