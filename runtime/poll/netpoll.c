/*
 * netpoll.c - the list of notified descriptors, and the M that a notification
 * wakes; see netpoll.h.
 *
 * The sleeper and the interrupt race as in Dekker's algorithm:
 *
 *	M going to sleep		interrupt
 *	  poller = me			  pending = pd
 *	  fence (e)			  fence (f)
 *	  pending empty? sleep		  poller? wake it
 *
 * While any M sleeps, one sleeper is the poller.  When the poller wakes, it
 * hands the role to another sleeper.  If no M sleeps, each M calls netpoll when
 * it runs out of work, and ATTN_POLL asks a busy M to do so.
 */
#include "runtime/poll/netpoll.h"

#include "kernel/clock.h"
#include "lib/check.h"
#include "runtime/poll/polldesc.h"
#include "runtime/sched/sched.h"

/*
 * Lock: sched.lock.
 * Field key:	[a] atomic	[l] stored under lock, loaded by any
 */
static ATOMIC(struct poll_desc *) pending; /* [a] notified, not yet polled */
static ATOMIC(struct m *)         poller;  /* [l] the sleeping M to be woken */
static ATOMIC(nanos_t)            until;   /* [l] latest end of its sleep */
static ATOMIC(nanos_t)            last; /* [a] when netpoll was last called */

void
netpoll_notify(struct poll_desc *pd, uint32_t dirs)
{
	struct poll_desc *head = load_relaxed(&pending);
	struct m *m;

	/* relaxed: ordered by the swaps of queued on both sides. */
	or_relaxed(&pd->events, dirs);
	/* acq_rel: pairs with swap_acq_rel in netpoll.  Either we got pd, and
	 * link is ours; or pd is on the list, and the M that takes it sees our
	 * events. */
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
		/* release: as in p_ask. */
		or_release(&this_m()->p->attention, ATTN_POLL);
}

bool
netpoll_pending(void)
{
	/* relaxed: a hint; netpoll swaps. */
	return load_relaxed(&pending) != NULL;
}

void
netpoll(struct gqueue *ready)
{
	/* acquire: pairs with cas_release in netpoll_notify. */
	struct poll_desc *pd = swap_acquire(&pending, NULL);

	/* relaxed: for netpoll_last, which only tests use. */
	store_relaxed(&last, clock_now());
	while (pd != NULL) {
		struct poll_desc *next = pd->link;

		/* acq_rel: pairs with swap_acq_rel in netpoll_notify.  We have
		 * read link, and a later notification queues pd again; of
		 * earlier notifications we see the events. */
		(void)swap_acq_rel(&pd->queued, 0);
		polldesc_events(pd, swap_acquire(&pd->events, 0), ready);
		pd = next;
	}
}

bool
netpoll_any_waiters(void)
{
	return polldesc_waiters() != 0;
}

void
netpoll_sleep_begin(struct m *m, nanos_t deadline)
{
	ASSERT_HELD(&sched.lock);
	m->sleeps_until = deadline;
	if (load_relaxed(&poller) != NULL)
		return;
	store_relaxed(&until, deadline);
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
	/* Another sleeper takes over: m may be about to run a goroutine and not
	 * call netpoll for long, and an event would find nobody to wake. */
	next = sched.midle != m ? sched.midle : m->idle_link;
	/* relaxed: the fence orders it. */
	store_relaxed(&until, next != NULL ? next->sleeps_until : 0);
	store_relaxed(&poller, next);
	fence_seq_cst();	/* (e) for next, with (f) in netpoll_notify */
	/* An M that woke by itself polls in any case.  An M that was started
	 * may have been notified of an event just now, and has something else
	 * to do; then next is woken. */
	if (next != NULL && !m->idle && netpoll_pending())
		note_wake(&next->note);
}

bool
netpoll_break(void)
{
	/* relaxed: Ms are never freed; a stray wake-up is harmless (M-1). */
	struct m *m = load_relaxed(&poller);

	if (m != NULL)
		note_wake(&m->note);
	return m != NULL;
}

void
netpoll_wake_before(nanos_t when)
{
	/* relaxed: an M that goes to sleep later sees the reason itself. */
	if (load_relaxed(&until) > when)
		netpoll_break();
}

nanos_t
netpoll_last(void)
{
	/* relaxed: the value matters only when it is long past. */
	return load_relaxed(&poller) != NULL ? 0 : load_relaxed(&last);
}

nanos_t
netpoll_until(void)
{
	return load_relaxed(&poller) != NULL ? load_relaxed(&until) : 0;
}
