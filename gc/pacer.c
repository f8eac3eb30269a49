/*
 * pacer.c - goal and limit; the rules are in the header.
 *
 * The trigger is kept as a value of heap.taken_bytes, so the test is one
 * comparison.  heap.taken_bytes counts a run when the run is fetched, and goes
 * back by the slots that the run returns unused.  A P holds its runs across
 * both changes of the era and follows each change later, on its own
 * (gc_local_sync).  So the pacer corrects what it noted at a change when a P
 * follows the change:
 *
 *	marking begins	The objects that the P allocates in its old runs are
 *			black.  The marker does not count them, and their slots
 *			were taken before pacer.begin.  So pacer.begin goes back
 *			by the unused slots of the runs.
 *	marking ends	The P returns its runs.  Their unused slots were counted
 *			in pacer.live and in pacer.taken, so both go back by
 *			them; but pacer.live does not if the P was idle all the
 *			while and has not followed the beginning.
 *
 *	PACER-1	heap.taken_bytes >= pacer.taken.  While Ps return their runs
 *		a reader on another hart may see heap.taken_bytes go back first;
 *		then taken_since returns 0.
 *	PACER-2	When every P has followed the end of marking and every span has
 *		been swept, pacer_heap() is the size of the slots in use, and
 *		one slot more for each stale pointer that led the marker to an
 *		unused slot of an idle P's run.
 *
 * Rejected: adding up all runs with the world stopped.  It would be exact at
 * once, but each stop would be longer by a loop over all runs of all Ps.
 */
#include "gc/pacer.h"

#include "gc/chunk.h"
#include "gc/heap.h"
#include "gc/limiter.h"
#include "kernel/spinlock.h"
#include "lib/check.h"

#define HEAP_MIN   (4 * MIB)	/* smaller heaps count as this large */
#define HEAP_SMALL (4 * MIB)	/* see runway_min */
#define WORTH_MIN  (256 * KIB)	/* see pacer_worthwhile */

/* Chunks whose pages are given back before the caller gives way. */
enum { RELEASE_PIECE = 8 };

enum { MISS = 64 };		/* a miss of the goal by this part of it counts;
				 * see the header */

/*
 * Field key:	[L] stored under lock, loaded by any
 *		[a] atomic
 */
static struct {
	struct spinlock  lock;		/* guards gc_params.percent and .limit
					 * too */
	ATOMIC(uint64_t) live;		/* [L] bytes after the last
					 * collection */
	ATOMIC(uint64_t) taken;		/* [L] heap.taken_bytes at that time */
	uint64_t         begin;		/* [L] heap.taken_bytes when marking
					 * began, corrected (see above) */
	uint64_t         runway;	/* [L] see the header */
	ATOMIC(uint64_t) goal;		/* [L] bytes; UINT64_MAX: never */
	ATOMIC(uint64_t) trigger;	/* [L] heap.taken_bytes at which to
					 * begin */
	ATOMIC(uint64_t) limit;		/* [L] bytes of pages */
	ATOMIC(uint64_t) slow;		/* [a] slow allocations, for
					 * gc_params.every */
} pacer = { .lock = SPINLOCK_INIT("gc pacer", RANK_GC_HEAP) };

/* Return a * b / 100, or UINT64_MAX if a * b overflows. */
static uint64_t
percent_of(uint64_t a, uint64_t b)
{
	uint64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return UINT64_MAX;
	return product / 100;
}

/* Return a + b, or UINT64_MAX if it overflows. */
static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Return how much room a collection must make to be worth its while. */
static uint64_t
worth(uint64_t live)
{
	return MAX(live / 32, WORTH_MIN);
}

/* Return the goal that the memory limit sets. */
static uint64_t
limit_goal_locked(uint64_t live)
{
	/* relaxed: sums that go on changing. */
	uint64_t held = (load_relaxed(&heap.pages) +
	    load_relaxed(&heap.meta_pages)) * PAGE_SIZE;
	uint64_t used = load_relaxed(&heap.taken_bytes) -
	    load_relaxed(&heap.freed_bytes);
	uint64_t limit = load_relaxed(&pacer.limit);
	uint64_t other = held - MIN(used, held);

	return MAX(limit - MIN(other, limit), sum(live, worth(live)));
}

