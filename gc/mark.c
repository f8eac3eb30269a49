/*
 * mark.c - marking: from values to objects (mark_value.h), and from objects to
 * the values they hold.
 *
 * Concepts.  An object is white (not reached), grey (reached, and in some
 * gc_work or shared buffer) or black (reached and scanned).  Marking an object
 * means clearing its white bit by fetch-and-and; the hart that cleared the bit
 * makes the object grey.  Objects without pointers go from white to black.
 *
 * Objects that were made one after the other share a word of bits, and are
 * mostly reached one after the other.  So mark_drain clears at once only the
 * bit of the first object that it meets in a word.  The following objects of
 * the word it *claims*, in a register, and clears their bits together when it
 * leaves the word, or pauses (struct claims).  Until then another marker finds
 * these objects white and may mark them too.  Such an object is scanned twice,
 * which is only work.  It is counted once, because a hart that clears bits
 * learns which were clear already.  At a safe point nothing is claimed.
 *
 * A value is a pointer to an object if it lies in an allocated slot of a span,
 * anywhere in it.  One test serves precise and conservative words: free slots,
 * tails of spans and addresses outside all spans are ignored.  Only allocated
 * slots are ever white (SPAN-3), so one bit answers everything.  A word of a
 * stack or of a saved register is tested twice, because it may point one past
 * the end of its object (mark_ambiguous).
 *
 * Large objects are scanned in pieces of 4 KiB (oblets), each a grey item of
 * its own.  So one array keeps all harts busy, and no item keeps a hart from
 * its timers.  An item inside a large object stands for the piece that begins
 * there.
 *
 * The same code marks beside the mutators (marker.c) and with the world stopped
 * (mark_stw.c).  Beside mutators, slots are read by relaxed atomic loads, the
 * barrier shades what is overwritten (barrier.c), and what is allocated is born
 * black, so marking need not find anything that appears meanwhile.  A stale
 * word may lead into a span that is being made, or into a slot that is freed
 * and allocated anew.  In the first case the marker finds no object there
 * (span_new).  In the second it scans, at worst, a slot by the map of another
 * object; every word is checked like a conservative one, so the only cost is
 * some garbage that survives one collection.
 *
 * Ordering: a buffer passes from hart to hart through work.lock.  What an
 * object held when marking began was written before the stop of the world that
 * began it.
 *
 * Rejected: marking span by span (Go issue 73581), where grey is a bit beside
 * the object, and spans are queued, oldest first, and scanned whole.  A
 * prototype on one hart took, in instructions a node:
 *
 *			span by	this code,	grey objects to
 *			span	no claims	a word of bits
 *	CollectSmall	93.6	79.1		27
 *	BinaryTrees16	93	52.6		9
 *	Mark64B		265	78.7		1.5
 *
 * Span by span saves a push and a pop, but setting, finding and clearing the
 * bit, and passing over bits that are not set, costs more than they do; and
 * here the object that an object's last pointer leads to is not even pushed.
 * Span by span saves cache misses, which an emulator does not have: on hardware
 * this is to be measured again.
 *
 * Rejected: clearing the white bit by a plain load and store when there is one
 * worker.  It saves two instructions an object, and needs a second copy of the
 * loop.
 *
 * Rejected: clearing all bits one by one, without claims.  It saves 6
 * instructions where no two neighbours follow each other (Mark64B 78.8 a node,
 * CollectSmall 79), but on two harts BinaryTrees16 spent 505 ms on marking,
 * against 409 ms with claims (means of six runs): an emulator with several
 * harts does an atomic operation by a call.
 */
#include "gc/mark.h"

#include "gc/heap.h"
#include "gc/mark_value.h"
#include "gc/ptrmap.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "lib/check.h"

enum {
	OBLET = 4 * 1024,		/* bytes */
	OBLETS = 64 * OBLET,		/* what one oblet makes grey at most */
};

void
mark_words(struct gc_work *w, uintptr_t lo, uintptr_t hi)
{
	struct span_table table = span_table;
	struct greys g = w->greys;
	uint64_t     marked = 0;

	for (; lo < hi; lo += 8)
		mark_value(w, &table, &g, &marked, slot_load(lo));
	w->greys = g;
	w->marked_bytes += marked;
}

