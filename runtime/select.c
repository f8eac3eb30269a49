/*
 * select.c - chan_select and chan_try_select.
 *
 * Three passes, each only if the one before found nothing:
 *
 *	1  Look at all channels without locks.  Of those that look ready try one
 *	   at random, as a plain send or receive that does not block, and so on.
 *	   It may miss a channel that becomes ready behind our back, but what
 *	   it does is right at the moment when it does it.
 *	2  Lock all channels in the order of their addresses, each once, and
 *	   look again: now nothing moves, so "none is ready" is a fact at one
 *	   moment.  chan_try_select ends here.
 *	3  Still with all locks, put a waiter for each case in line, all with
 *	   one wait_group; unlock, and park.  Whoever comes first at one of the
 *	   channels wins the group (WAITQ-2), does the whole operation and
 *	   wakes us; we take the other waiters off, each under its channel's
 *	   lock.
 *
 * SELECT-1	The group can be won as soon as the first lock is released,
 *		before we are off our stack.  The winner waits for that
 *		(parking), which needs no lock and ends soon; so the locks need
 *		not be released on g0.
 * SELECT-2	In pass 2 the cases that look ready can only be there for
 *		waiters that have lost elsewhere and still linger (WAITQ-2);
 *		trying takes those off, so it ends.
 * SELECT-3	The callers of chan_select keep nothing in s1-s11, and parking
 *		does not save them: the function that parks may use nothing of
 *		its own afterwards.  It calls another that finds the selection
 *		in wait.value of its goroutine, which does not wait alone.
 *
 * Most selects are of few channels of words without buffer, in the order of
 * their addresses, of which one is ready or none.  For these pass 1 is a loop
 * that calls nothing, and passes 2 and 3 are one (wait_plain): it stands in
 * line at each channel when it has looked at it, and keeps all locks until it
 * is done with all.  If one turns out to be ready it can still take it all back
 * unseen.
 *
 * Rejected: always locking all, as Go does.  Pass 1 takes one lock where that
 * takes all, and a select that finds nothing has lost only a few loads.
 *
 * Rejected: standing in line at one channel after the other, with one lock at a
 * time.  Two selects that meet must then both be claimed at once, and a claim
 * that must be taken back has been seen by others, who went on.
 */
#include "gc/gc.h"
#include "kernel/probe.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/chan.h"
#include "runtime/sched.h"
#include "runtime/timers.h"
#include "runtime/touch.h"

/* Cases whose bookkeeping fits on the stack. */
enum { FEW = 8 };

/*
 * A select in its second and third pass.  On the stack of its goroutine.
 */
struct selection {
	struct select_case *cases;	/* first, as in struct plain */
	struct select_case *end;
	uint32_t            n;
	struct chan       **locks;	/* the channels, each once, in the
					 * order of addresses */
	struct chan       **locks_end;
	struct chan_waiter *waiters;	/* by case */
	struct wait_group   group;
};

/*
 * The same for few cases of open channels of words without buffer, each channel
 * once and in the order of addresses.
 */
struct plain {
	struct select_case *cases;
	struct select_case *end;
	struct wait_group   group;
	struct chan_waiter  waiters[FEW];	/* by case */
};

_Static_assert(offsetof(struct selection, cases) ==
    offsetof(struct plain, cases) && offsetof(struct selection, end) ==
    offsetof(struct plain, end), "chan_select_of");

const char select_why[] = "select";
const char select_why_none[] = "select (no cases)";

/* Points where a scenario stops us; each in one place. */
INLINE void
point_looking(void)
{
	SYNC_POINT(select_looking);
}

INLINE void
point_before_park(void)
{
	SYNC_POINT(select_before_park);
}

INLINE bool
looks_ready(const struct select_case *k)
{
	if (k->chan == NULL)
		return false;
	return k->op == SELECT_SEND ? chan_can_send(k->chan) :
	    chan_can_recv(k->chan);
}

/* A timer's channel gets what is due.  No locks. */
INLINE void
update(struct chan *c)
{
	if (UNLIKELY(c->timer != NULL))
		timer_chan_update(c->timer);
}