/* Return the shortest runway: a 32nd of room if less than 8 MiB are alive, a
 * quarter from 32 MiB on, and in proportion between. */
static uint64_t
runway_min(uint64_t live, uint64_t room)
{
	uint64_t times = live / HEAP_SMALL;

	return room / 32 * MAX(MIN(times, 8UL), 1UL);
}

/* Work out goal and trigger from live, taken and gc_params.percent. */
static void
set_goal_locked(void)
{
	/* relaxed: under the lock; readers want a recent value, no more. */
	uint64_t live = load_relaxed(&pacer.live), by, room;
	uint64_t goal = limit_goal_locked(live);

	ASSERT_HELD(&pacer.lock);
	if (gc_params.percent >= 0) {
		by = (uint64_t)gc_params.percent;
		goal = MIN(goal, sum(live,
		    percent_of(MAX(live, HEAP_MIN), by)));
	}
	room = goal - MIN(live, goal);
	if (!gc_params.stop_world) {
		/* A runway beyond room / 2 cannot be used, and it would take
		 * many cycles to become shorter again. */
		pacer.runway = MIN(pacer.runway, room / 2);
		room -= MAX(pacer.runway, runway_min(live, room));
	}
	store_relaxed(&pacer.goal, goal);
	store_relaxed(&pacer.trigger, sum(load_relaxed(&pacer.taken), room));
}

void
pacer_init(void)
{
	struct page_stats pages;

	page_get_stats(&pages);
	spin_lock(&pacer.lock);
	if (gc_params.limit == 0)
		gc_params.limit = pages.free / 8 * 7 * PAGE_SIZE;
	store_relaxed(&pacer.limit, gc_params.limit);
	set_goal_locked();
	spin_unlock(&pacer.lock);
}

bool
pacer_due(void)
{
	/* relaxed: a run more or less does not matter. */
	if (UNLIKELY(gc_params.every != 0) &&
	    add_relaxed(&pacer.slow, 1) % gc_params.every == 0)
		return true;
	if (load_relaxed(&heap.taken_bytes) < load_relaxed(&pacer.trigger))
		return false;
	/* If marking stops the world, all of its time counts for the
	 * limiter. */
	return !gc_params.stop_world || !limiter_on();
}

uint64_t
pacer_room(void)
{
	/* relaxed: an estimate. */
	uint64_t trigger = load_relaxed(&pacer.trigger);

	return trigger - MIN(load_relaxed(&heap.taken_bytes), trigger);
}

/* Return how many bytes were taken since the last collection. */
static uint64_t
taken_since(void)
{
	/* relaxed: an estimate, unless the world is stopped (PACER-1). */
	uint64_t then = load_relaxed(&pacer.taken);
	uint64_t now = load_relaxed(&heap.taken_bytes);

	return now - MIN(then, now);
}

bool
pacer_worthwhile(void)
{
	return taken_since() >= worth(load_relaxed(&pacer.live));
}

bool
pacer_very_worthwhile(void)
{
	return taken_since() >= load_relaxed(&pacer.live) / 8;
}

/* chunk_release(keep), piece by piece. */
static void
release_in_pieces(size_t keep)
{
	while (chunk_release(keep, RELEASE_PIECE) > 0)
		gc_give_way();
}

void
gc_scavenge(void)
{
	uint64_t goal = pacer_goal(), held = pacer_heap();
	uint64_t room = goal - MIN(held, goal);

	/* A tenth more, because spans are not always full. */
	release_in_pieces(sum(room, room / 10) / PAGE_SIZE);
}

void
gc_give_all_pages(void)
{
	release_in_pieces(0);
}

size_t
gc_give_pages(void)
{
	return chunk_release(0, SIZE_MAX);
}

