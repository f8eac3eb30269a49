/*
 * polldesc.c - one goroutine for each direction waits for a device; see
 * polldesc.h.
 *
 * Three things may end a wait: an event, the deadline, and eviction.  Each of
 * them takes the goroutine out of who by a CAS, so exactly one of them readies
 * it.  An event leaves POLL_READY in who, and the deadline and eviction leave
 * POLL_NIL; so the goroutine can tell them apart.  If the goroutine has not
 * parked yet, an event is kept in who, and a deadline or an eviction is kept in
 * state.  In this case the two sides race as in Dekker's algorithm:
 *
 *	goroutine			deadline, eviction
 *	  who = me			  state |= expired
 *	  fence (g)			  fence (h)
 *	  state says no? take back	  who is a goroutine? ready it
 *
 * So one side sees the store of the other, or both do; if both do, the CAS on
 * who decides.
 *
 * A deadline is an rtimer in the descriptor.  The timer's callback takes the
 * descriptor's lock, and code that sets the timer already holds it.  Therefore
 * timers call back without holding their own lock (RANK_POLLDESC <
 * RANK_TIMERS); Go issue 35532 is what happens otherwise.  While the callback
 * waits for the descriptor's lock, the holder of the lock may replace the
 * deadline; the callback then finds that its deadline is an old one (POLL-4).
 *
 * Rejected: comparing the clock with the current deadline instead of comparing
 * sequence numbers.  It is right, too, but only as long as there is one clock.
 */
#include "runtime/poll/polldesc.h"

#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "runtime/time/vclock.h"

/* Bits of state. */
enum {
	STATE_OPEN = 1 << 0,
	STATE_CLOSING = 1 << 1,
	STATE_EXPIRED = 1 << 2,		/* shifted left by the direction */
};

static ATOMIC(uint32_t) waiters;	/* goroutines parked here */

static enum poll_result
result(const struct poll_desc *pd, enum poll_dir dir)
{
	/* relaxed: a goroutine about to park is ordered by fences (g) and
	 * (h). */
	uint32_t state = load_relaxed(&pd->state);

	if ((state & STATE_CLOSING) != 0 || (state & STATE_OPEN) == 0)
		return POLL_CLOSED;
	return (state & (STATE_EXPIRED << dir)) != 0 ? POLL_TIMEOUT : POLL_OK;
}

/* ---- Parking ------------------------------------------------------------ */

struct wait {
	struct poll_desc *pd;
	enum poll_dir     dir;
};

/* Make gp, which is off its stack, known as the waiter.  Returns false if gp
 * need not park.  On g0. */
static bool
publish_waiter(struct g *gp, void *arg)
{
	/* Copy the arguments: once gp is known it may run, and its stack may
	 * change. */
	struct poll_desc *pd = ((struct wait *)arg)->pd;
	enum poll_dir     dir = ((struct wait *)arg)->dir;
	struct poll_side *side = &pd->side[dir];
	uintptr_t         old = POLL_NIL;

	/* relaxed: gp is counted before it can be readied, so the count is
	 * never too low. */
	add_relaxed(&waiters, 1);
	SYNC_POINT(polldesc_before_publish);
	/* release: pairs with cas_acq_rel in take_waiter; gp is off its
	 * stack. */
	if (!cas_release(&side->who, &old, (uintptr_t)gp)) {
		CHECK(old == POLL_READY);	/* POLL-1: one waiter */
		goto called_off;
	}
	fence_seq_cst();		/* (g), with (h) in wake */
	if (result(pd, dir) == POLL_OK || FAULT(polldesc_looks_once))
		return true;
	/* relaxed: if who is still gp, nobody has touched gp. */
	old = (uintptr_t)gp;
	if (!cas_relaxed(&side->who, &old, POLL_NIL))
		return true;		/* somebody readies gp already */
called_off:
	add_relaxed(&waiters, (uint32_t)-1);
	return false;
}

/* Take the goroutine that waits on side away from it.  Returns the goroutine,
 * which now belongs to the caller, or NULL.  An event leaves POLL_READY in who
 * (POLL-1). */
