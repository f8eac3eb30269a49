/*
 * select.c - chan_select and chan_try_select.
 *
 * A select looks at all channels, without locks.  Of the cases that look ready
 * it chooses one at random and tries it, as a single send or receive that does
 * not block.  If the case was not ready after all, the select looks again.  It
 * cannot go on so without end while nothing moves: each failed try means that
 * another goroutine has made progress.
 *
 * If no case looks ready, one may have become ready after the select looked at
 * it.  So the select locks all channels, in the order of their addresses, and
 * looks once more.  Now nothing can change, and "no case is ready" is true at
 * one moment.  Then chan_try_select returns -1, and chan_select waits in all
 * lines; see select_wait.c.  If a case is ready, the select starts over.
 *
 * chan_try_select with one case is a send or receive that does not block.
 *
 * Most selects have few cases, no channel that is nil or a timer's, and at most
 * one case that is ready.  There are shorter paths for these selects, and the
 * shortest path is for plain channels: open channels of words without a buffer.
 *
 * Rejected: always locking all channels, as Go does.  A try takes one lock
 * instead of all; and if no case looks ready, the look has cost only a few
 * loads.
 *
 * Rejected: performing the case that is found ready while all locks are held.
 * Every operation would need a second form, which runs with the locks of other
 * channels held; and such a case is hardly ever found.
 */
#include "runtime/chan/select.h"

#include "gc/gc.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/preempt.h"
#include "runtime/time/timers.h"

/* ---- looking ---- */

/* Does k look ready?  If its channel is a timer's, the timer first sends what
 * is due. */
static NOINLINE FOR_PROGRAMS bool
looks_ready(const struct select_case *k)
{
	uint64_t kind;
	bool looks;

	if (k->chan == NULL)
		return false;
	/* relaxed: the kind is a hint, and its bit CHAN_TIMER never changes. */
	kind = load_relaxed(&k->chan->kind);
	if (UNLIKELY(kind & CHAN_TIMER)) {
		chan_check(k->chan);
		timer_chan_update(k->chan->timer);
	}
	looks = can_go(k, kind);
	point_looking();
	return looks;
}

/* Return how many of the cases k .. stop - 1 look ready.  If *first is NULL,
 * stores the first of these cases there. */
INLINE uint32_t
count_ready(struct select_case *k, struct select_case *stop,
    struct select_case **first)
{
	uint32_t n = 0;

	for (; k != stop; k++)
		if (looks_ready(k) && n++ == 0 && *first == NULL)
			*first = k;
	return n;
}

/* Pass over the first *skip of the cases k .. stop - 1 that look ready, and
 * return the next case that looks ready, or NULL.  *skip counts down. */
INLINE struct select_case *
pick_ready(struct select_case *k, struct select_case *stop, uint32_t *skip)
{
	for (; k != stop; k++)
		if (looks_ready(k) && (*skip)-- == 0)
			return k;
	return NULL;
}

/* Choose, each with the same probability, one of the cases that look ready.
 * Returns NULL if none looks ready.  For many cases. */
static NOINLINE FOR_PROGRAMS struct select_case *
choose_of_many(struct select_case *cases, struct select_case *end)
{
	struct select_case *first = NULL, *k, *stop, *found;
	uint32_t nready = 0, skip;

	for (k = cases; k != end; k = stop) {
		stop = select_end_of_piece(k, end);
		nready += count_ready(k, stop, &first);
		give_way();
	}
	if (nready <= 1)
		return first;
	skip = rand_below(&this_m()->rand, nready);
	for (k = first; k != end; k = stop) {
		stop = select_end_of_piece(k, end);
		found = pick_ready(k, stop, &skip);
		if (found != NULL)
			return found;
		give_way();
	}
	return first;		/* fewer cases look ready now */
}

/* Do what choose_of_many does, for any number of cases. */
static NOINLINE FOR_PROGRAMS struct select_case *
choose(struct select_case *cases, struct select_case *end)
{
	struct select_case *first = NULL, *found;
	uint32_t nready, skip;

	if (UNLIKELY(end - cases > FEW))
		return choose_of_many(cases, end);
	nready = count_ready(cases, end, &first);
	if (nready <= 1)
		return first;
	skip = rand_below(&this_m()->rand, nready);
	found = pick_ready(first, end, &skip);
	return found != NULL ? found : first;	/* fewer look ready now */
}

