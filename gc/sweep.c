/*
 * sweep.c - lazy sweeping.
 *
 * After marking, the objects that are still white are dead.  Sweeping a span
 * clears their alloc bits, and makes the survivors white for the next
 * collection: alloc &= ~white, white = alloc.  Nothing else happens to a dead
 * object, except that debug builds fill it with 0xdb and that what is attached
 * to it comes due (special.c).  A span without survivors gives its pages back
 * at once.
 *
 * Spans are swept by an allocation that needs a span of that bin (sweep_for),
 * by the background sweeper (gc_sweep_one), by an explicit collection or an
 * allocation that finds no memory (sweep_all), and by every goroutine that
 * allocates, to pay for what it has taken (sweep_pay).  The price is such that
 * all spans are swept when the next collection is due.  Otherwise that
 * collection would have to sweep the rest first, and the goroutine that began
 * it would wait for that, 4 ms with 200 MB alive.  (Go does so too:
 * proportional sweeping.)
 *
 * If much is attached to the dead objects of a span, it takes several turns
 * (special_sweep.c).  After each turn but the last the span is put on the list
 * of spans that have been *begun*, from which gc_sweep_one takes spans first.
 * So no hart is held for longer than a turn, and a hart that allocates looks
 * for another span meanwhile.
 *
 *	SWEEP-1	No span awaits sweeping when marking starts: what is white in
 *		such a span has been dead since the last collection.
 *	SWEEP-2	No P allocates from a span that awaits sweeping.
 *	SWEEP-3	sweep.active counts the harts that may have popped a span and
 *		not yet listed it as swept or begun.  A hart raises it before
 *		the pop.  So a hart that sees all lists empty, then active == 0,
 *		and then that no span is begun, knows that everything is swept.
 *
 * Sweeping runs in runtime text, which is not preempted, so with the world
 * stopped no hart is between a pop and a put.  Spans of runs are on no list: a
 * P sweeps its own when it follows the new era (local.c).
 */
#include "gc/sweep.h"

#include "gc/central.h"
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/pacer.h"
#include "gc/special.h"
#include "kernel/backoff.h"
#include "kernel/spinlock.h"
#include "lib/bits.h"
#include "lib/check.h"
#include "lib/str.h"

/* How many spans one sweep_for sweeps and finds full.  After that many it is
 * better to make a new span than to let the allocation wait. */
enum { SWEEP_TRIES = 32 };

/* The least debt that sweep_pay pays: a small span. */
#define WORTH_PAYING (8 * KIB)

/* A turn that leaves a span unswept counts as so many pages swept. */
enum { TURN_PAGES = 16 };

/*
 * Field key:	[a] atomic	[S] stored with the world stopped
 *		[L] by lock
 */
static struct {
	ATOMIC(uint32_t) bin;		/* [a] lower bins have been swept;
					 * BIN_COUNT: all have been.  A hint */
	ATOMIC(uint32_t) active;	/* [a] SWEEP-3 */
	uint64_t         price;		/* [S] bytes to sweep for a KiB taken */
	struct spinlock  lock;
	ATOMIC(struct span *) begun;	/* [L] spans that need another turn, by
					 * next; peeked at without the lock */
} sweep = {
	.bin = ATOMIC_INIT(BIN_COUNT),
	.lock = SPINLOCK_INIT("gc sweep", RANK_GC_CENTRAL),
};

/* ---- spans that have been begun ---- */

static bool
any_begun(void)
{
	/* acquire: pairs with the store_release in take_begun.  If the list is
	 * empty because a hart has taken the last span off it, SWEEP-3 lets us
	 * see that hart as active. */
	return load_acquire(&sweep.begun) != NULL;
}

static void
put_begun(struct span *s)
{
	spin_lock(&sweep.lock);
	/* relaxed: locked. */
	s->next = load_relaxed(&sweep.begun);
	store_relaxed(&sweep.begun, s);
	spin_unlock(&sweep.lock);
}

/* Take a span off the list of begun spans.  Returns NULL if there is none. */
static struct span *
take_begun(void)
{
	struct span *s;

	if (!any_begun())
		return NULL;
	spin_lock(&sweep.lock);
	/* relaxed: locked. */
	s = load_relaxed(&sweep.begun);
	if (s != NULL)
		/* release: pairs with load_acquire in any_begun. */
		store_release(&sweep.begun, s->next);
	spin_unlock(&sweep.lock);
	return s;
}

void
sweep_each_begun(void (*fn)(struct span *s, void *arg), void *arg)
{
	/* relaxed: world stopped. */
	for (struct span *s = load_relaxed(&sweep.begun); s != NULL;
	    s = s->next)
		fn(s, arg);
}

/* ---- sweeping ---- */

/* Fill the dead objects of s: those whose bits are set in dead, which stands
 * for word w of the bits. */
static void
poison(struct span *s, uint32_t w, uint64_t dead)
{
	for (; dead != 0; dead &= dead - 1) {
		uint64_t i = w * 64 + bits_lowest(dead);

		memset((void *)(s->base + i * s->size), 0xdb, s->size);
	}
}