void
mark_map(struct gc_work *w, uintptr_t base, uint64_t map, uintptr_t lo,
    uintptr_t hi)
{
	struct span_table table = span_table;
	struct greys g = w->greys;
	uint64_t     marked = 0;

	for (; map != 0; map >>= 1, base += 8)
		if ((map & 1) && base >= lo && base < hi)
			mark_value(w, &table, &g, &marked, slot_load(base));
	w->greys = g;
	w->marked_bytes += marked;
}

void
mark_typed(struct gc_work *w, struct span *s, uintptr_t base, size_t from,
    size_t to)
{
	/* slot_load, not a plain load: the word that led here may be stale (see
	 * above). */
	const struct gc_type *type = (const struct gc_type *)
	    slot_load((uintptr_t)&s->types[span_index(s, base)]);
	size_t   nelems;
	uint64_t map;

	if (type == NULL)
		return;			/* an unused slot of a run */
	nelems = s->size / type->size;
	map = ptrmap_of_type(type, 0);
	if (type->size == 8) {
		mark_words(w, base + from, base + to);
		return;
	}
	for (size_t e = from / type->size; e < nelems; e++) {
		uintptr_t elem = base + e * type->size;

		if (elem >= base + to)
			break;
		mark_map(w, elem, map, base + from, base + to);
		for (size_t i = 1; i * 512 < type->ptrdata; i++)
			mark_map(w, elem + i * 512, ptrmap_of_type(type, i),
			    base + from, base + to);
	}
}

/*
 * Scan a grey item for which there is no map: an object or oblet of s, a span
 * with types.
 */
static NOINLINE void
scan_item(struct gc_work *w, struct span *s, uintptr_t item)
{
	uintptr_t base = s->base + span_index(s, item) * s->size;
	size_t    from = item - base;

	if (s->types == NULL)
		return;			/* the map of this object is 0 */
	if (from == 0)
		for (size_t off = OBLETS; off < s->size; off += OBLETS)
			work_put(w, base + off);
	if (from % OBLETS == 0)
		for (size_t off = OBLET; off < OBLETS && from + off < s->size;
		    off += OBLET)
			work_put(w, item + off);
	mark_typed(w, s, base, from, MIN(from + OBLET, s->size));
}

/* Leave some grey objects to other harts, if other harts want some and would
 * find none. */
static void
offer(struct gc_work *w, const struct mark_limit *limit)
{
	/* relaxed: a hint. */
	bool wanted = limit != NULL ? limit->share :
	    load_relaxed(&mark_workers.idle) > 0;

	if (!wanted || work_shared())
		return;
	work_share(w);
	if (limit != NULL && work_shared())
		gc_host.wake_markers();
}

/* Share grey objects.  Returns true if limit is reached or the hart is wanted.
 * Called every so often while draining. */
static NOINLINE bool
pause_here(struct gc_work *w, uint64_t marked, const struct mark_limit *limit)
{
	offer(w, limit);
	if (limit == NULL)
		return false;
	return w->marked_bytes + marked >= limit->marked_bytes ||
	    gc_host.wanted() || gc_host.now() >= limit->until;
}

/*
 * Scan the object at *obj, whose words with a bit in map hold pointers.  If the
 * last of these words leads to a new object, this object is not made grey; then
 * the function returns true, with the object in *obj and its span in *span.  So
 * a list needs no stack, and half of the nodes of a tree take no more than a
 * jump.
 */
INLINE bool
scan_by_map(struct gc_work *w, const struct span_table *table, struct greys *g,
    struct claims *claims, uint64_t *marked, uint64_t map, uintptr_t *obj,
    struct span **span)
{
	uintptr_t at = *obj;

	for (;;) {
		bool      holds = map & 1;
		uintptr_t child;

		map >>= 1;
		if (holds && claim_new(table, claims, marked, slot_load(at),
		    &child, span)) {
			if (map == 0) {
				*obj = child;
				return true;
			}
			make_grey(w, g, child);
		} else if (map == 0) {
			return false;
		}
		at += 8;
	}
}

