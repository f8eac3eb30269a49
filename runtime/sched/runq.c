/*
 * runq.c - stealing from a local run queue.  The queue itself is in runq.h.
 */
#include "runtime/sched/runq.h"

uint32_t
runq_grab(struct runq *q, struct g *batch[RUNQ_LEN / 2])
{
	for (;;) {
		/* acquire: head before tail.  If a thief moved head, it had
		 * seen a tail at least that far (cas_release below).  But the
		 * owner moves head without release: we may see its head and an
		 * older tail, or a head past tail (RUNQ-1).  Then t - h wraps
		 * to a huge number.  All that we know then is that the owner is
		 * at work; so we call the queue empty and leave the rest to the
		 * next look. */
		uint64_t h = load_acquire(&q->head);
		/* acquire: pairs with store_release of tail in runq_put. */
		uint64_t t = load_acquire(&q->tail);
		uint32_t n;

		if (t - h > INT64_MAX)
			return 0;
		if (t - h > RUNQ_LEN)
			continue;	/* h is stale: the ring has lapped it */
		n = (uint32_t)(t - h) - (uint32_t)(t - h) / 2;
		if (n == 0)
			return 0;

		/* relaxed: ordered by the load of tail.  The owner may refill a
		 * slot that we read, but only after head has moved; then the
		 * CAS fails and this batch is thrown away. */
		for (uint32_t i = 0; i < n; i++)
			batch[i] = load_relaxed(&q->slot[(h + i) % RUNQ_LEN]);

		/* release: pairs with load_acquire of head in runq_put; our
		 * reads of the slots end before the owner may refill them. */
		if (cas_release(&q->head, &h, h + n))
			return n;	/* RUNQ-4 */
	}
}