static bool
try_case(struct select_case *k)
{
	return k->op == SELECT_SEND ? chan_try_send_now(k->chan, k->value) :
	    chan_try_recv_now(k->chan, k->value, &k->ok);
}

/* ---- any select ---- */

FOR_PROGRAMS void
select_check(const struct selection *s)
{
	for (struct select_case *k = s->cases; k != s->end; k++)
		if (k->chan != NULL)
			chan_check(k->chan);
}

/* Touch the place of k.  If the place is not mapped, this panics now, while the
 * select holds no lock and is in no line. */
INLINE void
touch_place(struct select_case *k)
{
	if (k->chan == NULL)
		return;
	if (k->op == SELECT_SEND)
		touch_in(k->value, k->chan->elem->size);
	else if (k->value != NULL)
		touch_out(k->value, k->chan->elem->size);
}

static void
touch_places(struct select_case *cases, struct select_case *end)
{
	struct select_case *k = cases, *stop;

	do {
		for (stop = select_end_of_piece(k, end); k != stop; k++)
			touch_place(k);
		if (UNLIKELY(k != end))
			give_way();
	} while (k != end);
}

/* Perform a case that looks ready.  Returns its index, or -1 once no case looks
 * ready any more. */
static int
try_ready(struct select_case *cases, struct select_case *end)
{
	struct select_case *k;

	while ((k = choose(cases, end)) != NULL)
		if (try_case(k))
			return (int)(k - cases);
	return -1;
}

NOINLINE int
select_in(struct selection *s, bool block)
{
	int i = try_ready(s->cases, s->end);

	if (i >= 0)
		return i;
	select_check(s);
	if (block)
		touch_places(s->cases, s->end);
	while (!select_lock_all(s)) {
		i = try_ready(s->cases, s->end);
		if (i >= 0)
			return i;
	}
	if (block)
		return select_wait_all(s);
	select_unlock_all(s);
	return -1;
}

static NOINLINE int
select_few(struct select_case *cases, uint32_t n, bool block)
{
	struct chan_waiter waiters[FEW];
	struct select_case *sorted[FEW];
	struct selection s;

	s.cases = cases;
	s.end = cases + n;
	s.waiters = waiters;
	s.sorted = sorted;
	return select_in(&s, block);
}

/* The waiters and the sorted cases are in the heap, because the stack has room
 * for those of some hundred cases only. */
static NOINLINE int
select_many(struct select_case *cases, uint32_t n, bool block)
{
	struct selection s;
	int i = try_ready(cases, cases + n);

	if (i >= 0)
		return i;
	s.cases = cases;
	s.end = cases + n;
	/* The first waiter does not lie at the start of the object.  A waiter
	 * that has left its line keeps its links, and gcwild would take a link
	 * to the start of an object for a pointer to the object. */
	s.waiters = (struct chan_waiter *)((char *)gc_new_bytes(8 +
	    n * sizeof(s.waiters[0])) + 8);
	s.sorted = gc_new_bytes(n * sizeof(s.sorted[0]));
	return select_in(&s, block);
}

/* Perform a select of any cases, from its beginning. */
static NOINLINE FOR_PROGRAMS int
select_any(struct select_case *cases, int n, bool block)
{
	if (UNLIKELY(n < 0))
		go_panic("select: %d cases", n);
	return n <= FEW ? select_few(cases, (uint32_t)n, block) :
	    select_many(cases, (uint32_t)n, block);
}

/* ---- few cases ---- */

/* Perform k, whose channel was plain.  Returns false if k was not ready. */
INLINE bool
try_plain(struct select_case *k)
{
	struct g *wake;

	probe_store_byte(&k->ok, true);
	wake = k->op == SELECT_SEND ?
	    chan_try_send_word(k->chan, k->value) :
	    chan_try_recv_word(k->chan, k->value);

	if (wake == NULL)
		return false;
	make_ready(wake);
	return true;
}

