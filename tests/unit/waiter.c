/*
 * waiter.c - see waiter.h.
 */
#include "tests/unit/waiter.h"

#include "runtime/poll/netpoll.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

static void
wait_once(void *arg)
{
	struct waiter *w = arg;

	w->gp = self();
	if (w->patience > 0)
		polldesc_set_deadline(w->pd, 1U << w->dir,
		    now_ns() + w->patience);
	/* release: pairs with load_acquire in is_waiting; publishes gp. */
	store_release(&w->begun, 1);
	w->result = polldesc_wait(w->pd, w->dir, "test");
	/* release: pairs with load_acquire of the tests; publishes result. */
	store_release(&w->ended, 1);
	wg_done(&w->gone);
}

void
waiter_go_for(struct waiter *w, struct poll_desc *pd, enum poll_dir dir,
    nanos_t ns)
{
	*w = (struct waiter){ .pd = pd, .dir = dir, .patience = ns };
	wg_add(&w->gone, 1);
	go_named("waiter", wait_once, w);
}

void
waiter_go(struct waiter *w, struct poll_desc *pd, enum poll_dir dir)
{
	waiter_go_for(w, pd, dir, 0);
}

bool
is_waiting(struct waiter *w)
{
	return load_acquire(&w->begun) != 0 && is_parked(w->gp) &&
	    load_acquire(&w->ended) == 0;
}

/* Returns true if every M but the caller's sleeps.  The world is stopped. */
static bool
others_sleep(void)
{
	bool all = true;

	spin_lock(&sched.lock);
	for (uint32_t i = 0; i < nharts_online; i++) {
		struct m *m = (struct m *)harts[i];

		all &= m->idle || m == this_m();
	}
	spin_unlock(&sched.lock);
	return all;
}

void
poll_settle(struct ktest *t)
{
	EVENTUALLY(t, !netpoll_pending());
	world_stop("test");
	while (!others_sleep())
		cpu_relax();
	world_start();
}

void
poll_close_idle(struct ktest *t, struct poll_desc *pd)
{
	poll_settle(t);
	polldesc_close(pd);
	EXPECT(t, !netpoll_any_waiters());
}
