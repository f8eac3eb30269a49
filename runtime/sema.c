/*
 * sema.c - semaphores and wait groups.
 *
 * Both are a number and a queue of goroutines, first come, first served,
 * guarded by one of a fixed set of locks chosen by address; so a zeroed one is
 * ready for use and an idle one costs 32 bytes.  A wait group's number changes
 * without the lock; only who brings it to 0 while somebody waits takes it.  A
 * release hands its permit straight to the first waiter, so that nobody
 * overtakes.
 */
#include "runtime/sema.h"

#include "kernel/spinlock.h"
#include "lib/atomic.h"
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

/*
 * state is count << 32 | waiters, so that one fetch-and-add both counts and
 * tells whether there is anybody to wake; waiters rises under the lock.
 */
struct wg_impl {
	ATOMIC(uint64_t) state;		/* [a] */
	struct queue     waiting;	/* [L] */
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

/* The count is 0 and somebody waits, or did when it became 0: wake them all. */
static NOINLINE void
wg_wake(struct waitgroup *wg)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	struct spinlock *lock = lock_of(wg);
	struct queue wake;
	struct waiter *w;
	uint64_t n = 0;

	spin_lock(lock);
	wake = impl->waiting;
	impl->waiting = (struct queue){ 0 };
	for (w = wake.head; w != NULL; w = w->next)
		n++;
	/* relaxed: who waits next looks under the lock. */
	add_relaxed(&impl->state, -n);
	spin_unlock(lock);
	while ((w = queue_pop(&wake)) != NULL)
		make_ready(w->gp);
}

void
wg_add(struct waitgroup *wg, int n)
{
	struct wg_impl *impl = (struct wg_impl *)wg;
	/* acq_rel: what each did before its wg_done is seen after wg_wait. */
	uint64_t state = add_acq_rel(&impl->state, (uint64_t)n << 32) +
	    ((uint64_t)n << 32);

	if (UNLIKELY((int64_t)state < 0))
		go_panic("sync: negative WaitGroup counter");
	if (UNLIKELY(state >> 32 == 0 && state != 0))
		wg_wake(wg);
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
	/* acquire: pairs with add_acq_rel in wg_add. */
	uint64_t state = load_acquire(&impl->state);

	if (state >> 32 == 0)
		return;
	spin_lock(lock);
	do {
		if (state >> 32 == 0) {
			spin_unlock(lock);
			return;
		}
		/* acquire: as above.  Once waiters is up, whoever brings the
		 * count to 0 comes for the lock, and finds us in the queue. */
	} while (!cas_acquire(&impl->state, &state, state + 1));
	queue_wait(&impl->waiting, lock, "wait group");
}
