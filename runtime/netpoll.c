/*
 * netpoll.c - goroutines that wait for a device; see netpoll.h.
 *
 * The sleeper and the interrupt race as in Dekker's algorithm:
 *
 *	M going to sleep		interrupt
 *	  poller = me			  pending = pd
 *	  fence (e)			  fence (f)
 *	  pending empty? sleep		  poller? wake it
 *
 * While any M sleeps one is the poller: who wakes from being it hands the role
 * to another sleeper.  If none sleeps, each M looks here when it runs out of
 * work, and a busy one is asked to by ATTN_POLL.
 */
#include "runtime/netpoll.h"

#include "lib/check.h"
#include "runtime/sched.h"

static ATOMIC(struct poll_desc *) pending;	/* notified, not yet polled */
static ATOMIC(struct m *)         poller;	/* the M to wake, asleep */
static ATOMIC(uint32_t)           waiters;	/* goroutines parked here */

static bool
publish_waiter(struct g *gp, void *arg)
{
	struct poll_desc *pd = arg;
	uintptr_t nobody = POLL_NIL;

	/* relaxed: counted before it can be readied, so it never lags. */
	add_relaxed(&waiters, 1);
	/* release: pairs with cas_acq_rel in take_waiter; gp is off its stack.
	 */
	if (cas_release(&pd->who, &nobody, (uintptr_t)gp))
		return true;
	CHECK(nobody == POLL_READY);	/* one waiter at a time */
	store_relaxed(&pd->who, POLL_NIL);
	add_relaxed(&waiters, (uint32_t)-1);
	return false;
}

void
netpoll_wait(struct poll_desc *pd, const char *why)
{
	uintptr_t event = POLL_READY;

	/* acquire: pairs with cas_acq_rel in take_waiter; see the event's data.
	 */
	if (cas_acquire(&pd->who, &event, POLL_NIL))
		return;
	park_with(publish_waiter, pd, why);
}

void
netpoll_notify(struct poll_desc *pd)
{
	struct poll_desc *head = load_relaxed(&pending);
	struct m *m;

	/* acq_rel: pairs with store_release in netpoll; link is ours. */
	if (swap_acq_rel(&pd->queued, 1) != 0)
		return;		/* POLL-2 */
	do
		pd->link = head;
	/* release: pairs with swap_acquire in netpoll. */
	while (!cas_release(&pending, &head, pd));
	fence_seq_cst();	/* (f), with (e) in netpoll_sleep_begin */
	/* relaxed: Ms are never freed; a stray wake-up is harmless (M-1). */
	m = load_relaxed(&poller);
	if (m != NULL)
		note_wake(&m->note);
	else if (this_m()->p != NULL)
		/* release: as in p_attend. */
		or_release(&this_m()->p->attention, ATTN_POLL);
}

bool
netpoll_pending(void)
{
	/* relaxed: a hint; netpoll swaps. */
	return load_relaxed(&pending) != NULL;
}

/* An event for pd: the goroutine that waits for it, now ours, or NULL and the
 * event is kept for the next one (POLL-1). */
static struct g *
take_waiter(struct poll_desc *pd)
{
	/* relaxed: the CAS decides. */
	uintptr_t who = load_relaxed(&pd->who);

	for (;;) {
		uintptr_t next = who > POLL_READY ? POLL_NIL : POLL_READY;

		/* acq_rel: to the waiter that takes READY, and from the one
		 * that published itself. */
		if (cas_acq_rel(&pd->who, &who, next))
			return who > POLL_READY ? (struct g *)who : NULL;
	}
}

void
netpoll(struct gqueue *ready)
{
	/* acquire: pairs with cas_release in netpoll_notify. */
	struct poll_desc *pd = swap_acquire(&pending, NULL);

	while (pd != NULL) {
		struct poll_desc *next = pd->link;
		struct g *gp;

		/* release: we are done with link; a notification from here on
		 * queues pd again. */
		store_release(&pd->queued, 0);
		if ((gp = take_waiter(pd)) != NULL) {
			g_become(gp, G_WAITING, G_RUNNABLE);
			gqueue_push(ready, gp);
			/* After gp is runnable, or the deadlock check sees
			 * neither (Go issue 61454). */
			add_relaxed(&waiters, (uint32_t)-1);
		}
		pd = next;
	}
}

bool
netpoll_any_waiters(void)
{
	/* relaxed: read under sched.lock when all Ms are idle. */
	return load_relaxed(&waiters) != 0;
}

void
netpoll_sleep_begin(struct m *m)
{
	ASSERT_HELD(&sched.lock);
	if (load_relaxed(&poller) != NULL)
		return;
	/* relaxed: the fence orders it. */
	store_relaxed(&poller, m);
	fence_seq_cst();	/* (e), with (f) in netpoll_notify */
}

void
netpoll_sleep_end(struct m *m)
{
	struct m *next;

	ASSERT_HELD(&sched.lock);
	if (load_relaxed(&poller) != m)
		return;
	/* Another sleeper takes over: m may be about to run a goroutine that
	 * never comes by here, and an event would find nobody to wake. */
	next = sched.midle != m ? sched.midle : m->idle_link;
	/* relaxed: the fence orders it. */
	store_relaxed(&poller, next);
	fence_seq_cst();	/* (e) on its behalf, with (f) */
	/* An M that woke by itself polls in any case; one that was started may
	 * have been told of an event just now, and have other things to do. */
	if (next != NULL && !m->idle && netpoll_pending())
		note_wake(&next->note);
}
