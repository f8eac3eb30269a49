/*
 * select_wait.c - a select of which no case can go.
 *
 * The select takes the locks of all channels, in the order of their addresses.
 * It puts a waiter for each case in line, all with the same wait_group; then it
 * unlocks the channels and parks.  The first goroutine that comes to serve one
 * of the waiters wins the group (WAITQ-2), does that case's whole operation and
 * wakes the select.  The select then takes the other waiters off their lines,
 * each under its channel's lock.
 *
 * SELECT-1	The group can be won as soon as the first lock is released,
 *		when the goroutine of the select may still be on its stack.
 *		The winner waits until the goroutine has left the stack
 *		(parking).  That wait needs no lock and is short; so the locks
 *		need not be released on g0.
 * SELECT-2	Under the locks, a case may look ready only because waiters that
 *		have lost still linger in its channel's line (WAITQ-2).  Then
 *		the select starts over; the try of that case takes those waiters
 *		off.
 * SELECT-3	The callers of chan_select keep nothing in s1-s11, and parking
 *		does not save these registers.  So the function that parks may
 *		not use any of its variables afterwards.  Instead it passes
 *		control to a function that finds the selection in the
 *		goroutine's wait.value, which is free, because the goroutine is
 *		not in line with its own waiter.  For the same reason the
 *		callers of a function that may park may only return after the
 *		call.  So such a function is called where nothing is left to
 *		be done, and never in a loop: a compiler might keep in s1-s11
 *		that the loop is over.  tests/codegen/light.py checks what the
 *		compilers made of these functions.
 *
 * There are three versions of this wait.
 *
 *	select_wait_all		for any select
 *	select_wait_few		for few cases, all of different channels, with
 *				elements whose places one probe can try.  It
 *				locks a channel, looks at the case, and puts the
 *				waiter in line at once; it keeps all locks until
 *				all waiters are in line.  If it cannot wait at
 *				one of the channels, it takes its waiters off
 *				again, which nobody can notice, and calls
 *				select_in.
 *	select_wait_plain	as select_wait_few, for cases whose channels are
 *				plain (select.c) and already in the order of
 *				their addresses, so that it need not sort
 *
 * Rejected: putting the waiters in line one by one, with one lock at a time.
 * When two such selects meet, both groups must be won at once.  If only the
 * first group could be won, it would have to be given back; but meanwhile other
 * goroutines have seen it won, and passed over its waiters.
 */
#include "kernel/probe.h"
#include "lib/check.h"
#include "runtime/chan/chan_pass.h"
#include "runtime/chan/select.h"
#include "runtime/sched/preempt.h"
#include "runtime/time/timers.h"

const char select_why[] = "select";
const char select_why_none[] = "select (no cases)";

/* A point at which a test scenario stops the select; a function, so that there
 * is only one such point in the source. */
INLINE void
point_before_park(void)
{
	SYNC_POINT(select_before_park);
}

/* Fill in s's group, before the first lock is released. */
INLINE void
open_group(struct selection *s)
{
	struct wait_group *g = &s->group;
	struct g *gp = this_g();

	g->gp = gp;
	g->closed = false;
	/* relaxed: published by the locks. */
	store_relaxed(&g->winner, NULL);
	store_relaxed(&g->parking, SPIN_HELD);
	gp->wait.value = s;				/* SELECT-3 */
}

/* Finish s, which was woken because winner, one of its waiters, won.  Returns
 * the index of winner's case. */
INLINE int
finish(struct selection *s, struct chan_waiter *waiters,
    struct chan_waiter *winner)
{
	size_t i = (size_t)(winner - waiters);
	struct select_case *k = &s->cases[i];
	bool closed = s->group.closed;

	if (closed && k->op == SELECT_SEND)
		chan_panic_send_closed();
	probe_store_byte(&k->ok, !closed);
	return (int)i;
}

/* ---- locking ---- */