static struct g *
take_waiter(struct poll_side *side, bool event)
{
	/* relaxed: the CAS decides. */
	uintptr_t who = load_relaxed(&side->who);

	for (;;) {
		uintptr_t next = event ? POLL_READY : POLL_NIL;

		if (who <= POLL_READY && !event)
			return NULL;
		/* acq_rel: releases to the goroutine that takes POLL_READY, in
		 * polldesc_wait and polldesc_prepare; acquires from cas_release
		 * in publish_waiter. */
		if (cas_acq_rel(&side->who, &who, next))
			return who > POLL_READY ? (struct g *)who : NULL;
	}
}

enum poll_result
polldesc_prepare(struct poll_desc *pd, enum poll_dir dir)
{
	uintptr_t event = POLL_READY;

	/* acquire: as in polldesc_wait. */
	(void)cas_acquire(&pd->side[dir].who, &event, POLL_NIL);
	return result(pd, dir);
}

enum poll_result
polldesc_wait(struct poll_desc *pd, enum poll_dir dir, const char *why)
{
	struct poll_side *side = &pd->side[dir];
	struct wait       wait = { .pd = pd, .dir = dir };
	enum poll_result  end;

	while ((end = result(pd, dir)) == POLL_OK) {
		uintptr_t event = POLL_READY;

		/* acquire: pairs with cas_acq_rel in take_waiter; we see the
		 * event's data. */
		if (cas_acquire(&side->who, &event, POLL_NIL))
			return POLL_OK;
		if (pd->arm != NULL)
			pd->arm(pd, dir);
		park_with(publish_waiter, &wait, why);
		event = POLL_READY;
		if (cas_acquire(&side->who, &event, POLL_NIL))
			return POLL_OK;
		/* This was no event.  If it was a deadline, and the deadline
		 * has been moved meanwhile, the loop waits on. */
	}
	return end;
}

/* ---- What ends a wait --------------------------------------------------- */

void
polldesc_events(struct poll_desc *pd, uint32_t events, struct gqueue *ready)
{
	for (uint32_t dir = 0; dir < POLL_NDIRS; dir++) {
		struct g *gp;

		if ((events & (1U << dir)) == 0)
			continue;
		gp = take_waiter(&pd->side[dir], true);
		if (gp == NULL)
			continue;
		g_become(gp, G_WAITING, G_RUNNABLE);
		gqueue_push(ready, gp);
		/* Count gp out only now that it is runnable.  Otherwise the
		 * deadlock check might see neither a waiter nor a runnable
		 * goroutine (Go issue 61454). */
		add_relaxed(&waiters, (uint32_t)-1);
	}
}

/* Wake the goroutines that wait in the directions dirs, because state now ends
 * their waits.  An M with a P, no locks. */
static void
wake(struct poll_desc *pd, uint32_t dirs)
{
	fence_seq_cst();	/* (h), with (g) in publish_waiter */
	for (uint32_t dir = 0; dir < POLL_NDIRS; dir++) {
		struct g *gp;

		if ((dirs & (1U << dir)) == 0)
			continue;
		gp = take_waiter(&pd->side[dir], false);
		if (gp == NULL)
			continue;
		make_ready(gp);
		/* After gp is runnable, as in polldesc_events. */
		add_relaxed(&waiters, (uint32_t)-1);
	}
}

/* Add and remove bits of state. */
static void
set_state(struct poll_desc *pd, uint32_t add, uint32_t remove)
{
	ASSERT_HELD(&pd->lock);
	/* relaxed: fence (h) follows where it matters. */
	store_relaxed(&pd->state, (load_relaxed(&pd->state) & ~remove) | add);
}

/* ---- Deadlines ---------------------------------------------------------- */

/* Let deadline number seq of dir pass, unless there is another deadline by now.
 * On g0, as an rtimer_fn. */