static NOINLINE int
select_one_plain(struct select_case *cases, struct select_case *k, uint32_t n)
{
	return try_plain(k) ? (int)(k - cases) : select_any(cases, (int)n,
	    true);
}

static NOINLINE int
select_one(struct select_case *cases, struct select_case *k, uint32_t n,
    bool block)
{
	return try_case(k) ? (int)(k - cases) : select_any(cases, (int)n,
	    block);
}

/* Perform one of the cases that look ready.  These are first, second and
 * perhaps some after second: no other case before second looks ready. */
static NOINLINE int
select_several(struct select_case *cases, struct select_case *first,
    struct select_case *second, uint32_t n, bool block)
{
	struct select_case *ready[FEW] = { first, second }, **end = ready + 2;

	for (struct select_case *k = second + 1; k != cases + n; k++)
		if (looks_ready(k))
			*end++ = k;
	while (end != ready) {
		uint32_t nready = (uint32_t)(end - ready);
		struct select_case **at = ready + (nready == 1 ? 0 :
		    rand_below(&this_m()->rand, nready));

		if (try_case(*at))
			return (int)(*at - cases);
		*at = *--end;
	}
	return select_any(cases, (int)n, block);
}

static int select_odd(struct select_case *cases, uint32_t n);

/* Perform a select of few cases, but at least one.  If plain is true, assume
 * that all channels are plain, and go to select_odd at the first that is not.
 * Functions that may park are called only after the loop (SELECT-3). */
INLINE int
select_look(struct select_case *cases, uint32_t n, bool block, bool plain)
{
	struct select_case *end = cases + n, *ready = NULL, *k;
	enum { FEW_SEEN, ODD, ANY, SEVERAL } what = FEW_SEEN;
	bool simple = true;

	for (k = cases; k != end; k++) {
		uint64_t kind;
		bool looks, probe;

		what = ANY;
		if (UNLIKELY(k->chan == NULL))
			break;
		/* relaxed: the kind is a hint. */
		kind = load_relaxed(&k->chan->kind);
		if (UNLIKELY(kind & CHAN_TIMER))
			break;
		what = ODD;
		if (plain && UNLIKELY(kind != 0))
			break;
		what = FEW_SEEN;
		looks = can_go(k, plain ? 0 : kind);
		point_looking();
		if (block && !plain && !one_probe_does(k->chan, kind, &probe))
			simple = false;
		if (!looks)
			continue;
		what = SEVERAL;
		if (ready != NULL)
			break;
		what = FEW_SEEN;
		ready = k;
	}
	if (UNLIKELY(what == ANY))
		return select_any(cases, (int)n, block);
	if (UNLIKELY(what == ODD))
		return select_odd(cases, n);
	if (UNLIKELY(what == SEVERAL))
		return select_several(cases, ready, k, n, block);
	if (ready != NULL)
		return plain ? select_one_plain(cases, ready, n) :
		    select_one(cases, ready, n, block);
	if (!block)
		return select_none_of_few(cases, n) ? -1 :
		    select_any(cases, (int)n, false);
	if (!simple)
		return select_any(cases, (int)n, true);
	return plain ? select_wait_plain(cases, n) : select_wait_few(cases, n);
}

static NOINLINE FOR_PROGRAMS int
select_odd(struct select_case *cases, uint32_t n)
{
	return select_look(cases, n, true, false);
}

static NOINLINE FOR_PROGRAMS int
try_select_few(struct select_case *cases, uint32_t n)
{
	return select_look(cases, n, false, false);
}

/* ---- the ways in ---- */

FOR_PROGRAMS int
antler_chan_select(struct select_case *cases, int n)
{
	return LIKELY((unsigned)n - 1 < FEW) ?
	    select_look(cases, (uint32_t)n, true, true) :
	    select_any(cases, n, true);
}

FOR_PROGRAMS int
chan_try_select(struct select_case *cases, int n)
{
	bool went;

	if (n != 1)
		return (unsigned)n - 1 < FEW ?
		    try_select_few(cases, (uint32_t)n) :
		    select_any(cases, n, false);
	went = cases->op == SELECT_SEND ?
	    chan_try_send(cases->chan, cases->value) :
	    chan_try_recv(cases->chan, cases->value, &cases->ok);
	return went ? 0 : -1;
}