/* Move list[i] to its place among list[i - gap], list[i - 2 * gap], ... */
INLINE void
insert(struct select_case **list, uint32_t i, uint32_t gap)
{
	struct select_case *k = list[i];
	uint32_t at = i;

	for (; at >= gap && (uintptr_t)list[at - gap]->chan >
	    (uintptr_t)k->chan; at -= gap)
		list[at] = list[at - gap];
	list[at] = k;
}

/* Sort the n cases in list by the address of their channel, with Shellsort.
 * The caller holds no locks. */
static NOINLINE void
sort_many(struct select_case **list, uint32_t n)
{
	uint32_t gap = 1;

	while (gap < n / FEW)
		gap = 3 * gap + 1;
	for (; gap > 0; gap /= 3)
		for (uint32_t i = gap; i < n; i++) {
			insert(list, i, gap);
			if (i % SELECT_PIECE == 0)
				give_way();
		}
}

/* Sort the n cases in list, which are few, by the address of their channel. */
static NOINLINE void
sort(struct select_case **list, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		insert(list, i, 1);
}

/* Return the first place in s->sorted, after at, whose channel differs from
 * at's. */
INLINE struct select_case **
next_chan(const struct selection *s, struct select_case **at)
{
	struct chan *c = (*at)->chan;

	do
		at++;
	while (at != s->sorted_end && (*at)->chan == c);
	return at;
}

/* Store those of the cases k .. stop - 1 that have a channel from *at on, and
 * advance *at.  Returns true if these cases are in the order of their channels.
 * *last is the channel of the case stored before, and is updated. */
INLINE bool
gather(struct select_case *k, struct select_case *stop,
    struct select_case ***at, struct chan **last)
{
	bool in_order = true;

	for (; k != stop; k++) {
		struct chan *c = k->chan;

		if (c == NULL)
			continue;
		if (UNLIKELY((uintptr_t)c < (uintptr_t)*last))
			in_order = false;
		*last = c;
		*(*at)++ = k;
	}
	return in_order;
}

/* Fill in s->sorted, for which the caller has provided space, for a select of
 * few cases. */
INLINE void
sort_cases(struct selection *s)
{
	struct select_case **at = s->sorted;
	struct chan *last = NULL;
	bool in_order = gather(s->cases, s->end, &at, &last);

	s->sorted_end = at;
	if (!in_order)
		sort(s->sorted, (uint32_t)(at - s->sorted));
}

/* Fill in s->sorted for a select of many cases.  The caller holds no locks. */
static NOINLINE void
sort_many_cases(struct selection *s)
{
	struct select_case **at = s->sorted, *k = s->cases, *stop;
	struct chan *last = NULL;
	bool in_order = true;

	for (; k != s->end; k = stop) {
		stop = select_end_of_piece(k, s->end);
		if (!gather(k, stop, &at, &last))
			in_order = false;
		give_way();
	}
	s->sorted_end = at;
	if (!in_order)
		sort_many(s->sorted, (uint32_t)(at - s->sorted));
}

void
select_unlock_all(struct selection *s)
{
	for (struct select_case **at = s->sorted; at != s->sorted_end;
	    at = next_chan(s, at))
		chan_unlock_brief((*at)->chan);
}

/* Take the lock of c briefly.  c is known to be a channel; the caller may hold
 * the locks of other channels. */
INLINE void
lock_one(struct chan *c)
{
	uint64_t state;

	if (UNLIKELY(!spin_take_self(&c->lock, &state)))
		CHECK(spin_settle_self(&c->lock, state));
}

bool
select_lock_all(struct selection *s)
{
	struct chan *last = NULL;

	if (s->end - s->cases > FEW)
		sort_many_cases(s);
	else
		sort_cases(s);
	for (struct select_case **at = s->sorted; at != s->sorted_end; at++) {
		struct chan *c = (*at)->chan;

		if (c != last)
			lock_one(c);
		last = c;
		/* relaxed: under the lock. */
		if (UNLIKELY(can_go(*at, load_relaxed(&c->kind)))) {
			s->sorted_end = at + 1;
			select_unlock_all(s);
			return false;
		}
	}
	return true;
}

