/*
 * globq.c - the global run queue: Gs that no P owns.  First in, first out,
 * guarded by sched.lock.  Every P looks here every FAIR_TICKS goroutines, so
 * that busy local queues cannot starve it.
 */
#include "lib/check.h"
#include "runtime/sched/sched.h"

void
gqueue_push(struct gqueue *q, struct g *gp)
{
	gp->link = NULL;
	if (q->tail != NULL)
		q->tail->link = gp;
	else
		q->head = gp;
	q->tail = gp;
	q->n++;
}

struct g *
gqueue_pop(struct gqueue *q)
{
	struct g *gp = q->head;

	if (gp == NULL)
		return NULL;
	q->head = gp->link;
	if (q->head == NULL)
		q->tail = NULL;
	q->n--;
	gp->link = NULL;
	return gp;
}

static void
publish_length(void)
{
	/* relaxed: who looks without the lock re-checks under it, or after the
	 * fence described in idle.c. */
	store_relaxed(&sched.nglobq, sched.globq.n);
}

void
globq_put(struct g *gp)
{
	ASSERT_HELD(&sched.lock);
	ASSERT(g_status(gp) == G_RUNNABLE);
	gqueue_push(&sched.globq, gp);
	publish_length();
}

/* Put all of q, which is not empty, first: for Gs of a P that is retired, so
 * that they do not wait twice.  q is empty afterwards. */
void
globq_put_queue_first(struct gqueue *q)
{
	struct gqueue *g = &sched.globq;

	ASSERT_HELD(&sched.lock);
	q->tail->link = g->head;
	g->head = q->head;
	if (g->tail == NULL)
		g->tail = q->tail;
	g->n += q->n;
	*q = (struct gqueue){ 0 };
	publish_length();
}

/* Append all of q; q is empty afterwards. */
void
globq_put_queue(struct gqueue *q)
{
	struct gqueue *g = &sched.globq;

	ASSERT_HELD(&sched.lock);
	if (q->n == 0)
		return;
	if (g->tail != NULL)
		g->tail->link = q->head;
	else
		g->head = q->head;
	g->tail = q->tail;
	g->n += q->n;
	*q = (struct gqueue){ 0 };
	publish_length();
}

struct g *
globq_get(struct p *p, uint32_t max)
{
	struct g *batch[RUNQ_LEN / 2];
	struct g *next = sched.globq.head;
	uint32_t n = sched.globq.n;
	uint32_t k;

	ASSERT_HELD(&sched.lock);
	if (n == 0)
		return NULL;
	/* A fair share: as if every P came once. */
	n = MIN(n, n / sched.nprocs + 1);
	n = MIN(n, (uint32_t)RUNQ_LEN / 2);
	n = MIN(n, RUNQ_LEN - runq_len(&p->runq));
	if (max != 0)
		n = MIN(n, max);
	n = MAX(n, 1U);
	/* One that was preempted comes alone: on a local queue it would keep
	 * those behind it waiting for the whole of its slice. */
	for (k = 0; k < n && (k == 0 || !next->preempted); k++) {
		batch[k] = next;
		next = next->link;
		if (batch[k]->preempted)
			n = 1;
	}
	batch[0]->preempted = false;
	sched.globq.head = next;
	if (next == NULL)
		sched.globq.tail = NULL;
	sched.globq.n -= k;
	runq_put_many(&p->runq, batch + 1, k - 1);
	publish_length();
	return batch[0];
}