static void
deadline_passed(struct poll_desc *pd, enum poll_dir dir, uint64_t seq)
{
	struct poll_side *side = &pd->side[dir];
	bool              stale;

	SYNC_POINT(polldesc_deadline);
	spin_lock(&pd->lock);
	stale = seq != side->seq && !FAULT(polldesc_stale_timers);
	if (!stale)
		set_state(pd, STATE_EXPIRED << dir, 0);
	spin_unlock(&pd->lock);
	if (!stale)
		wake(pd, 1U << dir);
	SYNC_POINT(polldesc_deadline_over);
}

static void
read_deadline_passed(struct rtimer *t, uint64_t seq, struct gqueue *ready)
{
	(void)ready;
	deadline_passed(CONTAINER_OF(t, struct poll_desc,
	    side[POLL_READ].timer), POLL_READ, seq);
}

static void
write_deadline_passed(struct rtimer *t, uint64_t seq, struct gqueue *ready)
{
	(void)ready;
	deadline_passed(CONTAINER_OF(t, struct poll_desc,
	    side[POLL_WRITE].timer), POLL_WRITE, seq);
}

static rtimer_fn *const passed_fns[POLL_NDIRS] = {
	[POLL_READ] = read_deadline_passed,
	[POLL_WRITE] = write_deadline_passed,
};

/* Remove the deadline of side.  If its timer is already calling back, the
 * callback finds that seq is old. */
static void
forget_deadline(struct poll_side *side)
{
	side->seq++;				/* POLL-4 */
	if (rtimer_is_set(&side->timer))
		(void)rtimer_stop(&side->timer);
}

void
polldesc_set_deadline(struct poll_desc *pd, uint32_t dirs, nanos_t deadline)
{
	bool     passed = deadline != 0 && deadline <= timers_now();
	uint32_t expired = 0;

	spin_lock(&pd->lock);
	for (uint32_t dir = 0; dir < POLL_NDIRS; dir++) {
		struct poll_side *side = &pd->side[dir];

		if ((dirs & (1U << dir)) == 0)
			continue;
		expired |= STATE_EXPIRED << dir;
		forget_deadline(side);
		if (deadline == 0 || passed ||
		    (load_relaxed(&pd->state) & STATE_CLOSING) != 0)
			continue;
		side->timer.fire = passed_fns[dir];
		(void)rtimer_set(&side->timer, deadline, side->seq);
	}
	set_state(pd, passed ? expired : 0, passed ? 0 : expired);
	spin_unlock(&pd->lock);
	if (passed)
		wake(pd, dirs);
}

/* ---- Opening and closing ------------------------------------------------ */

void
polldesc_open(struct poll_desc *pd,
    void (*arm)(struct poll_desc *pd, enum poll_dir dir))
{
	spin_lock(&pd->lock);
	CHECK((load_relaxed(&pd->state) & STATE_OPEN) == 0);
	for (uint32_t dir = 0; dir < POLL_NDIRS; dir++) {
		forget_deadline(&pd->side[dir]);
		store_relaxed(&pd->side[dir].who, POLL_NIL);
	}
	pd->arm = arm;
	store_relaxed(&pd->events, 0);
	store_relaxed(&pd->state, STATE_OPEN);
	spin_unlock(&pd->lock);
}

void
polldesc_evict(struct poll_desc *pd)
{
	spin_lock(&pd->lock);
	set_state(pd, STATE_CLOSING, 0);
	for (uint32_t dir = 0; dir < POLL_NDIRS; dir++)
		forget_deadline(&pd->side[dir]);
	spin_unlock(&pd->lock);
	wake(pd, POLL_IN | POLL_OUT);
}

void
polldesc_close(struct poll_desc *pd)
{
	polldesc_evict(pd);
	spin_lock(&pd->lock);
	for (uint32_t dir = 0; dir < POLL_NDIRS; dir++)
		CHECK(load_relaxed(&pd->side[dir].who) <= POLL_READY);
	store_relaxed(&pd->state, 0);
	spin_unlock(&pd->lock);
}

uint32_t
polldesc_waiters(void)
{
	/* relaxed: read under sched.lock when all Ms are idle. */
	return load_relaxed(&waiters);
}
