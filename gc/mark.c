/*
 * mark.c - marking: from values to objects, from objects to their values.
 *
 * Concepts.  An object is white (not reached), grey (reached, in some gc_work
 * or shared buffer) or black (reached and scanned).  Marking an object means
 * clearing its white bit, by fetch-and-and; the hart that cleared it, and only
 * that one, makes it grey.  Objects without pointers go from white to black.
 *
 * A value is a pointer to an object if it lies in an allocated slot of a span,
 * anywhere in it.  The same test serves precise and conservative words: free
 * slots, tails of spans and anything that is no span are ignored.  Only what
 * is allocated is ever white (SPAN-3), so one bit answers everything.
 *
 * Large objects are scanned in pieces of 4 KiB (oblets), each a grey item of
 * its own, so that one array keeps all harts busy and no item keeps a hart from
 * its timers; an item inside a large object stands for the piece that begins
 * there.
 *
 * The same code marks beside the mutators (marker.c) and with the world stopped
 * (mark_all_stw).  Beside mutators: slots are read by relaxed atomic loads, the
 * barrier shades what is overwritten (barrier.c), and what is allocated is born
 * black, so nothing that appears has to be found.  A stale word may lead into a
 * span that is being made or into a slot that changes hands; the first finds no
 * object there (span_new), the second at worst scans a slot by the map of
 * another object: every word is checked like a conservative one, so that costs
 * some garbage a collection, and nothing else.
 *
 * Protocol of mark_all_stw:
 *
 *	1. n workers (gc_host.run_stopped) claim root jobs by a counter: the
 *	   registered root blocks, then gc_host's.
 *	2. A worker drains: takes grey objects from its own buffers, then from
 *	   the shared list, and scans them.  Every so often it looks whether
 *	   somebody is idle and nothing is shared, and then shares.
 *	3. When it finds nothing it counts itself idle, and looks on, with
 *	   naps, for the busy ones may need the core that emulates its hart.
 *	   If shared work appears it counts itself off again, and back to 2.
 *	   If idle == n it is done.
 *	4. mark_rest_stw, on one hart: what was left in the barrier buffers of
 *	   the Ps.  Then, as long as a buffer could not be had (WORK-2), every
 *	   marked object again: each walk that sets the flag again has marked
 *	   a further object, so that ends.
 *
 *	MARK-1	When all workers have returned, no grey object is left.
 *
 *	Proof.  A worker returns with its own buffers empty.  Suppose a buffer B
 *	is on the full list then, and has been ever since Y put it there.  Y
 *	went on, and before it returned it looked at the list (take_full) and
 *	found it empty: by a length that it had itself raised when it put B, and
 *	that can be 0 again only when somebody has taken B: contradiction.
 *
 *	So the proof needs no count of the idle, and no worker to be on time:
 *	one that is descheduled for 10 ms, or leaves early, costs parallelism,
 *	not objects.  The count is there to keep the idle at hand for as long as
 *	there may be something to share, and no longer.  It reaches n only when
 *	all is done: a worker counts itself with empty buffers, and off again
 *	before it takes any, so with all counted there is nobody left to put
 *	one.  And it gets back to n whenever an outdated hint made somebody
 *	count itself off in vain.
 *
 * Ordering: a buffer passes from hart to hart through work.lock.  What an
 * object held when marking began was written before the world stopped then.
 * Everything the workers of mark_all_stw wrote is ordered before the caller
 * goes on by run_stopped.
 *
 * Rejected: marking span by span (Go issue 73581): grey is a bit beside the
 * object, spans are queued, oldest first, and scanned whole.  A prototype on
 * one hart, in instructions a node, span by span against this:
 *
 *	CollectSmall	93.6	79.1	27 grey objects to a word of bits
 *	BinaryTrees16	93	52.6	9
 *	Mark64B		265	78.7	1.5
 *
 * What it saves, a push and a pop, is less than to set, find and clear the bit,
 * and to pass over those not set; and here what an object's last pointer leads
 * to is not even pushed.  It saves cache misses, which an emulator does not
 * have: on hardware this is to be measured again.
 *
 * Rejected: the white bit cleared by plain load and store when there is one
 * worker, two instructions less an object and a second copy of the loop.
 */
#include "gc/mark.h"

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/ptrmap.h"
#include "gc/root.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/why.h"
#include "kernel/clock.h"
#include "kernel/hart.h"
#include "lib/bits.h"
#include "lib/check.h"

enum {
	OBLET = 4 * 1024,		/* bytes */
	OBLETS = 64 * OBLET,		/* what one oblet makes grey at most */
	POLLS_PER_NAP = 256,		/* of an idle worker */
};
#define NAP (20 * NS_PER_US)

