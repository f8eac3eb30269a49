/*
 * runq.h - the local run queue of a P.
 *
 * A bounded ring that needs no lock.  The P that owns it puts at the tail; the
 * owner and any thief take at the head.  A put never blocks and never
 * allocates: what does not fit goes to the global queue (globq.h).
 *
 * Invariants:
 *
 *	RUNQ-1	0 <= tail - head <= RUNQ_LEN as the owner sees it.  Both
 *		counters run freely and wrap; only differences mean anything.
 *	RUNQ-2	Only the owner stores tail and slot[].
 *	RUNQ-3	A G in slot[head .. tail) is G_RUNNABLE and on no other queue.
 *	RUNQ-4	head moves only by CAS; who moved it from h to h + n, and nobody
 *		else, owns the n Gs it passed.
 *
 * Why lock-free: every ready, yield and exit passes through here, and thieves
 * look at every P.  The scheme is the one of Go's runqput and runqsteal (proc.go),
 * itself a bounded form of Chase and Lev's deque (SPAA 2005) with both takers at
 * the same end.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"

struct g;

enum { RUNQ_LEN = 256 };

_Static_assert((RUNQ_LEN & (RUNQ_LEN - 1)) == 0,
    "counters wrap at 2^32, so RUNQ_LEN must divide it");

/*
 * Field key:	[O] stored by the owner P only, loaded by any hart
 *		[C] changed by CAS from any hart
 */
struct runq {
	ATOMIC(uint32_t)   head;		/* [C] next slot to take */
	ATOMIC(uint32_t)   tail;		/* [O] next slot to fill */
	ATOMIC(struct g *) slot[RUNQ_LEN];	/* [O] RUNQ-3 */
};

/*
 * Put gp at the tail of q.  Owner only.  Returns false, and leaves q alone, if
 * q is full; the caller then moves half of q to the global queue.
 */
INLINE MUST_USE bool
runq_put(struct runq *q, struct g *gp)
{
	/* acquire: pairs with cas_release of head in runq_get and runq_grab;
	 * a taker has finished reading the slots it passed. */
	uint32_t h = load_acquire(&q->head);
	/* relaxed: only this P stores tail (RUNQ-2). */
	uint32_t t = load_relaxed(&q->tail);

	ASSERT(t - h <= RUNQ_LEN);	/* RUNQ-1 */
	if (UNLIKELY(t - h == RUNQ_LEN))
		return false;
	/* relaxed: published by the store of tail. */
	store_relaxed(&q->slot[t % RUNQ_LEN], gp);
	/* release: pairs with load_acquire of tail in runq_grab; publishes the
	 * slot and all that was written to *gp before. */
	store_release(&q->tail, t + 1);
	return true;
}

/*
 * Take the oldest G, or NULL if q is empty.  Owner only.
 */
INLINE struct g *
runq_get(struct runq *q)
{
	/* relaxed: a stale head only makes the CAS fail; the owner's own view
	 * of tail is exact, and it never reads what thieves write. */
	uint32_t h = load_relaxed(&q->head);

	for (;;) {
		/* relaxed: only this P stores tail and slots (RUNQ-2). */
		uint32_t t = load_relaxed(&q->tail);
		struct g *gp;

		if (t == h)
			return NULL;
		gp = load_relaxed(&q->slot[h % RUNQ_LEN]);
		/* relaxed: the slot is reused by this same P, in program
		 * order; what the G holds was written by this P, or acquired
		 * when it was put. */
		if (LIKELY(cas_relaxed(&q->head, &h, h + 1)))
			return gp;	/* RUNQ-4 */
	}
}

/* Gs in q at some moment.  Any hart. */
INLINE uint32_t
runq_len(const struct runq *q)
{
	for (;;) {
		/* acquire: head first, so that tail is not older than it. */
		uint32_t h = load_acquire(&q->head);
		uint32_t t = load_acquire(&q->tail);
		uint32_t n = t - h;

		if (n <= RUNQ_LEN)
			return n;
	}
}

/* Take half of q, rounded up and oldest first, into batch.  Any hart.  Returns
 * how many; 0 means that q looked empty at some moment during the call. */
uint32_t runq_grab(struct runq *q, struct g *batch[RUNQ_LEN / 2]);
