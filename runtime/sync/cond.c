/*
 * cond.c - condition variables.
 *
 * A waiter first goes into the table of waiters (semtable.h) and then unlocks
 * the mutex.  In this order, a signal that follows a change of the condition
 * finds the waiter in the table.  Both steps run on g0: once the waiter is in
 * the table, its goroutine may be made ready at any moment, so the goroutine
 * must be off its stack by then.  Since waiters enter the table in the order in
 * which they held the mutex, first come, first served needs no tickets.  (Go's
 * notifyList has tickets, because a goroutine unlocks the mutex before it is in
 * the list.)
 *
 *	COND-1	With the root locked, waiting is 1 if a goroutine waits, else 0.
 *
 * cond_signal and cond_broadcast first load waiting without the lock.  A
 * goroutine that changes the condition under the mutex sees the store to
 * waiting of every waiter that found the condition false under the mutex.  A
 * goroutine that changes the condition without the mutex may miss a waiter in
 * any case.
 */
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/sema.h"
#include "runtime/sched/semtable.h"
#include "runtime/sync/mutex.h"

struct cond_impl {
	struct mutex    *mutex;		/* [I] */
	ATOMIC(uint32_t) waiting;	/* [a] COND-1 */
};

_Static_assert(sizeof(struct cond_impl) == sizeof(struct cond), "opaque");

FOR_PROGRAMS void
cond_init(struct cond *c, struct mutex *m)
{
	touch_word(&c->waiting_);
	*(struct cond_impl *)c = (struct cond_impl){ .mutex = m };
}

struct cond_wait {
	struct cond      *cond;
	struct sem_waiter w;
};

static bool
queue_and_unlock_g0(struct g *gp, void *arg)
{
	struct cond_wait *wait = arg;
	struct cond_impl *impl = (struct cond_impl *)wait->cond;
	struct mutex *m = impl->mutex;
	struct sem_root *root = semtable_lock(impl);

	wait->w.gp = gp;
	semtable_put(root, impl, &wait->w, false);
	/* relaxed: the release of the mutex publishes it. */
	store_relaxed(&impl->waiting, 1);		/* COND-1 */
	semtable_unlock(root);
	/* gp, arg and impl may be gone by now.  The result does not matter: a
	 * goroutine that is handed the mutex runs next anyway, because gp
	 * parks. */
	(void)mutex_unlock_and_wake(m);
	return true;
}

FOR_PROGRAMS void
cond_wait(struct cond *c)
{
	struct cond_wait wait = { .cond = c };
	struct mutex *m = ((struct cond_impl *)c)->mutex;

	/* Check both arguments before the wait is on g0, where it is too late
	 * to panic. */
	touch_word(&c->waiting_);
	mutex_check_locked(m);
	order_release(m);
	park_with(queue_and_unlock_g0, &wait, "sync.Cond.Wait");
	order_acquire(c);
	mutex_lock(m);
}

/* Take the first waiter, or all waiters, out of the table.  Returns the list of
 * them, which may be NULL. */
INLINE struct sem_waiter *
take(struct cond *c, bool all)
{
	struct cond_impl *impl = (struct cond_impl *)c;
	struct sem_waiter *list;
	struct sem_root *root;
	bool more = false;

	order_release(c);
	/* relaxed: the head of the file says why this suffices. */
	if (load_relaxed(&impl->waiting) == 0)
		return NULL;
	touch_word(&c->waiting_);
	root = semtable_lock(impl);
	list = all ? semtable_take_all(root, impl) :
	    semtable_take(root, impl, 1, &more);
	if (!more)
		/* relaxed: under the lock. */
		store_relaxed(&impl->waiting, 0);	/* COND-1 */
	semtable_unlock(root);
	return list;
}

FOR_PROGRAMS void
cond_signal(struct cond *c)
{
	struct sem_waiter *first = take(c, false);

	if (first != NULL)
		sem_wake(first);
}

FOR_PROGRAMS void
cond_broadcast(struct cond *c)
{
	sem_wake_many(take(c, true));
}
