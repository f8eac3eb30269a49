/*
 * select_wait.c - a select of which no case can go.
 *
 * With the locks of all channels, taken in the order of their addresses, it
 * puts a waiter for each case in line, all with one wait_group; unlocks, and
 * parks.  Whoever comes first at one of the channels wins the group (WAITQ-2),
 * does the whole operation and wakes us; we take the other waiters off, each
 * under its channel's lock.
 *
 * SELECT-1	The group can be won as soon as the first lock is released,
 *		before we are off our stack.  The winner waits for that
 *		(parking), which needs no lock and ends soon; so the locks need
 *		not be released on g0.
 * SELECT-2	Under the locks a case may look ready only for waiters that have
 *		lost elsewhere and still linger (WAITQ-2).  Then the select
 *		begins anew; trying that case takes those off.
 * SELECT-3	The callers of chan_select keep nothing in s1-s11, and parking
 *		does not save them: the function that parks may use nothing of
 *		its own afterwards.  It calls another that finds the selection
 *		in wait.value of its goroutine, which does not wait alone.
 *		And whoever has called it may only return: so what may park is
 *		called where nothing is left to be done, and never in a loop,
 *		or a compiler keeps in s1-s11 that the loop is over.
 *		tests/codegen/light.py looks at what they have made of it.
 *
 * All this is here three times.  select_wait_all is for any select.
 * select_wait_few is for few cases, each of another channel, with elements
 * whose places one probe can try: it stands in line at each when it has looked
 * at it, and keeps all locks until it is done with all.  If it finds that it
 * cannot, it takes all back unseen and leaves it to select_in.  And
 * select_wait_plain does the same with cases that are plain (select.c), and in
 * order already, so that it need not sort.
 *
 * Rejected: standing in line at one channel after the other, with one lock at a
 * time.  Two selects that meet must then both be claimed at once, and a claim
 * that must be taken back has been seen by others, who went on.
 */
#include "kernel/probe.h"
#include "lib/check.h"
#include "runtime/chan/chan_pass.h"
#include "runtime/chan/select.h"
#include "runtime/sched/preempt.h"
#include "runtime/time/timers.h"

const char select_why[] = "select";
const char select_why_none[] = "select (no cases)";

/* A point where a scenario stops us, in one place. */
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

/* s, of waiters, was woken: the index of the case that went. */
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

/* Let list[i] find its place among those before it, gap by gap. */
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

/* Sort the n of list by channel, Shell's way.  No locks. */
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

/* Sort the n of list, a few, by channel. */
static NOINLINE void
sort(struct select_case **list, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		insert(list, i, 1);
}

/* The next of s whose channel is another than at's. */
INLINE struct select_case **
next_chan(const struct selection *s, struct select_case **at)
{
	struct chan *c = (*at)->chan;

	do
		at++;
	while (at != s->sorted_end && (*at)->chan == c);
	return at;
}

/* Put the cases k .. stop - 1 that have a channel at *at, which moves on.
 * Returns whether they are in order, *last being the channel before. */
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

/* Fill in s->sorted, for which there is space, of a select of few. */
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

/* The same for one of many. */
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

/* Lock c, which is a channel, briefly, with others held. */
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
	struct chan_waiter  waiters[FEW];	/* by case */
	struct select_case *sorted[FEW];
};

/* At case w somebody has the lock, in which state was found: go on as leave_few
 * does. */
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

/* Woken. */
static NOINLINE int
leave_few(uintptr_t self)
{
	struct few *f = ((struct g *)self)->wait.value;
	/* relaxed: who stored it has made us ready. */
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

/* Stand in line with w for k, whose channel, of that kind, is locked.  False:
 * it can go now, or its place is not there, or a probe does not tell. */
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

/* f cannot wait at at: leave the lines before, whose locks we have, so that
 * nobody can have noticed. */
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

/* In f, the caller's, so that there is only one on the stack of who waits. */
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
			break;		/* select_in says what is wrong */
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

/* select_none_of_few, if the cases are not in order. */
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
			return false;	/* select_in says what is wrong */
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

/* Cases before odd are in line, and locked: as few_undo, but then go the way of
 * those in any order. */
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

/* Somebody had c's lock, in which state was found: not the time for short cuts.
 * Or c is no channel: then not for waiting, either. */
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

/* The case that won is winner's; the waiters of those at .. stop - 1 leave
 * their lines. */
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
		/* For a select it is always itself that says unblock. */
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

/* Woken. */
static NOINLINE int
leave_all(uintptr_t self)
{
	struct selection *s = ((struct g *)self)->wait.value;
	/* relaxed: who stored it has made us ready. */
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