/* ---- few cases ---- */

struct few {
	struct selection    s;
	struct chan_waiter  waiters[FEW];	/* one for each case */
	struct select_case *sorted[FEW];
};

/* Do the rest of leave_few's loop, beginning with w.  spin_take_self failed and
 * found state in the lock of w's channel, because another hart held the lock.
 */
static NOINLINE void
leave_contended(struct few *f, struct chan_waiter *w, uint64_t state)
{
	struct select_case *k = f->s.cases + (w - f->waiters);
	/* relaxed: as in leave_few. */
	struct chan_waiter *winner = load_relaxed(&f->s.group.winner);

	CHECK(spin_settle_self(&k->chan->lock, state));
	for (;;) {
		waitq_remove(w);
		chan_unlock_brief(k->chan);
		do {
			k++;
			w++;
			if (k == f->s.end)
				return;
		} while (w == winner);
		lock_one(k->chan);
	}
}

/* Runs when the goroutine self, which waited in a struct few, is woken: take
 * the waiters that lost off their lines.  Returns the index of the case that
 * went. */
static NOINLINE int
leave_few(uintptr_t self)
{
	struct few *f = ((struct g *)self)->wait.value;
	/* relaxed: the winner stored it before it made this goroutine ready. */
	struct chan_waiter *winner = load_relaxed(&f->s.group.winner);
	struct select_case *end = f->s.end;
	struct chan_waiter *w = f->waiters;

	ASSERT(winner != NULL);
	for (struct select_case *k = f->s.cases; k != end; k++, w++) {
		uint64_t state;

		if (w == winner)
			continue;
		if (UNLIKELY(!spin_take_self(&k->chan->lock, &state))) {
			leave_contended(f, w, state);
			break;
		}
		waitq_remove(w);
		chan_unlock_brief(k->chan);
	}
	return finish(&f->s, f->waiters, winner);
}

/* Put w in line for k, whose channel c has the kind kind and is locked.
 * Returns false, with w not in line, if k can go now, if k's place is not
 * mapped, or if one probe cannot try the place. */
INLINE bool
few_line_up(const struct select_case *k, struct chan *c,
    struct chan_waiter *w, struct wait_group *group, uint64_t kind)
{
	void *value = k->value;
	bool probe;

	if (!one_probe_does(c, kind, &probe))
		return false;
	if (k->op == SELECT_SEND) {
		if (UNLIKELY(chan_can(c, true, kind)))
			return false;
		if (probe)
			PROBE_READ(value);
		chan_line_up_send(c, w, kind);
	} else {
		if (UNLIKELY(chan_can(c, false, kind)))
			return false;
		if (probe && value != NULL)
			PROBE_STORABLE(value);
		chan_line_up_recv(c, w, kind);
	}
	w->value = value;
	w->group = group;
	return true;
bad:
	return false;
}

INLINE void
unlock_few(struct select_case *cases, struct select_case *end)
{
	for (struct select_case *k = cases; k != end; k++)
		chan_unlock_brief(k->chan);
}

/* Give up few_wait of f, because it cannot wait at the case *at: take the
 * waiters of the cases before off their lines, and perform the select in
 * select_in.  The locks of these lines are still held, so no other goroutine
 * can have seen the waiters. */
static NOINLINE int
few_undo(struct few *f, struct select_case **at)
{
	struct select_case *cases = f->s.cases;

	while (at-- != f->sorted) {
		waitq_remove(f->waiters + (*at - cases));
		chan_unlock_brief((*at)->chan);
	}
	f->s.waiters = f->waiters;
	return select_in(&f->s, true);
}

/* Wait for one of n cases, as select_wait_few does.  f lies in the caller's
 * frame, so that a waiting goroutine has only one struct few on its stack also
 * if select_wait_plain is the caller. */