/* One of n, all as likely. */
INLINE uint32_t
choose(uint32_t n)
{
	return n == 1 ? 0 : rand_below(&this_m()->rand, n);
}

/* ---- pass 1 ---- */

static bool
try_case(struct select_case *k)
{
	if (k->op == SELECT_SEND)
		return chan_try_send(k->chan, k->value);
	return chan_try_recv(k->chan, k->value, &k->ok);
}

/* Few cases: the index of the one that went, or -1. */
static FOR_PROGRAMS int
try_few(struct select_case *cases, uint32_t n)
{
	struct select_case *ready[FEW], **end = ready;

	for (struct select_case *k = cases; k != cases + n; k++) {
		if (k->chan == NULL)
			continue;
		/* relaxed: a hint, and in part immutable. */
		if (UNLIKELY(load_relaxed(&k->chan->kind) != 0))
			update(k->chan);
		if (looks_ready(k))
			*end++ = k;
		point_looking();
	}
	while (end != ready) {
		struct select_case **at = ready +
		    choose((uint32_t)(end - ready));

		if (try_case(*at))
			return (int)(*at - cases);
		*at = *--end;
	}
	return -1;
}

/* ---- pass 2 ---- */

/* Sift list[at] down in a heap of n, the highest address on top. */
static void
sift(struct chan **list, uint32_t at, uint32_t n)
{
	struct chan *moved = list[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && (uintptr_t)list[child] <
		    (uintptr_t)list[child + 1])
			child++;
		if ((uintptr_t)moved >= (uintptr_t)list[child])
			break;
		list[at] = list[child];
		at = child;
	}
	list[at] = moved;
}

/* Sort list, of n, by address, and leave each channel once; how many. */
static NOINLINE uint32_t
sort_heap(struct chan **list, uint32_t n)
{
	uint32_t nlocks = 0;

	for (uint32_t i = n / 2; i-- > 0;)
		sift(list, i, n);
	for (uint32_t i = n; i-- > 1;) {
		struct chan *top = list[0];

		list[0] = list[i];
		list[i] = top;
		sift(list, 0, i);
	}
	for (uint32_t i = 0; i < n; i++)
		if (nlocks == 0 || list[nlocks - 1] != list[i])
			list[nlocks++] = list[i];
	return nlocks;
}

/* The cases are not in the order of their channels, or name one twice. */
static NOINLINE void
lock_sorted(struct selection *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->cases[i].chan != NULL)
			s->locks[n++] = s->cases[i].chan;
	n = sort_heap(s->locks, n);
	for (uint32_t i = 0; i < n; i++)
		spin_lock_brief(&s->locks[i]->lock);
	s->locks_end = s->locks + n;
}

INLINE void
unlock_all(struct selection *s)
{
	struct chan **first = s->locks;

	for (struct chan **c = s->locks_end; c-- != first;)
		spin_unlock_brief(&(*c)->lock);
}

/* Cases that look ready. */
static uint32_t
count_ready(const struct selection *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (looks_ready(&s->cases[i]))
			n++;
	return n;
}

/*
 * Lock all channels, and count the cases that look ready.  Most often they are
 * in order already: then each is looked at once.
 */
INLINE uint32_t
lock_all(struct selection *s)
{
	struct select_case *end = s->cases + s->n;
	struct chan **at = s->locks, *last = NULL;
	uint32_t nready = 0;

	for (struct select_case *k = s->cases; k != end; k++) {
		struct chan *c = k->chan;

		if (c == NULL)
			continue;
		if (UNLIKELY((uintptr_t)c <= (uintptr_t)last)) {
			s->locks_end = at;
			unlock_all(s);
			lock_sorted(s);
			return count_ready(s);
		}
		spin_lock_brief(&c->lock);
		last = *at++ = c;
		if (UNLIKELY(looks_ready(k)))
			nready++;
	}
	s->locks_end = at;
	return nready;
}

/* The n-th of those. */
static uint32_t
nth_ready(const struct selection *s, uint32_t n)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (looks_ready(&s->cases[i]) && n-- == 0)
			return i;
	panic("select: a case changed under its lock");
}

/* All locks held, nready cases look ready: do one that can go, and return its
 * index and whom to wake, or -1.  *result is the operation's. */
