/*
 * sema.c - semaphores and wait groups.
 *
 * Both are a number and a queue of goroutines, first come, first served, guarded
 * by one of a fixed set of locks chosen by address; so a zeroed one is ready for
 * use and an idle one costs 32 bytes.  A release hands its permit straight to
 * the first waiter, so that nobody overtakes.
 */
#include "runtime/sema.h"

#include "kernel/spinlock.h"
#include "lib/check.h"
#include "runtime/sched.h"

/* A goroutine that waits; on its own stack. */
struct waiter {
	struct g      *gp;
	struct waiter *next;
};

/*
 * Lock: lock_of(it) guards all of it.
 */
struct queue {
	struct waiter *head;		/* [L] */
	struct waiter *tail;		/* [L] */
};

struct sema_impl {
	int64_t      permits;		/* [L] */
	struct queue waiting;		/* [L] */
};

struct wg_impl {
	int64_t      count;		/* [L] */
	struct queue waiting;		/* [L] */
};

_Static_assert(sizeof(struct sema_impl) <= sizeof(struct sema), "opaque");
_Static_assert(sizeof(struct wg_impl) <= sizeof(struct waitgroup), "opaque");

enum { LOCKS = 64 };

static struct padded_lock {
	struct spinlock lock;
} OWN_LINE locks[LOCKS] = {
	[0 ... LOCKS - 1] = { SPINLOCK_INIT("sema", RANK_SEMA) },
};

static struct spinlock *
lock_of(const void *address)
{
	return &locks[((uintptr_t)address >> 5) * 0x9e3779b97f4a7c15UL >> 58]
	    .lock;
}

static void
queue_push(struct queue *q, struct waiter *w)
{
	if (q->tail != NULL)
		q->tail->next = w;
	else
		q->head = w;
	q->tail = w;
}

static struct waiter *
queue_pop(struct queue *q)
{
	struct waiter *w = q->head;

	if (w == NULL)
		return NULL;
	q->head = w->next;
	if (q->head == NULL)
		q->tail = NULL;
	return w;
}

/* Wait in q until popped; releases lock, which guards q. */
static void
queue_wait(struct queue *q, struct spinlock *lock, const char *why)
{
	struct waiter w = { .gp = this_g() };

	queue_push(q, &w);
	park_unlock(lock, why);
}

void
sema_init(struct sema *s, uint32_t permits)
{
	*(struct sema_impl *)s = (struct sema_impl){ .permits = permits };
}

void
sema_acquire_why(struct sema *s, const char *why)
{
	struct sema_impl *impl = (struct sema_impl *)s;
	struct spinlock *lock = lock_of(s);

	spin_lock(lock);
	if (impl->permits > 0) {
		impl->permits--;
		spin_unlock(lock);
		return;
	}
	queue_wait(&impl->waiting, lock, why);
}

void
sema_acquire(struct sema *s)
{
	sema_acquire_why(s, "semaphore");
}

void
sema_release(struct sema *s)
{
	struct sema_impl *impl = (struct sema_impl *)s;
	struct spinlock *lock = lock_of(s);
	struct waiter *w;
	struct g *gp = NULL;

	spin_lock(lock);
	w = queue_pop(&impl->waiting);
	if (w != NULL)
		gp = w->gp;	/* w is gone once gp runs */
	else
		impl->permits++;
	spin_unlock(lock);
	if (gp != NULL)
		make_ready(gp);
}

void
wg_add(struct waitgroup *wg, int n)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	struct spinlock *lock = lock_of(wg);
	struct queue wake = { 0 };
	struct waiter *w;

	spin_lock(lock);
	impl->count += n;
	if (UNLIKELY(impl->count < 0))
		panic("sync: negative WaitGroup counter");
	if (impl->count == 0) {
		wake = impl->waiting;
		impl->waiting = (struct queue){ 0 };
	}
	spin_unlock(lock);
	while ((w = queue_pop(&wake)) != NULL)
		make_ready(w->gp);
}

void
wg_done(struct waitgroup *wg)
{
	wg_add(wg, -1);
}

void
wg_wait(struct waitgroup *wg)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	struct spinlock *lock = lock_of(wg);

	spin_lock(lock);
	if (impl->count == 0) {
		spin_unlock(lock);
		return;
	}
	queue_wait(&impl->waiting, lock, "wait group");
}
