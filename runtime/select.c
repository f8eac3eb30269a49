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
 *	3  Put a waiter for each case in line, all with one wait_group, and
 *	   park; the locks are released on g0, off this stack.  Whoever comes
 *	   first at one of the channels wins the group (WAITQ-2), does the
 *	   whole operation and wakes us; we take the other waiters off, each
 *	   under its channel's lock.
 *
 * SELECT-1	Nobody passes pass 3 before its locks are all released, though
 *		the first to be released may let a waker in: for each channel
 *		but the winner's is locked once more, and the winner's has been
 *		released before it won.  So what releases them may use our
 *		stack.
 * SELECT-2	In pass 2 the cases that look ready can only be there for
 *		waiters that have lost elsewhere and still linger (WAITQ-2);
 *		trying takes those off, so it ends.
 *
 * Rejected: always locking all, as Go does.  Pass 1 takes one lock where that
 * takes all, and a select that finds nothing has lost only a few loads.
 */
#include "gc/gc.h"
#include "lib/check.h"
#include "runtime/chan.h"
#include "runtime/sched.h"

/* Cases whose bookkeeping fits on the stack. */
enum { FEW = 8 };

/*
 * A select in its second and third pass.  On the stack of its goroutine.
 */
struct selection {
	struct select_case *cases;
	uint32_t            n;
	uint32_t            nlocks;	/* different channels */
	uint32_t           *order;	/* cases: of each channel one, in the
					 * order of addresses */
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
static int
try_few(struct select_case *cases, uint32_t n)
{
	uint32_t ready[FEW];
	uint32_t nready = 0;

	for (uint32_t i = 0; i < n; i++)
		if (looks_ready(&cases[i]))
			ready[nready++] = i;
	while (nready > 0) {
		uint32_t at = choose(nready), i = ready[at];

		if (try_case(&cases[i]))
			return (int)i;
		ready[at] = ready[--nready];
	}
	return -1;
}

/* ---- pass 2 ---- */

/* Sift order[at] down in a heap of n, the highest address on top. */
static void
sift(const struct select_case *cases, uint32_t *order, uint32_t at, uint32_t n)
{
	uint32_t moved = order[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && (uintptr_t)cases[order[child]].chan <
		    (uintptr_t)cases[order[child + 1]].chan)
			child++;
		if ((uintptr_t)cases[moved].chan >=
		    (uintptr_t)cases[order[child]].chan)
			break;
		order[at] = order[child];
		at = child;
	}
	order[at] = moved;
}

/* Fill in order and nlocks. */
static void
sort_channels(struct selection *s)
{
	uint32_t *order = s->order;
	uint32_t  n = 0, nlocks = 0;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->cases[i].chan != NULL)
			order[n++] = i;
	for (uint32_t i = n / 2; i-- > 0;)
		sift(s->cases, order, i, n);
	for (uint32_t i = n; i-- > 1;) {
		uint32_t top = order[0];

		order[0] = order[i];
		order[i] = top;
		sift(s->cases, order, 0, i);
	}
	for (uint32_t i = 0; i < n; i++)
		if (nlocks == 0 || s->cases[order[nlocks - 1]].chan !=
		    s->cases[order[i]].chan)
			order[nlocks++] = order[i];
	s->nlocks = nlocks;
}

static void
lock_all(struct selection *s)
{
	for (uint32_t i = 0; i < s->nlocks; i++)
		spin_lock(&s->cases[s->order[i]].chan->lock);
}

/* From the top, so that each is the newest of the hart; s is not touched after
 * the last (SELECT-1). */
static void
unlock_all(struct selection *s)
{
	for (uint32_t i = s->nlocks; i-- > 0;)
		spin_unlock(&s->cases[s->order[i]].chan->lock);
}

/* The n-th case that looks ready, or s->n. */
static uint32_t
nth_ready(const struct selection *s, uint32_t n)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (looks_ready(&s->cases[i]) && n-- == 0)
			return i;
	return s->n;
}

/* All locks held: do one of the cases that can go, and return its index and
 * whom to wake, or -1.  *result is the operation's. */
static int
go_one_locked(struct selection *s, struct g **wake, enum chan_result *result)
{
	for (;;) {
		uint32_t nready = 0, i;
		struct select_case *k;

		for (i = 0; i < s->n; i++)
			nready += looks_ready(&s->cases[i]);
		if (nready == 0)
			return -1;
		i = nth_ready(s, choose(nready));
		k = &s->cases[i];
		*result = k->op == SELECT_SEND ?
		    chan_send_locked(k->chan, k->value, wake) :
		    chan_recv_locked(k->chan, k->value, wake);
		if (*result != CHAN_WAIT)		/* SELECT-2 */
			return (int)i;
	}
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
static void
wait_in_all_lines(struct selection *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct select_case *k = &s->cases[i];
		struct chan_waiter *w = &s->waiters[i];

		if (k->chan == NULL)
			continue;
		w->value = k->value;
		w->group = &s->group;
		w->closed = false;
		if (k->op == SELECT_SEND)
			chan_wait_send_locked(k->chan, w);
		else
			chan_wait_recv_locked(k->chan, w);
	}
}

/* On g0, off the goroutine's stack. */
static bool
unlock_parked(struct g *gp, void *arg)
{
	(void)gp;
	unlock_all(arg);
	return true;
}

/* Take all waiters off that have not won. */
static void
leave_all_lines(struct selection *s, const struct chan_waiter *winner)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct select_case *k = &s->cases[i];

		if (k->chan == NULL)
			continue;
		if (&s->waiters[i] == winner && k->chan->timer == NULL)
			continue;
		chan_leave(k->chan, &s->waiters[i], k->op == SELECT_RECV);
	}
}

/* The index of the case that went. */
static int
wait_for_one(struct selection *s)
{
	struct chan_waiter *winner;
	uint32_t i;

	s->group.gp = this_g();
	/* relaxed: published by the locks. */
	store_relaxed(&s->group.winner, NULL);
	wait_in_all_lines(s);
	park_with(unlock_parked, s, s->nlocks > 0 ? "select" :
	    "select (no cases)");
	/* acquire: pairs with the CAS in waitq_take. */
	winner = load_acquire(&s->group.winner);
	ASSERT(winner != NULL);
	leave_all_lines(s, winner);
	i = (uint32_t)(winner - s->waiters);
	finish(&s->cases[i], winner->closed);
	return (int)i;
}

/* ---- all together ---- */

/* Passes 2 and 3; s has its cases and its space. */
static int
select_locked(struct selection *s, bool block)
{
	enum chan_result result;
	struct g *wake;
	int i;

	sort_channels(s);
	lock_all(s);
	i = go_one_locked(s, &wake, &result);
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
	uint32_t order[FEW];
	struct chan_waiter waiters[FEW];
	struct selection s = { .cases = cases, .n = n, .order = order,
		.waiters = waiters };

	return select_locked(&s, block);
}

static NOINLINE int
select_many(struct select_case *cases, uint32_t n, bool block)
{
	struct selection s = { .cases = cases, .n = n };

	/* The stack has room for the waiters of some hundred cases only. */
	s.order = gc_new_bytes(n * sizeof(s.order[0]));
	s.waiters = gc_new_bytes(n * sizeof(s.waiters[0]));
	return select_locked(&s, block);
}

INLINE int
select(struct select_case *cases, int n, bool block)
{
	if (n < 0)
		panic("select: %d cases", n);
	for (int i = 0; i < n; i++)
		if (cases[i].chan != NULL)
			chan_update(cases[i].chan);
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
