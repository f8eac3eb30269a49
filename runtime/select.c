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
 *
 * Rejected: always locking all, as Go does.  Pass 1 takes one lock where that
 * takes all, and a select that finds nothing has lost only a few loads.
 *
 * Rejected: standing in line at one channel after the other, with one lock at a
 * time.  Two selects that meet must then both be claimed at once, and a claim
 * that must be taken back has been seen by others, who went on.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/chan.h"
#include "runtime/sched.h"
#include "runtime/timers.h"

/* Cases whose bookkeeping fits on the stack. */
enum { FEW = 8 };

/*
 * A select in its second and third pass.  On the stack of its goroutine.
 */
struct selection {
	struct select_case *cases;
	uint32_t            n;
	struct chan       **locks;	/* the channels, each once, in the
					 * order of addresses */
	struct chan       **locks_end;
	struct chan_waiter *waiters;	/* by case */
	struct wait_group   group;
};

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
INLINE int
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
		SYNC_POINT(select_looking);
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
		w->closed = false;
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

/* Leave the stack and let others have the group.  A function of its own because
 * it saves all registers, which the call does not. */
static NOINLINE void
park_selection(struct selection *s, const char *why)
{
	struct strand *next = park_prepare(s->group.gp, why);

	(void)ANTLER_CALL_LIGHT_(switch_pass, next, &s->group.parking);
}

/* All locks held.  The index of the case that went. */
INLINE int
wait_for_one(struct selection *s)
{
	struct chan_waiter *winner;
	uint32_t i;

	s->group.gp = this_g();
	/* relaxed: published by the locks. */
	store_relaxed(&s->group.winner, NULL);
	store_relaxed(&s->group.parking, SPIN_HELD);
	stand_in_all_lines(s);
	unlock_all(s);					/* SELECT-1 */
	SYNC_POINT(select_before_park);
	park_selection(s, s->n > 0 ? "select" : "select (no cases)");
	/* relaxed: who stored it has made us ready. */
	winner = load_relaxed(&s->group.winner);
	ASSERT(winner != NULL);
	leave_all_lines(s, winner);
	i = (uint32_t)(winner - s->waiters);
	finish(&s->cases[i], winner->closed);
	return (int)i;
}

/* ---- all together ---- */

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

	s.cases = cases;
	s.n = n;
	s.locks = locks;
	s.waiters = waiters;
	return select_locked(&s, block);
}

static NOINLINE int
select_many(struct select_case *cases, uint32_t n, bool block)
{
	struct selection s = { .cases = cases, .n = n };

	/* The stack has room for the waiters of some hundred cases only. */
	for (struct select_case *k = cases; k != cases + n; k++)
		if (k->chan != NULL)
			update(k->chan);
	s.locks = gc_new_bytes(n * sizeof(s.locks[0]));
	s.waiters = gc_new_bytes(n * sizeof(s.waiters[0]));
	return select_locked(&s, block);
}

INLINE int
select(struct select_case *cases, int n, bool block)
{
	if (n < 0)
		panic("select: %d cases", n);
	if (n <= FEW) {
		int i = try_few(cases, (uint32_t)n);

		if (i >= 0)
			return i;
		return select_few(cases, (uint32_t)n, block);
	}
	return select_many(cases, (uint32_t)n, block);
}

int
chan_select(struct select_case *cases, int n)
{
	return select(cases, n, true);
}

int
chan_try_select(struct select_case *cases, int n)
{
	return select(cases, n, false);
}