/*
 * Scan as scan_by_map does an object that holds two pointers and nothing behind
 * them, so that its map is PAIR.  This is a node of a list or of a tree, the
 * most frequent kind of object in many heaps.  Without the loop, and with
 * span_at_white, scanning takes 8 instructions less a node: Mark64B took 84.5
 * before and 76.6 after; CollectSmall 84.7 and 76.8; BinaryTrees16 55.5 and
 * 47.6.
 */
enum { PAIR = 3 };

INLINE bool
scan_pair(struct gc_work *w, const struct span_table *table, struct greys *g,
    struct claims *claims, uint64_t *marked, uintptr_t *obj,
    struct span **span)
{
	uintptr_t at = *obj, child;

	if (claim_new(table, claims, marked, slot_load(at), &child, span))
		make_grey(w, g, child);
	return claim_new(table, claims, marked, slot_load(at + 8), obj, span);
}

/*
 * mark_drain pauses after it has popped PAUSE_POPS objects more than it has
 * made grey, or has marked PAUSE_MARKED bytes.  Both tests cost nearly nothing:
 * for the first, mark_drain raises the floor of its window.
 */
enum { PAUSE_POPS = 128, PAUSE_MARKED = 8 * 1024 };

/*
 * Take a buffer for w, which is empty.  Returns false if there is none.  The
 * grey objects of a tree are few and fit in one buffer; so a marker that takes
 * the last buffer leaves half of it to others, which would otherwise find
 * nothing to mark until this marker pauses.
 */
static NOINLINE bool
refill(struct gc_work *w, const struct mark_limit *limit)
{
	if (!work_refill(w))
		return false;
	w->drained = true;
	offer(w, limit);
	return true;
}

/* Open a window g on w that has an object in it.  Returns false if no object is
 * left. */
INLINE bool
fill_window(struct gc_work *w, struct greys *g, const struct mark_limit *limit)
{
	if (w->greys.top == w->greys.lo && !refill(w, limit))
		return false;
	*g = w->greys;
	g->lo = g->top - MIN(g->top - g->lo, (ptrdiff_t)PAUSE_POPS);
	return true;
}

bool
mark_drain(struct gc_work *w, const struct mark_limit *limit)
{
	struct span_table table = span_table;
	struct claims claims = { 0 };
	struct greys g;
	uint64_t     marked = 0, pause_at = PAUSE_MARKED;
	bool         more = fill_window(w, &g, limit);

	while (more) {
		struct span *s;
		uintptr_t    obj;
		uint64_t     map, large;

		if (UNLIKELY(g.top == g.lo || marked >= pause_at)) {
			claims_publish(&claims, &marked);
			work_return(w, &g);
			w->drained = true;
			if (pause_here(w, marked, limit))
				break;
			more = fill_window(w, &g, limit);
			pause_at = marked + PAUSE_MARKED;
			continue;
		}
		obj = *--g.top;
		/* dependent: obj is an object, so it has a span. */
		s = load_dependent(&span_slot_of(&table, obj)->span);
		for (;;) {
			/* relaxed: see ptrmap_get. */
			map = load_relaxed(&s->same);
			if (UNLIKELY(map == 0) && s->types == NULL)
				map = ptrmap_get_own(s, obj);
			if (UNLIKELY(map == 0)) {
				work_return(w, &g);
				scan_item(w, s, obj);
				g = w->greys;
				large = MIN(s->size, (uint64_t)OBLET) * 2;
				pause_at -= MIN(pause_at, large);
				break;
			}
			if (map == PAIR ? !scan_pair(w, &table, &g, &claims,
			    &marked, &obj, &s) : !scan_by_map(w, &table, &g,
			    &claims, &marked, map, &obj, &s))
				break;
			if (UNLIKELY(marked >= pause_at)) {
				make_grey(w, &g, obj);
				break;
			}
		}
	}
	w->marked_bytes += marked;
	return !more;
}

bool
mark_harvest(struct gc_work *w, struct mark_result *result)
{
	bool any = w->drained || w->marked_bytes != 0 || work_has(w);

	result->live_bytes += w->marked_bytes;
	result->stack_bytes += w->stack_bytes;
	result->root_bytes += w->root_bytes;
	w->marked_bytes = w->stack_bytes = w->root_bytes = 0;
	w->drained = false;
	return any;
}