bool
sweep_span(struct span *s)
{
	/* relaxed: changes only with the world stopped. */
	uint32_t gen = load_relaxed(&heap.sweepgen), left = 0, dead;

	ASSERT(s->sweepgen == gen - 1 && !heap_marking());	/* SPAN-6 */
	/* relaxed: see make_lists in attach.c. */
	if (UNLIKELY(load_relaxed(&s->specials) != NULL) &&
	    !special_sweep(s)) {
		put_begun(s);
		return false;
	}
	for (uint32_t w = 0; w <= s->nslots / 64; w++) {
		/* relaxed: we own s, and marking is over. */
		uint64_t alloc = load_relaxed(&s->alloc[w].bits);
		uint64_t white = load_relaxed(&s->white[w].bits);
		uint64_t alive = alloc & ~white;

		if (alive != alloc)
			store_relaxed(&s->alloc[w].bits, alive);
		if (alive != white)
			store_relaxed(&s->white[w].bits, alive);
		if (alive != 0)
			left += bits_count(alive);
		if (UNLIKELY(gc_params.poison))
			poison(s, w, white);
	}
	dead = s->nalloc - left;
	s->nalloc = left;
	s->sweepgen = gen;
	if (dead != 0) {
		/* relaxed: statistics. */
		add_relaxed(&centrals[s->bin].frees, dead);
		add_relaxed(&heap.freed_bytes, dead * s->size);
	}
	return true;
}

/* Announce that this hart is about to pop a span to sweep.  sweep_leave follows
 * when the span is dealt with. */
static void
sweep_enter(void)
{
	/* acquire: the pop comes after this.  A hart that sees, by load_acquire
	 * in central.c, the list that we have emptied, sees this too
	 * (SWEEP-3). */
	add_acquire(&sweep.active, 1);
}

static void
sweep_leave(void)
{
	/* release: pairs with load_acquire of active in sweep_all; publishes
	 * what we swept. */
	add_release(&sweep.active, -1U);
}

struct span *
sweep_for(struct gc_local *local, size_t bin)
{
	struct span *s = central_get_swept(bin);

	if (s != NULL)
		return s;
	sweep_enter();
	for (int i = 0; i < SWEEP_TRIES; i++) {
		s = central_get_unswept(bin);
		if (s == NULL)
			break;
		if (!sweep_span(s)) {
			local->swept += TURN_PAGES * PAGE_SIZE;
			s = NULL;
			continue;
		}
		local->swept += s->npages * PAGE_SIZE;
		if (s->nalloc < s->nslots)
			break;
		central_put(s);
		s = NULL;
	}
	sweep_leave();
	return s;
}

/* Sweep a span, or do one turn of it.  Returns how many pages this counts for,
 * or 0 if there was nothing to sweep. */
static size_t
sweep_next(void)
{
	struct span *s;
	size_t npages = 0;
	/* acquire: pairs with the cas_release below, and so with every earlier
	 * one: a hart that sees BIN_COUNT sees what the harts saw that found
	 * the bins empty. */
	uint32_t bin = load_acquire(&sweep.bin);

	if (bin == BIN_COUNT && !any_begun())
		return 0;
	sweep_enter();
	s = take_begun();
	while (s == NULL && bin < BIN_COUNT &&
	    (s = central_get_unswept(bin)) == NULL) {
		/* release: pairs with load_acquire above.  If another hart has
		 * moved bin on already, we go on from there. */
		if (cas_release(&sweep.bin, &bin, bin + 1))
			bin++;
	}
	if (s != NULL) {
		npages = s->npages;
		if (!sweep_span(s))
			npages = TURN_PAGES;
		else if (s->nalloc == 0)
			span_free(s);
		else
			central_put(s);
	}
	sweep_leave();
	special_announce();
	return npages;
}

bool
gc_sweep_one(void)
{
	return sweep_next() != 0;
}

void
sweep_pay(struct gc_local *local)
{
	uint64_t owed = local->debt / KIB * sweep.price;
	size_t n = 1;

	/* relaxed: a hint. */
	if (load_relaxed(&sweep.bin) == BIN_COUNT && !any_begun()) {
		local->debt = local->swept = 0;
		return;
	}
	for (; n != 0 && owed >= local->swept + WORTH_PAYING;
	    local->swept += n * PAGE_SIZE)
		n = sweep_next();
}

void
sweep_all(void)
{
	struct backoff wait = { 0 };

	do {
		while (gc_sweep_one())
			;
		/* acquire: pairs with the release in sweep_leave.  The wait is
		 * bounded: a sweeping hart is in runtime text and goes through
		 * a few spans at most. */
		while (load_acquire(&sweep.active) != 0)
			backoff(&wait);
	} while (any_begun());
}

void
sweep_begin_stw(void)
{
	uint32_t gen = load_relaxed(&heap.sweepgen);

	/* relaxed: the world is stopped. */
	for (unsigned bin = 0; DEBUG && bin < BIN_COUNT; bin++)	/* SWEEP-1 */
		CHECK(central_get_unswept(bin) == NULL);
	CHECK(!any_begun());
	store_relaxed(&heap.sweepgen, gen + 1);
	/* All is swept a little early, because a goroutine that takes a last
	 * large object pays only afterwards. */
	sweep.price = load_relaxed(&heap.span_pages) * PAGE_SIZE /
	    (pacer_room() / KIB / 8 * 7 + 1) + 1;
	store_relaxed(&sweep.bin, 0);
}
