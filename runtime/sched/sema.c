/*
 * sema.c - counting semaphores: one word, and a place in the table of waiters.
 *
 * The word counts permits; while a goroutine waits, the word is exactly
 * SEMA_WAITING.  A release hands its permits straight to the goroutines that
 * have waited longest, so no goroutine overtakes another, and none is woken
 * without a permit.
 *
 *	SEMA-1	While the root of the semaphore's address is locked, the word is
 *		SEMA_WAITING if and only if a goroutine waits there.
 *	SEMA-2	While the word is SEMA_WAITING, only the holder of the root's
 *		lock changes it; otherwise any goroutine may, by CAS.
 *
 * No wake-up is lost.  A goroutine that finds no permit sets SEMA_WAITING by
 * CAS from 0.  If a release came before, the CAS fails.  If it comes after, it
 * sees SEMA_WAITING and takes the lock, and it gets the lock only when the
 * waiter is in the table and parked.
 *
 * Rejected: a release that only adds to the count and wakes a waiter, which
 * then has to compete for the permit.  Mutexes do that, for throughput, with a
 * protocol of their own.
 */
#include "runtime/sched/sema.h"

#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/semtable.h"

enum { SEMA_WAITING = 1u << 31 };

struct sema_impl {
	ATOMIC(uint32_t) word;		/* [C] SEMA-1, SEMA-2 */
};

_Static_assert(sizeof(struct sema_impl) == sizeof(struct sema), "opaque");

void
sem_wake(struct sem_waiter *list)
{
	struct gqueue q = { 0 };

	if (list != NULL && list->next == NULL) {
		make_ready(list->gp);
		return;
	}
	while (list != NULL) {
		struct g *gp = list->gp;

		/* Read next before gp can run (SEMT-3). */
		list = list->next;
		g_become(gp, G_WAITING, G_RUNNABLE);
		gqueue_push(&q, gp);
	}
	inject(this_p(), &q);
}

void
sem_wake_many(struct sem_waiter *list)
{
	if (list != NULL && list->next == NULL) {
		sem_wake(list);
		return;
	}
	while (list != NULL) {
		struct sem_waiter *last = list, *rest;

		for (uint32_t n = 1; n < SEM_PIECE && last->next != NULL; n++)
			last = last->next;
		rest = last->next;
		last->next = NULL;
		sem_wake(list);
		list = rest;
		if (rest != NULL)
			give_way();
	}
}

NORETURN COLD static void
panic_permits(void)
{
	go_panic("sema: too many permits");
}

/* permits: below 2^31. */
FOR_PROGRAMS void
sema_init(struct sema *s, uint32_t permits)
{
	if (permits >= SEMA_WAITING)
		panic_permits();
	antler_check_aligned(s, sizeof(*s));
	/* relaxed: no other goroutine may use s yet. */
	store_relaxed(&((struct sema_impl *)s)->word, permits);
}

/* Unlike a program, the runtime may call this on a g0, too. */
FOR_PROGRAMS bool
sema_try_acquire(struct sema *s)
{
	struct sema_impl *impl = (struct sema_impl *)s;
	uint32_t word;

	antler_check_aligned(s, sizeof(*s));
	/* relaxed: the CAS decides. */
	word = load_relaxed(&impl->word);
	while (word != 0 && word != SEMA_WAITING)
		/* acquire: pairs with cas_release in release and store_release
		 * in release_to_waiters; we see what the releasing goroutine
		 * did before it gave the permit. */
		if (cas_acquire(&impl->word, &word, word - 1)) {
			order_acquire(s);
			return true;
		}
	return false;
}

FOR_PROGRAMS void
sema_acquire_why(struct sema *s, const char *why)
{
	struct sema_impl *impl = (struct sema_impl *)s;
	struct sem_waiter w = { .gp = this_g() };
	struct sem_root *root;

	if (LIKELY(sema_try_acquire(s)))
		return;
	touch_word(s);
	root = semtable_lock(s);
	for (;;) {
		uint32_t word = 0;

		/* relaxed: the lock orders waiters and releases. */
		if (cas_relaxed(&impl->word, &word, SEMA_WAITING) ||
		    word == SEMA_WAITING)
			break;
		if (sema_try_acquire(s)) {
			semtable_unlock(root);
			return;
		}
	}
	semtable_put(root, s, &w, false);
	park_unlock(&root->lock, why);
	order_acquire(s);
}

FOR_PROGRAMS void
sema_acquire(struct sema *s)
{
	sema_acquire_why(s, "semacquire");
}

/* Give n permits to s when its word was SEMA_WAITING a moment ago.  Returns
 * false, and gives none, if no goroutine waits any more. */
static NOINLINE FOR_PROGRAMS bool
release_to_waiters(struct sema_impl *impl, uint32_t n)
{
	struct sem_waiter *list, *w;
	struct sem_root *root;
	bool more;

	touch_word(impl);
	root = semtable_lock(impl);

	/* relaxed: we hold the lock (SEMA-2). */
	if (load_relaxed(&impl->word) != SEMA_WAITING) {
		semtable_unlock(root);
		return false;
	}
	list = semtable_take(root, impl, n, &more);
	if (UNLIKELY(list == NULL)) {			/* SEMA-1 */
		semtable_unlock(root);
		go_panic("sync: semaphore has been overwritten: %#x",
		    SEMA_WAITING);
	}
	for (w = list; w != NULL; w = w->next)
		n--;
	if (!more)
		/* release: pairs with cas_acquire in sema_try_acquire. */
		store_release(&impl->word, n);
	semtable_unlock(root);
	sem_wake(list);
	return true;
}

/* Give s n permits at once. */
INLINE void
release(struct sema *s, uint32_t n)
{
	struct sema_impl *impl = (struct sema_impl *)s;
	uint32_t word;

	antler_check_aligned(s, sizeof(*s));
	order_release(s);
	/* relaxed: the CAS decides. */
	word = load_relaxed(&impl->word);
	for (;;) {
		if (word == SEMA_WAITING) {
			if (release_to_waiters(impl, n))
				return;
			word = load_relaxed(&impl->word);
			continue;
		}
		if (UNLIKELY(word + n >= SEMA_WAITING))
			panic_permits();
		/* release: pairs with cas_acquire in sema_try_acquire. */
		if (cas_release(&impl->word, &word, word + n))
			return;
	}
}

/*
 * Each permit belongs to a goroutine that waits or is about to wait.  So until
 * the last piece of the permits is given, at least one goroutine has yet to
 * return from its wait, and the semaphore still exists; after that piece this
 * function does not touch the semaphore (waitgroup.c).
 */
FOR_PROGRAMS void
sema_release_many(struct sema *s, uint32_t n)
{
	struct sema_impl *impl = (struct sema_impl *)s;

	if (n == 0)
		return;
	if (UNLIKELY(n >= SEMA_WAITING))
		panic_permits();
	/* relaxed: a hint. */
	while (UNLIKELY(n > SEM_PIECE) &&
	    load_relaxed(&impl->word) == SEMA_WAITING) {
		release(s, SEM_PIECE);
		n -= SEM_PIECE;
		give_way();
	}
	release(s, n);
}

FOR_PROGRAMS void
sema_release(struct sema *s)
{
	release(s, 1);
}