static NOINLINE int
go_one_locked(struct selection *s, uint32_t nready, struct g **wake,
    enum chan_result *result)
{
	for (; nready > 0; nready = count_ready(s)) {
		uint32_t i = nth_ready(s, choose(nready));
		struct select_case *k = &s->cases[i];

		*result = k->op == SELECT_SEND ?
		    chan_send_locked(k->chan, k->value, wake) :
		    chan_recv_locked(k->chan, k->value, wake);
		if (*result != CHAN_WAIT)		/* SELECT-2 */
			return (int)i;
	}
	return -1;
}

/* Case k has ended with result. */
static void
finish(struct select_case *k, bool ended)
{
	if (ended && k->op == SELECT_SEND)
		chan_panic_send_closed();
	k->ok = !ended;
}

/* ---- pass 3 ---- */

/* All locks held. */
INLINE void
stand_in_all_lines(struct selection *s)
{
	struct select_case *end = s->cases + s->n;
	struct chan_waiter *w = s->waiters;

	for (struct select_case *k = s->cases; k != end; k++, w++) {
		struct chan *c = k->chan;

		if (c == NULL)
			continue;
		w->value = k->value;
		w->group = &s->group;
		/* relaxed: under the lock. */
		if (LIKELY(load_relaxed(&c->kind) == 0))
			waitq_put(k->op == SELECT_SEND ? &c->sendq : &c->recvq,
			    w);
		else if (k->op == SELECT_SEND)
			chan_wait_send_locked(c, w);
		else
			chan_wait_recv_locked(c, w);
	}
}

/* Take all waiters off that have not won. */
INLINE void
leave_all_lines(struct selection *s, const struct chan_waiter *winner)
{
	struct select_case *end = s->cases + s->n;
	struct chan_waiter *w = s->waiters;

	for (struct select_case *k = s->cases; k != end; k++, w++) {
		struct chan *c = k->chan;

		if (c == NULL || (w == winner && c->timer == NULL))
			continue;
		spin_lock_brief(&c->lock);
		waitq_remove(w);
		/* For a select it is always itself that says unblock. */
		if (UNLIKELY(c->timer != NULL) && k->op == SELECT_RECV)
			timer_chan_unblock(c->timer);
		spin_unlock_brief(&c->lock);
	}
}

/* Fill in g, before the first lock is released.  what is for the function that
 * goes on after parking. */
INLINE void
open_group(struct wait_group *g, void *what)
{
	struct g *gp = this_g();

	g->gp = gp;
	g->closed = false;
	/* relaxed: published by the locks. */
	store_relaxed(&g->winner, NULL);
	store_relaxed(&g->parking, SPIN_HELD);
	gp->wait.value = what;				/* SELECT-3 */
}

/* Woken: take the other waiters off. */
static NOINLINE int
go_on(uintptr_t self)
{
	struct selection *s = ((struct g *)self)->wait.value;
	/* relaxed: who stored it has made us ready. */
	struct chan_waiter *winner = load_relaxed(&s->group.winner);
	uint32_t i = (uint32_t)(winner - s->waiters);

	ASSERT(winner != NULL);
	leave_all_lines(s, winner);
	finish(&s->cases[i], s->group.closed);
	return (int)i;
}

/* All locks held.  The index of the case that went.  Nothing may be done after
 * it but to return (SELECT-3). */
static NOINLINE int
wait_for_one(struct selection *s)
{
	open_group(&s->group, s);
	stand_in_all_lines(s);
	unlock_all(s);					/* SELECT-1 */
	point_before_park();
	return go_on(switch_pass(park_prepare(s->group.gp,
	    s->n > 0 ? select_why : select_why_none), &s->group.parking));
}

/* ---- all together ---- */

/* Let a place that is not there be a panic now, with nothing in our hands. */
static void
touch_places(struct select_case *cases, uint32_t n)
{
	for (struct select_case *k = cases; k != cases + n; k++) {
		if (k->chan == NULL)
			continue;
		if (k->op == SELECT_SEND)
			touch_in(k->value, k->chan->elem->size);
		else if (k->value != NULL)
			touch_out(k->value, k->chan->elem->size);
	}
}

