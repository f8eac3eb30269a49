/*
 * why.c - find out what holds an object.
 *
 * The answer is a path of pointers from a root to the object: the shortest
 * there is, since that is the one a person wants to read.  So this is a
 * breadth-first search, with the world stopped.  Its roots are those of the
 * marker.  The code that marks from the roots shows them to this search (struct
 * gc_spy), so the search misses no root that keeps an object alive.  The white
 * bits, which mean nothing outside marking (SPAN-4), record which objects have
 * been found.
 *
 * A search must remember how it came to an object, and has nowhere to write a
 * word for each object.  For each object that is still to be looked through it
 * remembers one *stop* on the path: the last object on the path whose distance
 * from the roots is a power of two.  When the search ends at distance d it
 * knows the stop at p, d / 2 <= p < d.  Then the two halves are searched in
 * this way too, from the roots to the stop and from the stop to the object
 * (Hirschberg's way to save memory, 1975).  So a path of n pointers takes the
 * time of some log2(n) markings, or of n markings if n is small.  The memory it
 * takes is that of the objects still to be looked through: 16 bytes for each
 * object of two neighbouring distances.  If there are no pages for them, the
 * result says so.
 *
 * Of a long path only both ends are told, and the halves between them are not
 * searched.
 *
 * Rejected: marking from one root after the other until the object is reached,
 * then from one pointer after the other of the object that this root leads to,
 * and so on.  It takes no memory at all; but the path it finds goes once around
 * each ring that it meets, and a list of n takes n markings.
 *
 * Rejected: reversing the pointers on the path (Schorr and Waite, 1967).  It
 * does not find a short path either, and a panic meanwhile would find a heap
 * turned inside out.
 */
#include "gc/why.h"

#include "gc/census.h"
#include "gc/ptrmap.h"
#include "gc/reach.h"
#include "gc/root.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/special.h"
#include "gc/type.h"
#include "kernel/page.h"
#include "lib/check.h"

enum {
	ENDS = 24,		/* links told at each end of a path */
	STOPS = 64,		/* halves waiting to be told */
};

/* An object that is to be looked through. */
struct hop {
	uintptr_t obj;
	uintptr_t stop;		/* on the path to obj, or obj itself */
};

struct hops {
	struct hops *next;
	uint64_t     n;		/* filled in hop[] */
	struct hop   hop[(PAGE_SIZE - 16) / sizeof(struct hop)];
};

/* The state of the search.  World stopped. */
static struct {
	struct gc_spy  spy;		/* is shown the words */
	struct gc_work work;		/* has spy, for the scanners of roots */
	uintptr_t      target;		/* base of the object wanted */
	bool           found, no_memory;
	uintptr_t      stop;		/* stop of the object that is looked
					 * through */
	uintptr_t      at;		/* for see_link: where the pointer is */
	uint64_t       distance;	/* of the objects that are seen now */
	struct hops   *first, *last;	/* queue */
	uint64_t       taken;		/* number taken of first->hop[] */
	uint64_t       queued;
} search;

typedef void (*out_fn)(const char *fmt, ...) PRINTF(1, 2);

/* ---- the queue ---- */

static void
put(uintptr_t obj, uintptr_t stop)
{
	struct hops *last = search.last;

	if (last == NULL || last->n == ARRAY_LEN(last->hop)) {
		last = page_alloc(1);
		if (last == NULL) {
			search.no_memory = true;
			return;
		}
		last->n = 0;
		last->next = NULL;
		if (search.last != NULL)
			search.last->next = last;
		else
			search.first = last;
		search.last = last;
	}
	last->hop[last->n++] = (struct hop){ obj, stop };
	search.queued++;
}

static void
drop_first(void)
{
	struct hops *first = search.first;

	search.first = first->next;
	if (search.first == NULL)
		search.last = NULL;
	search.taken = 0;
	page_free(first, 1);
}

static struct hop
take(void)
{
	struct hop hop = search.first->hop[search.taken++];

	search.queued--;
	if (search.taken == search.first->n)
		drop_first();
	return hop;
}

/* ---- searching ---- */

/* If v leads to an object that has not been found yet, note that it is found.
 * Returns true then, with the object in *obj and its span in *span. */
static bool
find(uintptr_t v, struct span **span, uintptr_t *obj)
{
	struct span_word *white;
	struct span *s;
	uint64_t i;

	if (!span_leads_to_white(v))
		return false;
	s = *span = span_of(v);
	i = span_index(s, v);
	white = &span_at_white(s, i)->white[0];
	/* relaxed: world stopped. */
	store_relaxed(&white->bits,
	    load_relaxed(&white->bits) & ~(1ULL << (i % 64)));
	*obj = s->base + i * s->size;
	return true;
}

