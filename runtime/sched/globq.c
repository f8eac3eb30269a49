/*
 * globq.c - the global run queue: Gs that are on no P.  It is first in, first
 * out, and guarded by sched.lock.  It takes turns with the queue of each P, so
 * that busy Ps cannot starve it (p.h, SLICE-3).
 */
#include "kernel/clock.h"
#include "lib/check.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/tick.h"

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
	/* relaxed: a reader without the lock looks again under the lock, or
	 * after the fence described in idle.c. */
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
	/* Take a fair share, as if every P took once. */
	n = MIN(n, n / sched.nprocs + 1);
	n = MIN(n, (uint32_t)RUNQ_LEN / 2);
	n = MIN(n, RUNQ_LEN - runq_len(&p->runq));
	if (max != 0)
		n = MIN(n, max);
	n = MAX(n, 1U);
	/* A preempted goroutine is taken alone.  On a local queue it would keep
	 * the goroutines behind it waiting for the whole of its slice. */
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

/* ---- turns: SLICE-3 ---- */

/* Begin a rotation of n turns of p's own queue, or of one if n is less.  fair
 * begins at one more, because the pass that takes fair to 0 is no turn of this
 * queue. */
static void
rotation_begin(struct p *p, int32_t n)
{
	p->nglobal = 0;
	p->rotation = MAX(n, 1) + 1;
	p->fair = p->rotation;
	p->rotation_at = clock_now();
}

void
rotation_trim(struct p *p)
{
	int32_t n = (int32_t)runq_len(&p->runq) + 1;

	/* relaxed: a put that comes a moment later is seen at the next tick. */
	if (load_relaxed(&sched.nglobq) != 0 && n < p->fair) {
		p->rotation -= p->fair - n;
		p->fair = n;
	}
}

/* Returns whether the turns of the rotation that is over took LONG_TURN_NS on
 * average. */
static bool
turns_were_long(const struct p *p)
{
	int64_t n = MAX(p->rotation - p->fair, 1);

	return clock_now() - p->rotation_at >= n * LONG_TURN_NS;
}

void
globq_share(struct p *p, uint32_t n)
{
	if (p->nglobal == 0)
		p->nglobal = n / sched.nprocs + 1;
}

struct g *
globq_turn_slow(struct p *p, uint32_t n)
{
	bool by_share;
	struct g *gp;

	if (turns_were_long(p))
		globq_share(p, n);
	by_share = p->nglobal != 0;
	if (by_share)
		/* If a goroutine whose timer was due waits in p's queue, the
		 * global queue has only this turn. */
		p->nglobal = p_is_urgent(p) ? 0 : p->nglobal - 1;
	spin_lock(&sched.lock);
	gp = globq_get(p, 1);
	spin_unlock(&sched.lock);
	if (p->nglobal == 0 || gp == NULL)
		rotation_begin(p, by_share ? (int32_t)runq_len(&p->runq) :
		    FAIR_TICKS);
	return gp;
}