/*
 * Field key:	[S] world stopped, before the workers start
 *		[a] atomic	[w] by the worker of that index
 */
static struct {
	struct gc_work   works[HART_MAX];	/* [w] */
	size_t           njobs;			/* [S] */
	ATOMIC(uint64_t) next_job;		/* [a] the first unclaimed */
	ATOMIC(uint32_t) idle;			/* [a] workers without work */
} marking;

/*
 * If v points into a white object, mark it; true if that holds pointers and is
 * to be scanned: then its beginning is in *obj.  *span is the span that v leads
 * to, if any.  table is a copy of span_table in registers; *marked counts
 * bytes.  The innermost function of the collector.
 */
INLINE bool
mark_new(const struct span_table *table, uint64_t *marked, uintptr_t v,
    uintptr_t *obj, struct span **span)
{
	struct span      *s;
	struct span_word *white;
	uintptr_t         base, off = v - table->lo;
	uint64_t          i, bit;

	/* Half of all words are no pointers; say more, or the compiler prepares
	 * for an object before the test. */
	if (__builtin_expect_with_probability(off >= table->len, 1, 0.7))
		return false;
	/* dependent: with span_new.  A page without a span leads to one without
	 * objects, which the test of white below takes care of. */
	s = *span = load_dependent(&table->first[off >> PAGE_SHIFT].span);
	base = s->base;
	i = sizeclass_index(v - base, s->recip);
	white = span_white_word(s, i);
	bit = 1ULL << (i % 64);
	/* relaxed: a first guess.  White bits appear under us only outside
	 * marking: what is allocated while marking is born black. */
	if ((load_relaxed(&white->bits) & bit) == 0)
		return false;
	/* relaxed: the bit carries no data; grey objects go by work.lock. */
	if ((and_relaxed(&white->bits, ~bit) & bit) == 0)
		return false;
	*marked += s->size;
	*obj = base + i * s->size;
	return !s->noscan;
}

/* obj, marked just now, is grey; g is the open window of w, in registers. */
INLINE void
make_grey(struct gc_work *w, struct greys *g, uintptr_t obj)
{
	if (LIKELY(g->top != g->hi)) {
		*g->top++ = obj;
		return;
	}
	work_return(w, g);
	work_put_slow(w, obj);
	*g = w->greys;
}

/* If v points into a white object, mark it, and make it grey if it holds
 * pointers. */
INLINE void
mark_value(struct gc_work *w, const struct span_table *table, struct greys *g,
    uint64_t *marked, uintptr_t v)
{
	struct span *s;
	uintptr_t    obj;

	if (mark_new(table, marked, v, &obj, &s))
		make_grey(w, g, obj);
}

/* The same for each word in lo .. hi - 1. */
static void
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

/* The same for the words at base whose bit is set in map, of those between lo
 * and hi. */
static void
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

/*
 * Scan the bytes from .. to - 1 of the object at base in s, a span with types:
 * the object's type, repeated as often as the slot holds it.
 */
