/*
 * select.c - chan_select and chan_try_select.
 *
 * Look at all channels, without locks.  Of those that look ready choose one at
 * random and try it, as a plain send or receive that does not block; if it was
 * not ready after all, look again.  Each time somebody else has got on.
 *
 * If none looks ready, one may have become so behind our back.  So lock all
 * channels, in the order of their addresses, and look once more: now nothing
 * moves, and "none is ready" is a fact at one moment.  That is when
 * chan_try_select gives up, and chan_select stands in all lines; see
 * select_wait.c.  If one is ready it begins anew.
 *
 * A select of one case with default is a plain operation that does not block.
 *
 * Most selects are of few channels, none nil or a timer's, of which one is
 * ready or none.  For these there are short ways, and the shortest for plain
 * ones: open channels of words without buffer.
 *
 * Rejected: always locking all, as Go does.  To try takes one lock where that
 * takes all, and a select that finds nothing has lost only a few loads.
 *
 * Rejected: doing what is found ready while all locks are held.  It needs every
 * operation in a second form, for others' locks, and is hardly ever there.
 */
#include "runtime/chan/select.h"

#include "gc/gc.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/preempt.h"
#include "runtime/time/timers.h"

/* ---- looking ---- */

/* Does k look ready?  A timer's channel gets what is due first. */
static NOINLINE FOR_PROGRAMS bool
looks_ready(const struct select_case *k)
{
	uint64_t kind;
	bool looks;

	if (k->chan == NULL)
		return false;
	/* relaxed: a hint, and in part immutable. */
	kind = load_relaxed(&k->chan->kind);
	if (UNLIKELY(kind & CHAN_TIMER)) {
		chan_check(k->chan);
		timer_chan_update(k->chan->timer);
	}
	looks = can_go(k, kind);
	point_looking();
	return looks;
}

/* How many of the cases k .. stop - 1 look ready?  If *first is NULL, the first
 * of them goes there. */
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

/* Of the cases k .. stop - 1 that look ready, pass over *skip and return the
 * next one, or NULL. */
INLINE struct select_case *
pick_ready(struct select_case *k, struct select_case *stop, uint32_t *skip)
{
	for (; k != stop; k++)
		if (looks_ready(k) && (*skip)-- == 0)
			return k;
	return NULL;
}

/* One of these that looks ready, all as likely; or NULL.  Of many. */
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
	return first;		/* fewer now */
}

/* The same of any number. */
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
	return found != NULL ? found : first;	/* fewer now */
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

/* Let a place that is not there be a panic now, with nothing in our hands. */
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

/* Do what looks ready and is: its index, or -1 if nothing looks ready now. */
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

/* The stack has room for the waiters of some hundred cases only. */
static NOINLINE int
select_many(struct select_case *cases, uint32_t n, bool block)
{
	struct selection s;
	int i = try_ready(cases, cases + n);

	if (i >= 0)
		return i;
	s.cases = cases;
	s.end = cases + n;
	/* The waiters do not begin the object: a waiter that has left its line
	 * keeps its links, and gcwild would take one that leads to where an
	 * object begins for a pointer. */
	s.waiters = (struct chan_waiter *)((char *)gc_new_bytes(8 +
	    n * sizeof(s.waiters[0])) + 8);
	s.sorted = gc_new_bytes(n * sizeof(s.sorted[0]));
	return select_in(&s, block);
}

/* From the beginning. */
static NOINLINE FOR_PROGRAMS int
select_any(struct select_case *cases, int n, bool block)
{
	if (UNLIKELY(n < 0))
		go_panic("select: %d cases", n);
	return n <= FEW ? select_few(cases, (uint32_t)n, block) :
	    select_many(cases, (uint32_t)n, block);
}

/* ---- few cases ---- */

/* Do k, of a channel that was plain; false: it was not ready. */
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

/* first and second look ready, and those before second do not. */
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

/* A select of few cases, 1 at least.  plain: as long as all are.  What may park
 * is called when the loop is over (SELECT-3). */
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
		/* relaxed: hints. */
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