static bool
is_power_of_two(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

static void
see_any(struct gc_spy *spy, uintptr_t at, uintptr_t v)
{
	struct span *s;
	uintptr_t obj;

	(void)spy;
	(void)at;
	if (search.found || !find(v, &s, &obj))
		return;
	if (obj == search.target)
		search.found = true;
	else if (!s->noscan)
		put(obj, is_power_of_two(search.distance) ? obj : search.stop);
}

/* Note v, read at address at, if it is the link to the target. */
static void
see_link(struct gc_spy *spy, uintptr_t at, uintptr_t v)
{
	struct span *s;
	uintptr_t obj;

	(void)spy;
	if (search.found || !find(v, &s, &obj) || obj != search.target)
		return;
	search.found = true;
	search.at = at;
}

static void
see_slot(void *unused, uintptr_t at)
{
	(void)unused;
	search.spy.see(&search.spy, at, slot_load(at));
}

/* Show the spy all words of the object at from, or of the roots if from is
 * 0. */
static void
look_through(uintptr_t from)
{
	if (from != 0) {
		ptrmap_each(span_of(from), from, see_slot, NULL);
		return;
	}
	for (size_t job = 0, n = root_jobs(); job < n; job++)
		root_scan(job, &search.work);
}

static void
begin(void (*see)(struct gc_spy *, uintptr_t, uintptr_t), uintptr_t target)
{
	gc_reach_whiten_stw();
	search.spy.see = see;
	search.work.spy = &search.spy;
	search.target = target;
	search.found = search.no_memory = false;
	search.distance = 1;
	search.stop = 0;
}

/* Return the distance from from (0: the roots) to target, or 0 if there is no
 * path or no memory.  If the distance is more than 1, search.stop is on the
 * path. */
static uint64_t
walk(uintptr_t from, uintptr_t target)
{
	begin(see_any, target);
	look_through(from);
	while (!search.found && search.queued > 0 && !search.no_memory) {
		search.distance++;
		for (uint64_t n = search.queued; n > 0 && !search.found; n--) {
			struct hop hop = take();

			search.stop = hop.stop;
			look_through(hop.obj);
		}
	}
	search.queued = 0;
	while (search.first != NULL)
		drop_first();
	if (search.found)
		search.no_memory = false;
	return search.found ? search.distance : 0;
}

/* ---- telling ---- */

bool
gc_tell_object(uintptr_t addr, out_fn out)
{
	struct span *s = span_of(addr);
	const struct gc_type *type;
	uint64_t i;

	if (s == NULL || (i = span_index(s, addr)) >= s->nslots)
		return false;
	type = span_allocated(s, i) ? census_type_of(s, i) : NULL;
	out("%#lx, %lu bytes", s->base + i * s->size, (unsigned long)s->size);
	if (!span_allocated(s, i))
		out(", which is free");
	else if (type != NULL && type != &gc_bytes_type)
		out(" of type %s", type_name(type));
	else if (s->noscan)
		out(" without pointers");
	return span_allocated(s, i);
}

/* Print the root at address at in which the target was seen, or the special
 * that holds the target if at is 0. */
static void
tell_root(uintptr_t at, out_fn out)
{
	out("  held by ");
	if (at == 0) {
		special_tell_holder(search.target, out);
	} else if (span_of(at) != NULL) {
		out("the finalizer of ");
		(void)gc_tell_object(at, out);
	} else if (gc_host.tell_place != NULL) {
		gc_host.tell_place(at, out);
	} else {
		out("the root at %#lx", at);
	}
	out("\n");
}

/* Print the pointer in from that leads to target. */
static void
tell_link(uintptr_t from, uintptr_t target, out_fn out)
{
	begin(see_link, target);
	look_through(from);
	if (from == 0) {
		tell_root(search.at, out);
		return;
	}
	out("  -> ");
	(void)gc_tell_object(from, out);
	out(", at + %lu\n", search.at - from);
}

static uint64_t
power_of_two_below(uint64_t n)
{
	uint64_t p = 1;

	while (2 * p < n)
		p *= 2;
	return p;
}

/* Print the path from the roots to target, which is n links long. */
static void
tell_way(uintptr_t target, uint64_t n, out_fn out)
{
	struct { uintptr_t obj; uint64_t distance; } to[STOPS];
	uintptr_t from = 0;
	uint64_t  done = 0;		/* links from the roots to from */
	unsigned  nto = 1;

	to[0].obj = target;
	to[0].distance = n;
	while (nto > 0) {
		uint64_t end = to[nto - 1].distance;
		bool skip = done >= ENDS && end + ENDS <= n && end - done > 1;

		if (!skip && end - done > 1) {
			if (walk(from, to[nto - 1].obj) != end - done) {
				out("  ... no memory to tell more\n");
				return;
			}
			ASSERT(nto < STOPS);
			to[nto].obj = search.stop;
			to[nto++].distance = done +
			    power_of_two_below(end - done);
			continue;
		}
		if (skip)
			out("  -> ... %lu more objects\n", end - done);
		else
			tell_link(from, to[nto - 1].obj, out);
		from = to[--nto].obj;
		done = end;
	}
	out("  -> ");
	(void)gc_tell_object(target, out);
	out("\n");
}

enum gc_why
gc_why_stw(uintptr_t addr, out_fn out)
{
	struct gc_object object;
	uint64_t n;

	if (!gc_find_object((void *)addr, &object) || !object.allocated)
		return GC_WHY_NO_OBJECT;
	n = walk(0, (uintptr_t)object.base);
	if (n > 0)
		tell_way((uintptr_t)object.base, n, out);
	if (n > 0)
		return GC_WHY_TOLD;
	return search.no_memory ? GC_WHY_NO_MEMORY : GC_WHY_UNREACHABLE;
}
