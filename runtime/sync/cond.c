/*
 * cond.c - condition variables.
 *
 * Who waits goes into the table of waiters (semtable.h) first and unlocks the
 * mutex then, in this order: a signal that comes after a change of what the
 * mutex guards finds it there.  Both steps are taken on g0, because once it is
 * in the table it may be made ready at any moment, and must be off its stack.
 * So first come first served needs no tickets (Go's notifyList has them because
 * its goroutine unlocks before it is in the list).
 *
 *	COND-1	With the root locked, waiting says whether anybody waits.
 *
 * signal and broadcast look at waiting first, without the lock.  Who changes
 * the condition under the mutex sees the waiting of all who found it false
 * under the mutex; who does not hold the mutex may come too late in any case.
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
	/* gp, arg and impl may be gone.  Whoever gets the mutex handed runs
	 * next in any case. */
	(void)mutex_unlock_and_wake(m);
	return true;
}

FOR_PROGRAMS void
cond_wait(struct cond *c)
{
	struct cond_wait wait = { .cond = c };
	struct mutex *m = ((struct cond_impl *)c)->mutex;

	/* Before it is on g0, and in the table. */
	touch_word(&c->waiting_);
	mutex_check_locked(m);
	order_release(m);
	park_with(queue_and_unlock_g0, &wait, "sync.Cond.Wait");
	order_acquire(c);
	mutex_lock(m);
}

/* Take out the first who waits, or all. */
INLINE struct sem_waiter *
take(struct cond *c, bool all)
{
	struct cond_impl *impl = (struct cond_impl *)c;
	struct sem_waiter *list;
	struct sem_root *root;
	bool more = false;

	order_release(c);
	/* relaxed: see the head of the file. */
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