static NOINLINE int
few_wait(struct few *f, struct select_case *cases, uint32_t n)
{
	struct select_case **at;
	struct chan *last = NULL;

	f->s.cases = cases;
	f->s.end = cases + n;
	f->s.sorted = f->sorted;
	sort_cases(&f->s);
	for (at = f->sorted; at != f->s.sorted_end; at++) {
		struct select_case *k = *at;
		struct chan *c = k->chan;

		uint64_t state;

		if (UNLIKELY(c == last))
			break;
		if (UNLIKELY(!spin_take_self(&c->lock, &state)) &&
		    !spin_settle_self(&c->lock, state))
			break;		/* c is no channel: select_in panics */
		/* relaxed: under the lock. */
		if (!few_line_up(k, c, f->waiters + (k - cases), &f->s.group,
		    load_relaxed(&c->kind))) {
			chan_unlock_brief(c);
			break;
		}
		last = c;
	}
	if (UNLIKELY(at != f->s.sorted_end))
		return few_undo(f, at);
	open_group(&f->s);
	unlock_few(cases, f->s.end);			/* SELECT-1 */
	point_before_park();
	return leave_few(switch_pass(park_prepare(f->s.group.gp, select_why),
	    &f->s.group.parking));
}

NOINLINE int
select_wait_few(struct select_case *cases, uint32_t n)
{
	struct few f;

	return few_wait(&f, cases, n);
}

/* Do select_none_of_few for cases that are not in the order of their channels,
 * or of which two have the same channel. */
static NOINLINE bool
none_of_unsorted(struct select_case *cases, uint32_t n)
{
	struct select_case *sorted[FEW];
	struct selection s = { .cases = cases, .end = cases + n,
		.sorted = sorted };

	select_check(&s);
	if (!select_lock_all(&s))
		return false;
	select_unlock_all(&s);
	return true;
}

NOINLINE bool
select_none_of_few(struct select_case *cases, uint32_t n)
{
	struct select_case *end = cases + n;
	struct chan *last = NULL;

	for (struct select_case *k = cases; k != end; k++) {
		struct chan *c = k->chan;

		uint64_t state;

		if (UNLIKELY((uintptr_t)c <= (uintptr_t)last)) {
			unlock_few(cases, k);
			return none_of_unsorted(cases, n);
		}
		if (UNLIKELY(!spin_take_self(&c->lock, &state)) &&
		    !spin_settle_self(&c->lock, state)) {
			unlock_few(cases, k);
			return false;	/* c is no channel: select_in panics */
		}
		/* relaxed: under the lock. */
		if (UNLIKELY(can_go(k, load_relaxed(&c->kind)))) {
			unlock_few(cases, k + 1);
			return false;
		}
		last = c;
	}
	unlock_few(cases, end);
	return true;
}

/* ---- few plain cases, in order ---- */

/* Give up select_wait_plain, because it cannot wait at the case odd: take the
 * waiters of the cases before odd off their lines, whose locks are still held,
 * and wait by few_wait, which takes the cases in any order. */
static NOINLINE int
plain_undo(struct few *f, struct select_case *cases, struct select_case *odd,
    uint32_t n)
{
	struct chan_waiter *w = f->waiters;

	for (struct select_case *k = cases; k != odd; k++, w++) {
		waitq_remove(w);
		chan_unlock_brief(k->chan);
	}
	return few_wait(f, cases, n);
}

/* Wait until c's lock, in which spin_take_self found state, is free; the caller
 * then gives up its short path.  Returns at once if c is not a channel. */
static NOINLINE void
wait_until_free(struct chan *c, uint64_t state)
{
	if (spin_settle_self(&c->lock, state))
		chan_unlock_brief(c);
}