struct span *
pacer_new_span(size_t bin, size_t npages, bool beyond_limit)
{
	/* relaxed: a recent value. */
	size_t max_held = beyond_limit ? SIZE_MAX :
	    load_relaxed(&pacer.limit) / PAGE_SIZE;

	return span_new(bin, bin / 2 == SIZECLASS_LARGE ? npages :
	    sizeclasses[bin / 2].npages, max_held);
}

void
pacer_begin_stw(void)
{
	spin_lock(&pacer.lock);
	pacer.begin = load_relaxed(&heap.taken_bytes);
	spin_unlock(&pacer.lock);
}

void
pacer_held_at_begin(uint64_t nbytes)
{
	spin_lock(&pacer.lock);
	pacer.begin -= MIN(nbytes, pacer.begin);
	spin_unlock(&pacer.lock);
}

void
pacer_returns(uint64_t nbytes, enum pacer_behind behind)
{
	uint64_t live, taken;

	spin_lock(&pacer.lock);
	if (behind == BEHIND_BEGIN) {
		pacer.begin -= MIN(nbytes, pacer.begin);
		spin_unlock(&pacer.lock);
		return;
	}
	/* relaxed: stored under the lock. */
	live = load_relaxed(&pacer.live);
	taken = load_relaxed(&pacer.taken);
	if (behind == BEHIND_END)
		store_relaxed(&pacer.live, live - MIN(nbytes, live));
	store_relaxed(&pacer.taken, taken - MIN(nbytes, taken));
	set_goal_locked();
	spin_unlock(&pacer.lock);
}

void
pacer_collected_stw(uint64_t marked)
{
	uint64_t taken = load_relaxed(&heap.taken_bytes), beside;
	uint64_t held = pacer_heap(), goal = load_relaxed(&pacer.goal);
	uint64_t spare = goal - MIN(held, goal);

	spin_lock(&pacer.lock);
	beside = taken - MIN(pacer.begin, taken);
	/* A miss is corrected at once; spare room shortens the runway
	 * slowly. */
	if (held > sum(goal, goal / MISS))
		pacer.runway = sum(pacer.runway, held - goal);
	else
		pacer.runway -= MIN(spare / 4, pacer.runway / 2);
	store_relaxed(&pacer.live, marked + beside);
	store_relaxed(&pacer.taken, taken);
	set_goal_locked();
	spin_unlock(&pacer.lock);
}

bool
gc_is_on(void)
{
	bool on;

	spin_lock(&pacer.lock);
	on = gc_params.percent >= 0;
	spin_unlock(&pacer.lock);
	return on;
}

int
gc_set_percent(int percent)
{
	int before;

	spin_lock(&pacer.lock);
	before = gc_params.percent;
	gc_params.percent = percent;
	set_goal_locked();
	spin_unlock(&pacer.lock);
	return before;
}

uint64_t
gc_set_limit(uint64_t bytes)
{
	uint64_t before;

	spin_lock(&pacer.lock);
	before = gc_params.limit;
	if (bytes != 0) {
		gc_params.limit = bytes;
		store_relaxed(&pacer.limit, bytes);
		set_goal_locked();
	}
	spin_unlock(&pacer.lock);
	return before;
}

/* relaxed, all four: a snapshot. */
uint64_t
pacer_live(void)
{
	return load_relaxed(&pacer.live);
}

uint64_t
pacer_goal(void)
{
	return load_relaxed(&pacer.goal);
}

uint64_t
pacer_limit(void)
{
	return load_relaxed(&pacer.limit);
}

uint64_t
pacer_heap(void)
{
	return load_relaxed(&pacer.live) + taken_since();
}

void
pacer_check(void)
{
	/* relaxed: the world is stopped. */
	uint64_t then = load_relaxed(&pacer.taken);
	uint64_t now = load_relaxed(&heap.taken_bytes);

	if (now < then)
		panic("gc: PACER-1: %lu bytes were taken at the last "
		    "collection, and %lu by now", (unsigned long)then,
		    (unsigned long)now);
}