/* Passes 2 and 3; s has its cases and its space. */
INLINE int
select_locked(struct selection *s, bool block)
{
	enum chan_result result = CHAN_WAIT;
	struct g *wake = NULL;
	uint32_t nready;
	int i = -1;

	nready = lock_all(s);
	if (UNLIKELY(nready > 0))
		i = go_one_locked(s, nready, &wake, &result);
	if (i < 0 && block)
		return wait_for_one(s);
	unlock_all(s);
	if (i < 0)
		return -1;
	if (wake != NULL)
		make_ready(wake);
	finish(&s->cases[i], result == CHAN_ENDED);
	return i;
}

static NOINLINE int
select_few(struct select_case *cases, uint32_t n, bool block)
{
	struct chan *locks[FEW];
	struct chan_waiter waiters[FEW];
	struct selection s;

	touch_places(cases, n);
	s.cases = cases;
	s.end = cases + n;
	s.n = n;
	s.locks = locks;
	s.waiters = waiters;
	return select_locked(&s, block);
}

static NOINLINE int
select_many(struct select_case *cases, uint32_t n, bool block)
{
	struct selection s = { .cases = cases, .end = cases + n, .n = n };

	touch_places(cases, n);
	/* The stack has room for the waiters of some hundred cases only. */
	for (struct select_case *k = cases; k != cases + n; k++)
		if (k->chan != NULL)
			update(k->chan);
	s.locks = gc_new_bytes(n * sizeof(s.locks[0]));
	s.waiters = gc_new_bytes(n * sizeof(s.waiters[0]));
	return select_locked(&s, block);
}

static NOINLINE FOR_PROGRAMS int
select_any(struct select_case *cases, int n, bool block)
{
	if (UNLIKELY(n < 0))
		go_panic("select: %d cases", n);
	if (n <= FEW) {
		int i = try_few(cases, (uint32_t)n);

		if (i >= 0)
			return i;
		return select_few(cases, (uint32_t)n, block);
	}
	return select_many(cases, (uint32_t)n, block);
}

/* ---- few plain cases ---- */

/* The cases are not plain, from odd on; before it we stand in line and have the
 * locks, which nobody can have noticed.  Leave, and go the usual way. */
static NOINLINE int
plain_undo(struct plain *s, struct select_case *cases, struct select_case *odd,
    uint32_t n)
{
	struct chan_waiter *w = s->waiters;

	for (struct select_case *k = cases; k != odd; k++, w++) {
		waitq_remove(w);
		spin_unlock_brief(&k->chan->lock);
	}
	return select_few(cases, n, true);
}

/* Somebody had k's lock, and left state in it: not the time for short cuts. */
static NOINLINE int
plain_contended(struct plain *s, struct select_case *cases,
    struct select_case *k, uint32_t n, unsigned long state)
{
	spin_wait(&k->chan->lock, (uint32_t)state);
	spin_unlock_brief(&k->chan->lock);
	return plain_undo(s, cases, k, n);
}

/* At case w somebody has the lock, and left state in it: go on as leave_plain
 * does. */
static NOINLINE void
leave_contended(struct plain *s, struct chan_waiter *w, unsigned long state)
{
	struct select_case *k = s->cases + (w - s->waiters);
	/* relaxed: as in leave_plain. */
	struct chan_waiter *winner = load_relaxed(&s->group.winner);

	spin_wait(&k->chan->lock, (uint32_t)state);
	for (;;) {
		waitq_remove(w);
		spin_unlock_brief(&k->chan->lock);
		do {
			k++;
			w++;
			if (k == s->end)
				return;
		} while (w == winner);
		spin_lock_brief(&k->chan->lock);
	}
}