static void
scan_typed(struct gc_work *w, struct span *s, uintptr_t base, size_t from,
    size_t to)
{
	/* A slot, not a plain load: stale words (see above). */
	const struct gc_type *type = (const struct gc_type *)
	    slot_load((uintptr_t)&s->types[span_index(s, base)]);
	size_t   nelems;
	uint64_t map;

	if (type == NULL)
		return;			/* the rest of a run */
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
 * Scan a grey item of s without a map: an object or oblet of a span with types.
 */
static NOINLINE void
scan_item(struct gc_work *w, struct span *s, uintptr_t item)
{
	uintptr_t base = s->base + span_index(s, item) * s->size;
	size_t    from = item - base;

	if (s->types == NULL)
		return;			/* a map without a bit */
	if (from == 0)
		for (size_t off = OBLETS; off < s->size; off += OBLETS)
			work_put(w, base + off);
	if (from % OBLETS == 0)
		for (size_t off = OBLET; off < OBLETS && from + off < s->size;
		    off += OBLET)
			work_put(w, item + off);
	scan_typed(w, s, base, from, MIN(from + OBLET, s->size));
}

/*
 * Every so often while draining: share if somebody else has nothing, and look
 * whether it is enough.
 */
static NOINLINE bool
pause_here(struct gc_work *w, uint64_t marked, const struct mark_limit *limit)
{
	/* relaxed: hints. */
	if (load_relaxed(&marking.idle) > 0 && !work_shared())
		work_share(w);
	if (limit == NULL)
		return false;
	if (limit->share && !work_shared()) {
		work_share(w);
		if (work_shared())
			gc_host.wake_markers();
	}
	return w->marked_bytes + marked >= limit->marked_bytes ||
	    gc_host.wanted() || gc_host.now() >= limit->until;
}

/*
 * Scan the object at *obj, whose words with a bit in map hold pointers.  What
 * the last of them leads to, if that is new, is not made grey: true, and it is
 * in *obj, its span in *span.  So a list needs no stack, and half of a tree no
 * more than a jump.
 */
INLINE bool
scan_by_map(struct gc_work *w, const struct span_table *table, struct greys *g,
    uint64_t *marked, uint64_t map, uintptr_t *obj, struct span **span)
{
	uintptr_t at = *obj;

	for (;;) {
		bool      holds = map & 1;
		uintptr_t child;

		map >>= 1;
		if (holds && mark_new(table, marked, slot_load(at), &child,
		    span)) {
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
 * mark_drain looks about after it has popped PAUSE_POPS objects more than it
 * has made grey, or marked PAUSE_MARKED bytes.  Both are free, nearly: for the
 * first it raises the floor of its window.
 */
enum { PAUSE_POPS = 128, PAUSE_MARKED = 8 * 1024 };

/* Open a window g on w that has an object in it.  False: there is none left. */
INLINE bool
fill_window(struct gc_work *w, struct greys *g)
{
	if (w->greys.top == w->greys.lo) {
		if (!work_refill(w))
			return false;
		w->drained = true;
	}
	*g = w->greys;
	g->lo = g->top - MIN(g->top - g->lo, (ptrdiff_t)PAUSE_POPS);
	return true;
}

bool
mark_drain(struct gc_work *w, const struct mark_limit *limit)
{
	struct span_table table = span_table;
	struct greys g;
	uint64_t     marked = 0, pause_at = PAUSE_MARKED;
	bool         more = fill_window(w, &g);

	while (more) {
		struct span *s;
		uintptr_t    obj;
		uint64_t     map, large;

		if (UNLIKELY(g.top == g.lo || marked >= pause_at)) {
			work_return(w, &g);
			w->drained = true;
			if (pause_here(w, marked, limit))
				break;
			more = fill_window(w, &g);
			pause_at = marked + PAUSE_MARKED;
			continue;
		}
		obj = *--g.top;
		/* dependent: it is an object, so it has a span. */
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
			if (!scan_by_map(w, &table, &g, &marked, map, &obj, &s))
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

/*
 * This worker of n has nothing to do.  Waits until there may be work again, and
 * returns true; or false when all are idle, and all is done.
 */
static bool
wait_for_work(unsigned n)
{
	/* acq_rel: pairs with itself and with load_acquire below; who counts
	 * n has seen all that the others did before they counted themselves. */
	uint32_t idle = add_acq_rel(&marking.idle, 1) + 1, polls = 0;

	while (idle != n) {
		/* relaxed: a hint; taking it needs the lock. */
		if (load_relaxed(&work.nfull) > 0) {
			/* relaxed: needs no order with what follows; we hold
			 * nothing until we have the lock, and releasing it
			 * comes later still. */
			add_relaxed(&marking.idle, -1U);
			return true;
		}
		if (++polls % POLLS_PER_NAP != 0)
			cpu_relax();
		else
			clock_nap(NAP);
		/* acquire: pairs with the add above. */
		idle = load_acquire(&marking.idle);
	}
	return false;
}

/* The life of worker i of n. */
static void
mark_worker(void *arg, unsigned i, unsigned n)
{
	struct gc_work *w = &marking.works[i];
	uint64_t        job;

	(void)arg;
	/* relaxed: only who gets a number uses it. */
	while ((job = add_relaxed(&marking.next_job, 1)) < marking.njobs)
		root_scan(job, w);
	do
		mark_drain(w, NULL);
	while (wait_for_work(n));
	work_flush(w);
}

/* ---- for who has a spy ---- */

static void
show_words(struct gc_work *w, uintptr_t lo, uintptr_t hi)
{
	for (; lo < hi; lo += 8)
		w->spy->see(w->spy, lo, slot_load(lo));
}

static void
show_slot(void *arg, uintptr_t at)
{
	struct gc_work *w = arg;

	show_words(w, at, at + 8);
}

/* ---- what roots call ---- */

void
mark_children(struct gc_work *w, uintptr_t base)
{
	struct span *s = span_of(base);

	w->drained = true;	/* it may leave nothing else to be seen */
	if (s->noscan)
		return;
	if (UNLIKELY(w->spy != NULL)) {
		ptrmap_each(s, base, show_slot, w);
		return;
	}
	/* Whole, without oblets: if those were dropped for want of a buffer,
	 * nobody would look at an object again that is not marked. */
	if (s->types != NULL)
		scan_typed(w, s, base, 0, s->size);
	else
		mark_map(w, base, ptrmap_get(s, base), base, base + s->size);
}

/* Scan every marked object of s again, whole. */
static void
rescan_span(struct span *s, void *arg)
{
	struct gc_work *w = arg;

	if (s->noscan)
		return;
	for (uint64_t i = 0; i < s->nslots; i++) {
		uintptr_t base = s->base + i * s->size;

		if (!span_allocated(s, i) || span_white(s, i))
			continue;
		if (s->types != NULL)
			scan_typed(w, s, base, 0, s->size);
		else
			mark_map(w, base, ptrmap_get(s, base), base,
			    base + s->size);
		mark_drain(w, NULL);
	}
}

static void
flush_local_work(struct gc_local *local, void *arg)
{
	(void)arg;
	work_flush(&local->work);
}

void
mark_rest_stw(struct gc_work *w)
{
	gc_host.each_local(flush_local_work, NULL);
	mark_drain(w, NULL);
	/* relaxed: the world is stopped. */
	while (load_relaxed(&work.overflow) != 0) {
		store_relaxed(&work.overflow, 0);
		span_each(rescan_span, w);
		add_relaxed(&work.rescans, 1);
	}
	work_flush(w);
	ASSERT(!work_shared());
}

void
mark_all_stw(unsigned max_workers, struct mark_result *result)
{
	unsigned n;

	marking.njobs = root_jobs();
	/* relaxed: run_stopped orders these before the workers. */
	store_relaxed(&marking.next_job, 0);
	store_relaxed(&marking.idle, 0);
	store_relaxed(&work.overflow, 0);

	n = gc_host.run_stopped(mark_worker, NULL,
	    MIN(max_workers, (unsigned)HART_MAX));
	store_relaxed(&marking.idle, 0);
	mark_rest_stw(&marking.works[0]);
	*result = (struct mark_result){ .nworkers = n };
	for (unsigned i = 0; i < HART_MAX; i++)
		mark_harvest(&marking.works[i], result);
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

void
gc_shade(struct gc_work *w, const void *value)
{
	struct greys g;

	/* Mostly there is nothing to do. */
	if (LIKELY(!span_leads_to_white((uintptr_t)value)))
		return;
	if (UNLIKELY(w->spy != NULL)) {
		w->spy->see(w->spy, 0, (uintptr_t)value);
		return;
	}
	g = w->greys;
	mark_value(w, &span_table, &g, &w->marked_bytes, (uintptr_t)value);
	w->greys = g;
}

void
gc_scan_conservative(struct gc_work *w, uintptr_t lo, uintptr_t hi)
{
	lo = ROUND_UP(lo, 8UL);
	if (lo >= hi)
		return;
	if (UNLIKELY(w->spy != NULL)) {
		show_words(w, lo, ROUND_DOWN(hi, 8UL));
		return;
	}
	mark_words(w, lo, ROUND_DOWN(hi, 8UL));
	w->stack_bytes += hi - lo;
}

size_t
gc_list_refs(const uint64_t *words, size_t n, uint8_t *which, size_t max)
{
	struct span_table table = span_table;
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (words[i] - table.lo >= table.len)
			continue;
		if (found < max)
			which[found] = (uint8_t)i;
		found++;
	}
	return found;
}

void
gc_scan_listed(struct gc_work *w, const uint64_t *words, const uint8_t *which,
    size_t n)
{
	struct span_table table = span_table;
	struct greys g = w->greys;
	uint64_t     marked = 0;

	for (size_t i = 0; w->spy != NULL && i < n; i++)
		show_slot(w, (uintptr_t)&words[which[i]]);
	if (UNLIKELY(w->spy != NULL))
		return;
	for (size_t i = 0; i < n; i++)
		mark_value(w, &table, &g, &marked,
		    slot_load((uintptr_t)&words[which[i]]));
	w->greys = g;
	w->marked_bytes += marked;
	w->stack_bytes += n * 8;
}

void
gc_scan_block(struct gc_work *w, const void *base, size_t nwords,
    const uint8_t *ptrmask)
{
	uintptr_t at = (uintptr_t)base;

	for (size_t i = 0; w->spy != NULL && i < nwords; i++)
		if (ptrmask == NULL || (ptrmask[i / 8] >> (i % 8) & 1))
			show_slot(w, at + i * 8);
	if (UNLIKELY(w->spy != NULL))
		return;
	w->root_bytes += nwords * 8;
	if (ptrmask == NULL) {
		mark_words(w, at, at + nwords * 8);
		return;
	}
	for (size_t i = 0; i < nwords; i += 8)
		mark_map(w, at + i * 8, ptrmask[i / 8], at, at + nwords * 8);
}
