/*
 * runq.h - the local run queue of a P.
 *
 * A bounded ring that needs no lock.  The P that owns it puts at the tail; the
 * owner and any thief take at the head.  A put never blocks and never
 * allocates: what does not fit goes to the global queue (globq.c).
 *
 * Invariants:
 *
 *	RUNQ-1	0 <= tail - head <= RUNQ_LEN whenever the owner is not inside
 *		runq_get, which may leave head at tail + 1 for a moment.  Both
 *		counters run freely (they have 64 bits and never wrap).
 *	RUNQ-2	Only the owner stores tail and slot[].
 *	RUNQ-3	A G in slot[head .. tail) is G_RUNNABLE and on no other queue.
 *	RUNQ-4	A thief moves head by CAS, from a value that was below tail; the
 *		owner moves head by adding 1.  The taker that moved head from h
 *		to h + n, and nobody else, owns the Gs in slots h .. h + n - 1
 *		below tail.
 *
 * Why lock-free: every ready, yield and exit uses this queue, and thieves look
 * at every P.  The scheme is that of Go's runqput and runqsteal (proc.go),
 * itself a bounded form of Chase and Lev's deque (SPAA 2005) with both takers
 * at the same end.  Unlike in Go the owner takes by one fetch-and-add, not by a
 * CAS loop.  If the fetch-and-add runs past tail the queue was empty, and the
 * owner puts head back.  No thief can be misled: it moves head only from a
 * value h0 below the tail that it saw, and once head is past h0 it never
 * returns to h0.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"

struct g;

enum { RUNQ_LEN = 256 };

_Static_assert((RUNQ_LEN & (RUNQ_LEN - 1)) == 0, "a slot is a mask away");

/*
 * Field key:	[O] stored by the owner P only, loaded by any hart
 *		[C] changed by atomic operations of any hart
 */
struct runq {
	ATOMIC(uint64_t)   head;		/* [C] next slot to take */
	ATOMIC(uint64_t)   tail;		/* [O] next slot to fill */
	ATOMIC(struct g *) slot[RUNQ_LEN];	/* [O] RUNQ-3 */
};

/*
 * Put gp at the tail of q.  Owner only.  Returns false, and leaves q alone, if
 * q is full; the caller then moves half of q to the global queue.
 */
INLINE MUST_USE bool
runq_put(struct runq *q, struct g *gp)
{
	/* acquire: pairs with cas_release of head in runq_grab; a thief has
	 * finished reading the slots it passed. */
	uint64_t h = load_acquire(&q->head);
	/* relaxed: only this P stores tail (RUNQ-2). */
	uint64_t t = load_relaxed(&q->tail);

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
 * Store gp in the next slot of q, which has room; the owner knows this because
 * it has just taken a G.  gp is in q once the caller stores the returned value
 * into q->tail, with release, as runq_put does.  Owner only.
 */
INLINE MUST_USE uint64_t
runq_prepare(struct runq *q, struct g *gp)
{
	/* relaxed: only this P stores tail (RUNQ-2). */
	uint64_t t = load_relaxed(&q->tail);

	ASSERT(t - load_relaxed(&q->head) < RUNQ_LEN);	/* RUNQ-1 */
	/* relaxed: published by the store of tail.  The slot is free, because
	 * the caller's own take has acquired head. */
	store_relaxed(&q->slot[t % RUNQ_LEN], gp);
	return t + 1;
}

/* Take the oldest G of q.  Returns NULL if q is empty.  Owner only. */
INLINE struct g *
runq_get(struct runq *q)
{
	/* acquire: pairs with cas_release of head in runq_grab, as the load in
	 * runq_put does; that load reads our own store if we put head back
	 * below.  The contents of the G were written here, or acquired when it
	 * was put. */
	uint64_t h = add_acquire(&q->head, (uint64_t)1);	/* RUNQ-4 */

	/* relaxed: only this P stores tail and slots (RUNQ-2). */
	if (LIKELY(h != load_relaxed(&q->tail)))
		return load_relaxed(&q->slot[h % RUNQ_LEN]);
	/* relaxed: the queue is empty, so no thief moves head (RUNQ-4). */
	store_relaxed(&q->head, h);
	return NULL;
}

/* Put the n Gs of batch at the tail of q, which has room for them.  Owner only.
 */
INLINE void
runq_put_many(struct runq *q, struct g *const batch[], uint32_t n)
{
	/* relaxed: only this P stores tail (RUNQ-2). */
	uint64_t t = load_relaxed(&q->tail);

	/* acquire: as in runq_put. */
	CHECK(t + n - load_acquire(&q->head) <= RUNQ_LEN);	/* RUNQ-1 */
	for (uint32_t i = 0; i < n; i++)
		/* relaxed: published by the store of tail. */
		store_relaxed(&q->slot[(t + i) % RUNQ_LEN], batch[i]);
	/* release: as in runq_put. */
	store_release(&q->tail, t + n);
}

/* Returns how many Gs were in q at some moment.  Any hart. */
INLINE uint32_t
runq_len(const struct runq *q)
{
	for (;;) {
		/* acquire: head before tail. */
		uint64_t h = load_acquire(&q->head);
		uint64_t t = load_acquire(&q->tail);

		if (t - h <= RUNQ_LEN)
			return (uint32_t)(t - h);
		if (h - t == 1)
			return 0;	/* the owner is in runq_get: RUNQ-1 */
	}
}

/* Take half of q, rounded up and oldest first, into batch.  Returns how many
 * were taken; 0 means that q looked empty at some moment during the call.  Any
 * hart. */
uint32_t runq_grab(struct runq *q, struct g *batch[RUNQ_LEN / 2]);