/* Woken. */
static NOINLINE int
leave_plain(uintptr_t self)
{
	struct plain *s = ((struct g *)self)->wait.value;
	/* relaxed: who stored it has made us ready. */
	struct chan_waiter *winner = load_relaxed(&s->group.winner);
	struct select_case *end = s->end;
	struct chan_waiter *w = s->waiters;
	size_t i;

	ASSERT(winner != NULL);
	for (struct select_case *k = s->cases; k != end; k++, w++) {
		unsigned long state;

		if (w == winner)
			continue;
		state = spin_take_brief(&k->chan->lock);
		if (UNLIKELY(state != 0)) {
			leave_contended(s, w, state);
			break;
		}
		waitq_remove(w);
		spin_unlock_brief(&k->chan->lock);
	}
	i = (size_t)(winner - s->waiters);
	finish(&s->cases[i], s->group.closed);
	return (int)i;
}

/* Passes 2 and 3 in one: stand in line wherever a lock has been taken. */
static NOINLINE int
wait_plain(struct select_case *cases, uint32_t n)
{
	struct plain s;
	struct select_case *end = cases + n, *k;
	struct chan_waiter *w = s.waiters;
	struct chan *last = NULL;

	for (k = cases; k != end; k++, w++) {
		struct chan *c = k->chan;
		unsigned long state;

		if (UNLIKELY((uintptr_t)c <= (uintptr_t)last))
			return plain_undo(&s, cases, k, n);
		state = spin_take_brief(&c->lock);
		if (UNLIKELY(state != 0))
			return plain_contended(&s, cases, k, n, state);
		/* relaxed: under the lock. */
		if (UNLIKELY(load_relaxed(&c->kind) != 0))
			goto bad;
		if (k->op == SELECT_SEND) {
			if (UNLIKELY(!waitq_empty(&c->recvq)))
				goto bad;
			PROBE_READ(k->value);
			waitq_put(&c->sendq, w);
		} else {
			if (UNLIKELY(!waitq_empty(&c->sendq)))
				goto bad;
			if (k->value != NULL)
				PROBE_STORABLE(k->value);
			waitq_put(&c->recvq, w);
		}
		w->value = k->value;
		w->group = &s.group;
		last = c;
	}
	s.cases = cases;
	s.end = end;
	open_group(&s.group, &s);
	for (k = cases; k != end; k++)
		spin_unlock_brief(&k->chan->lock);	/* SELECT-1 */
	point_before_park();
	return leave_plain(switch_pass(park_prepare(s.group.gp, select_why),
	    &s.group.parking));
bad:	/* or a place that is not there: select_few tells */
	spin_unlock_brief(&k->chan->lock);
	return plain_undo(&s, cases, k, n);
}

/* Do plain case i, the only one that looked ready; false: it was not. */
INLINE bool
try_plain(struct select_case *k)
{
	struct g *wake = k->op == SELECT_SEND ?
	    chan_try_send_word(k->chan, k->value) :
	    chan_try_recv_word(k->chan, k->value);

	if (wake == NULL)
		return false;
	k->ok = true;
	make_ready(wake);
	return true;
}

static NOINLINE int
select_one(struct select_case *cases, struct select_case *k, uint32_t n)
{
	return try_plain(k) ? (int)(k - cases) : select_few(cases, n, true);
}

/* ---- the ways in ---- */

FOR_PROGRAMS int
antler_chan_select(struct select_case *cases, int n)
{
	struct select_case *end = cases + n, *ready = NULL;

	if (UNLIKELY((unsigned)n - 1 >= FEW))
		return select_any(cases, n, true);
	for (struct select_case *k = cases; k != end; k++) {
		struct chan *c = k->chan;

		/* relaxed: hints. */
		if (UNLIKELY(c == NULL || load_relaxed(&c->kind) != 0))
			return select_any(cases, n, true);
		point_looking();
		if (waitq_empty(k->op == SELECT_SEND ? &c->recvq : &c->sendq))
			continue;
		if (ready != NULL)
			return select_any(cases, n, true);
		ready = k;
	}
	return ready != NULL ? select_one(cases, ready, (uint32_t)n) :
	    wait_plain(cases, (uint32_t)n);
}

FOR_PROGRAMS int
chan_try_select(struct select_case *cases, int n)
{
	return select_any(cases, n, false);
}

/* ---- for leaks.c ---- */

struct select_case *
chan_select_of(const struct g *gp, struct select_case **cases)
{
	const struct plain *s = gp->wait.value;		/* SELECT-3 */

	*cases = s->cases;
	return s->end;
}
