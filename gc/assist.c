/*
 * assist.c - make goroutines that allocate while the heap is marked help to
 * mark it.
 *
 * Without assists allocation could outrun marking.  The price of an allocated
 * byte is what is still to be marked divided by what may still be allocated
 * before the heap reaches its goal.  So marking is over when the goal is
 * reached, however fast the program allocates.  A P notes what it takes
 * (local->debt, by whole runs), and each slow allocation pays the debt: first
 * from the credit that background workers have earned, then by marking, a
 * quantum at a time.  When the P's share of marking is due (gc_host.share_due)
 * the goroutine marks even if the credit would be enough.
 *
 * There may be nothing left to take, because other harts have the rest of it in
 * hand, or because marking is over and the collector has to find that out.
 * Then the debt is forgiven and the goroutine yields; but if the heap is an
 * eighth beyond its goal, the goroutine waits until the cycle is over.  So the
 * heap is bounded by goal * 9 / 8, a run for each P, and the allocations of
 * goroutines that cannot wait.
 *
 * Rejected: keeping the debt by goroutine, as Go does.  It is fairer to
 * goroutines that allocate little; but a debt by P costs nothing to keep, and
 * nothing is lost when a goroutine ends.
 */
#include "gc/assist.h"

#include "gc/heap.h"
#include "gc/limiter.h"
#include "gc/local.h"
#include "gc/marker.h"
#include "gc/pacer.h"
#include "kernel/hart.h"
#include "kernel/syncpoint.h"

/* One quantum of marking takes at most this long. */
#define QUANTUM (50 * NS_PER_US)
#define SLACK   (16 * KIB)	/* a smaller debt is not worth a quantum */
#define LEFT_MIN (256 * KIB)	/* at least so much counts as left to mark */

enum { PRICE_MAX = 32 };	/* bytes to mark for one byte allocated */

/*
 * Field key:	[S] stored with the world stopped	[a] atomic
 */
static struct {
	uint64_t         expected;	/* [S] bytes to be marked in all */
	uint64_t         heap;		/* [S] bytes of the heap when marking
					 * began */
	ATOMIC(uint64_t) credit;	/* [a] bytes marked, not yet spent */
	ATOMIC(int64_t)  ns;		/* [a] time spent marking here */
	ATOMIC(uint64_t) bytes;		/* [a] bytes marked here, ever */
} assist;

void
assist_begin_stw(uint64_t expected_bytes)
{
	assist.expected = expected_bytes;
	assist.heap = pacer_heap();
	/* relaxed: world stopped. */
	store_relaxed(&assist.credit, 0);
	store_relaxed(&assist.ns, 0);
}

void
assist_give(uint64_t bytes)
{
	/* relaxed: a sum. */
	add_relaxed(&assist.credit, bytes);
}

nanos_t
assist_ns(void)
{
	/* relaxed: a statistic. */
	return load_relaxed(&assist.ns);
}

uint64_t
assist_bytes(void)
{
	/* relaxed: a statistic. */
	return load_relaxed(&assist.bytes);
}

/* Return how many bytes are to be marked for debt bytes allocated. */
static uint64_t
price_of(uint64_t debt)
{
	uint64_t done = marker_done_bytes(), left, room;
	uint64_t held = pacer_heap(), goal = pacer_goal();

	/* If more is marked than was expected, the whole heap may be left. */
	left = done < assist.expected ? assist.expected - done :
	    assist.heap - MIN(done, assist.heap);
	/* Scanning roots takes time too. */
	left = MAX(left, LEFT_MIN);
	room = goal - MIN(held, goal);
	return MIN(debt * (left / KIB) / (room / KIB + 1), debt * PRICE_MAX);
}

/* Spend up to want of the credit.  Returns how much was spent. */
static uint64_t
spend(uint64_t want)
{
	/* relaxed: a sum, here and below. */
	uint64_t credit = load_relaxed(&assist.credit), take;

	do {
		take = MIN(credit, want);
		if (take == 0)
			return 0;
	} while (!cas_relaxed(&assist.credit, &credit, credit - take));
	return take;
}

bool
gc_polls_soon(const struct gc_local *local)
{
	return local->polls_soon;
}

void
assist_pay(void)
{
	/* relaxed: only collections change it. */
	uint64_t next = gc_cycles() + 1;

	while (heap_marking()) {
		struct gc_local *local = this_hart()->gc;
		uint64_t price = price_of(local->debt), paid, marked = 0;
		bool     ended = false, enough, due = gc_host.share_due();

		if (FAULT(gc_no_assist) || limiter_on()) {
			local->debt = 0;
			break;
		}
		paid = spend(price);
		if (paid < price || due || !gc_mark_has_work(local)) {
			nanos_t from = gc_host.now(), spent;

			local->polls_soon = true;
			ended = marker_quantum(&local->work, from + QUANTUM,
			    due ? UINT64_MAX / 2 : price - paid, &marked);
			local->polls_soon = false;
			spent = gc_host.now() - from;
			limiter_spent(spent);
			gc_host.share_given(spent);
			paid += marked;
			/* relaxed: statistics. */
			add_relaxed(&assist.ns, spent);
			add_relaxed(&assist.bytes, marked);
		}
		if (ended) {
			local->debt = 0;
			if (pacer_heap() / 9 > pacer_goal() / 8)
				gc_host.wait_cycle(next);
			else
				gc_host.yield();
			break;
		}
		if (paid >= price) {
			local->debt = 0;
			assist_give(paid - price);
		} else {
			local->debt -= local->debt * (paid / KIB) /
			    (price / KIB + 1);
		}
		enough = local->debt < SLACK;
		/* Poll last: a hart that wants this P could not have it until
		 * now. */
		gc_host.poll();
		if (enough)
			break;
	}
}
