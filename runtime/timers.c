/*
 * timers.c - goroutines that sleep until an instant.
 *
 * A sleeping goroutine's timer is a record on its own stack, linked into the
 * pairing heap of a P (Fredman, Sedgewick, Sleator, Tarjan 1986): no memory to
 * allocate, insertion in a few instructions, removal of the earliest in
 * amortised logarithmic time.
 */
#include "runtime/timers.h"

#include "kernel/clock.h"
#include "lib/check.h"
#include "runtime/sched.h"

struct timer {
	nanos_t       when;
	struct g     *gp;
	struct timer *child;		/* first of those that come later */
	struct timer *next;		/* sibling */
};

static ATOMIC(uint64_t) nsleeping;	/* timers set, everywhere */

/* ---- the heap ---- */

static struct timer *
meld(struct timer *a, struct timer *b)
{
	if (a == NULL)
		return b;
	if (b == NULL)
		return a;
	if (b->when < a->when) {
		struct timer *t = a;

		a = b;
		b = t;
	}
	b->next = a->child;
	a->child = b;
	return a;
}

/* Meld a list of siblings: in pairs from the left, then all from the right. */
static struct timer *
meld_siblings(struct timer *list)
{
	struct timer *pairs = NULL, *root = NULL;

	while (list != NULL) {
		struct timer *a = list, *b = a->next;

		list = b != NULL ? b->next : NULL;
		a->next = NULL;
		if (b != NULL)
			b->next = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs != NULL) {
		struct timer *a = pairs;

		pairs = a->next;
		a->next = NULL;
		root = meld(root, a);
	}
	return root;
}

static void
publish_next(struct timers *ts)
{
	/* relaxed: a hint for other Ms; timers_check_no_p is ordered by the
	 * fence in find.c. */
	store_relaxed(&ts->next, ts->root != NULL ? ts->root->when :
	    CLOCK_NEVER);
}

static void
insert(struct p *p, struct timer *t)
{
	struct timers *ts = &p->timers;

	spin_lock(&ts->lock);
	ts->root = meld(ts->root, t);
	publish_next(ts);
	pmask_set(&timerpmask, p->id);
	spin_unlock(&ts->lock);
}

/* Take everything that is due at now out of p's heap, earliest first. */
static void
take_due(struct p *p, nanos_t now, struct gqueue *due)
{
	struct timers *ts = &p->timers;
	struct timer *t;

	spin_lock(&ts->lock);
	while ((t = ts->root) != NULL && t->when <= now) {
		ts->root = meld_siblings(t->child);
		gqueue_push(due, t->gp);	/* t dies when gp runs */
		add_relaxed(&nsleeping, (uint64_t)-1);
	}
	publish_next(ts);
	if (ts->root == NULL)
		pmask_clear(&timerpmask, p->id);
	spin_unlock(&ts->lock);
}

/* ---- for the scheduler ---- */

void
timers_init(struct timers *ts)
{
	spin_init(&ts->lock, "timers", RANK_TIMERS);
	ts->root = NULL;
	publish_next(ts);
}

bool
timers_run_other(struct p *p, struct p *victim)
{
	struct gqueue due = { 0 };
	/* relaxed: a hint. */
	nanos_t next = load_relaxed(&victim->timers.next);
	struct g *gp;
	uint32_t n;

	if (next == CLOCK_NEVER || clock_now() < next)
		return false;
	take_due(victim, clock_now(), &due);
	n = due.n;
	while ((gp = gqueue_pop(&due)) != NULL) {
		g_become(gp, G_WAITING, G_RUNNABLE);
		p_put_tail(p, gp);
	}
	if (n > 1)
		wakep();	/* one is for us */
	return n > 0;
}

nanos_t
timers_check(struct p *p)
{
	timers_run_other(p, p);
	/* relaxed: only this M adds to p's timers. */
	return load_relaxed(&p->timers.next);
}

nanos_t
timers_check_no_p(struct allp_slice snapshot, nanos_t until)
{
	for (uint32_t i = 0; i < snapshot.len; i++)
		if (pmask_read(&timerpmask, i))
			until = MIN(until,
			    load_relaxed(&snapshot.ptr[i]->timers.next));
	return until;
}

void
timers_hand_over(struct p *from, struct p *to)
{
	struct timer *root = from->timers.root;

	if (root == NULL)
		return;
	from->timers.root = NULL;
	publish_next(&from->timers);
	to->timers.root = meld(to->timers.root, root);
	publish_next(&to->timers);
	pmask_set(&timerpmask, to->id);
}

bool
timers_pending(void)
{
	/* relaxed: nobody runs who could change it. */
	return load_relaxed(&nsleeping) != 0;
}

/* ---- for goroutines ---- */

static bool
set_timer(struct g *gp, void *arg)
{
	(void)gp;
	add_relaxed(&nsleeping, 1);
	insert(this_p(), arg);
	return true;
}

void
timers_sleep_until(nanos_t deadline)
{
	struct timer t = { .when = deadline, .gp = this_g() };

	park_with(set_timer, &t, "sleep");
}

void
sleep_ns(int64_t ns)
{
	nanos_t deadline;

	if (ns <= 0) {
		yield();
		return;
	}
	deadline = clock_now() + ns;
	/* Overflow: as good as for ever. */
	timers_sleep_until(deadline < 0 ? CLOCK_NEVER - 1 : deadline);
}
