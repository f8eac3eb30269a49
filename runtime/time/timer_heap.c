/*
 * timer_heap.c - an intrusive pairing heap (Fredman, Sedgewick, Sleator and
 * Tarjan 1986) with a link back, so that any timer can be taken out.
 *
 *	THEAP-1	No timer is due before its parent; among those of one instant
 *		the parent was set first.
 *	THEAP-2	t->prev is the sibling before t, or the parent of a first child,
 *		or NULL at the root; the root has no siblings.
 *	THEAP-3	A timer in no heap has no links.
 *
 * Costs.  Insertion: one comparison, a few stores, wherever the timer belongs;
 * most timers never reach the top, and are put in and taken out for about the
 * price of a doubly linked list.  Taking out: amortised O(log n), and a timer
 * without children, which is most of them, O(1).  No memory but the record's
 * own, so setting a timer cannot fail.
 *
 * Rejected: an array of pointers, binary or 4-ary, as Go has.  It keeps its
 * timers close together and so walks fewer cache lines on the way down, and
 * needs one word a timer, not three.  But the array must grow, under the lock
 * and from the collected heap; a timer that is to be taken out must know its
 * index, which every move must then store; or it is left as a corpse, and who
 * stops timers faster than they come due piles corpses up, to be counted and
 * cleaned out in sweeps whose bookkeeping has been wrong more than once (Go
 * issue 51654).  Here a stopped timer is gone when stop returns.
 *
 * TIMERS-GC.  The collector must find every timer that is set, whether it lies
 * in the collected heap (timer.h) or on the stack of a sleeper.  It starts at
 * each P's root (timers_scan_roots).  Every timer of the heap is reached from
 * there by child and next alone, so prev is not in any pointer map.  A link to
 * or from a timer on a stack is covered because the sleeper is parked: its live
 * stack, timer included, is scanned conservatively, and what such a timer's
 * child and next lead to is marked; that the record belongs to one goroutine
 * and is written by others is why every store of child, next and root goes
 * through the write barrier, be the slot in the heap or on a stack: it shades
 * the old value and the new.  So whatever was reachable when marking began is
 * marked, by Yuasa's argument, also if the marker sees a heap halfway through a
 * change.  Between two such stores there is no safe point: the M holds a P and
 * a lock, so the phase does not change within an operation, and a timer just
 * taken out lives until the callback that got it has returned.
 */
#include "runtime/time/timer_heap.h"

#include <stddef.h>

#include "include/antler.h"
#include "lib/check.h"

/* Does a come before b?  THEAP-1. */
static inline bool
before(const struct rtimer *a, const struct rtimer *b)
{
	return a->when < b->when ||
	    (a->when == b->when && (int64_t)(a->order - b->order) < 0);
}

/* The two heaps a and b as one.  The next of the winner stays what it was. */
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
 * The siblings from list on as one heap: in pairs from the left, then all from
 * the right.  The next of the result is not cleared.
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

/* t's children, without t: a heap, or NULL. */
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
		/* Back along the siblings, to the parent. */
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