NOINLINE int
select_wait_plain(struct select_case *cases, uint32_t n)
{
	struct few f;
	struct select_case *end = cases + n, *k;
	struct chan_waiter *w = f.waiters;
	struct chan *last = NULL;

	for (k = cases; k != end; k++, w++) {
		struct chan *c = k->chan;
		uint64_t state;

		if (UNLIKELY((uintptr_t)c <= (uintptr_t)last))
			break;
		if (UNLIKELY(!spin_take_self(&c->lock, &state))) {
			wait_until_free(c, state);
			break;
		}
		/* relaxed: under the lock. */
		if (UNLIKELY(load_relaxed(&c->kind) != 0) ||
		    !few_line_up(k, c, w, &f.s.group, 0)) {
			chan_unlock_brief(c);
			break;
		}
		last = c;
	}
	if (UNLIKELY(k != end))
		return plain_undo(&f, cases, k, n);
	f.s.cases = cases;
	f.s.end = end;
	open_group(&f.s);
	unlock_few(cases, end);				/* SELECT-1 */
	point_before_park();
	return leave_few(switch_pass(park_prepare(f.s.group.gp, select_why),
	    &f.s.group.parking));
}

/* ---- any cases ---- */

/* Take the waiters of the cases at .. stop - 1 off their lines, except winner,
 * which is off its line already. */
INLINE void
leave_lines(struct selection *s, struct select_case **at,
    struct select_case **stop, const struct chan_waiter *winner)
{
	for (; at != stop; at++) {
		struct select_case *k = *at;
		struct chan_waiter *w = s->waiters + (k - s->cases);
		struct chan *c = k->chan;

		if (w == winner && c->timer == NULL)
			continue;
		lock_one(c);
		waitq_remove(w);
		/* A select calls timer_chan_unblock for all its waiters, also
		 * for winner: chan_take_receiver does not. */
		if (UNLIKELY(c->timer != NULL) && k->op == SELECT_RECV)
			timer_chan_unblock(c->timer);
		chan_unlock_brief(c);
	}
}

static NOINLINE void
leave_many_lines(struct selection *s, const struct chan_waiter *winner)
{
	struct select_case **at = s->sorted;

	while (s->sorted_end - at > SELECT_PIECE) {
		leave_lines(s, at, at + SELECT_PIECE, winner);
		at += SELECT_PIECE;
		give_way();
	}
	leave_lines(s, at, s->sorted_end, winner);
}

/* Runs when the goroutine self, which waited in select_wait_all, is woken: take
 * the waiters that lost off their lines.  Returns the index of the case that
 * went. */
static NOINLINE int
leave_all(uintptr_t self)
{
	struct selection *s = ((struct g *)self)->wait.value;
	/* relaxed: the winner stored it before it made this goroutine ready. */
	struct chan_waiter *winner = load_relaxed(&s->group.winner);

	ASSERT(winner != NULL);
	if (UNLIKELY(s->sorted_end - s->sorted > FEW))
		leave_many_lines(s, winner);
	else
		leave_lines(s, s->sorted, s->sorted_end, winner);
	return finish(s, s->waiters, winner);
}

/* Put the waiter of k in line. */
static void
line_up(struct selection *s, const struct select_case *k)
{
	struct chan_waiter *w = s->waiters + (k - s->cases);
	/* relaxed: under the lock. */
	uint64_t kind = load_relaxed(&k->chan->kind);

	if (k->op == SELECT_SEND)
		chan_line_up_send(k->chan, w, kind);
	else
		chan_line_up_recv(k->chan, w, kind);
	w->value = k->value;
	w->group = &s->group;
}

NOINLINE int
select_wait_all(struct selection *s)
{
	open_group(s);
	for (struct select_case **at = s->sorted; at != s->sorted_end; at++)
		line_up(s, *at);
	select_unlock_all(s);				/* SELECT-1 */
	point_before_park();
	return leave_all(switch_pass(park_prepare(s->group.gp,
	    s->cases != s->end ? select_why : select_why_none),
	    &s->group.parking));
}

/* ---- for leaks.c ---- */

struct select_case *
chan_select_of(const struct g *gp, struct select_case **cases)
{
	const struct selection *s = gp->wait.value;	/* SELECT-3 */

	*cases = s->cases;
	return s->end;
}
