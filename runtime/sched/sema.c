/*
 * sema.c - counting semaphores: one word, and a place in the table of waiters.
 *
 * The word counts permits; while somebody waits it is SEMA_WAITING and nothing
 * else.  A release hands its permits straight to those who have waited longest,
 * so nobody overtakes and nobody is woken in vain.
 *
 *	SEMA-1	With the root of its address locked, the word is SEMA_WAITING if
 *		and only if somebody waits there.
 *	SEMA-2	While it is SEMA_WAITING only who has locked the root changes
 *		it; otherwise anybody does, by CAS.
 *
 * No wake-up is lost: who finds no permit sets SEMA_WAITING by CAS from 0, so a
 * release either came before, and the CAS fails, or sees the bit and comes for
 * the lock, which is free only when the waiter is in the table and parked.
 *
 * Rejected: permits that a woken waiter has to fight for (a release then counts
 * and wakes).  Mutexes do that, for throughput, with a protocol of their own.
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

		list = list->next;	/* before gp can run: SEMT-3 */
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
	/* relaxed: nobody else may use it yet. */
	store_relaxed(&((struct sema_impl *)s)->word, permits);
}

/* Take a permit if one is there.  Any goroutine, and g0. */
FOR_PROGRAMS bool
sema_try_acquire(struct sema *s)
{
	struct sema_impl *impl = (struct sema_impl *)s;
	uint32_t word;

	antler_check_aligned(s, sizeof(*s));
	/* relaxed: the CAS decides. */
	word = load_relaxed(&impl->word);
	while (word != 0 && word != SEMA_WAITING)
		/* acquire: pairs with cas_release in sema_release_many; we see
		 * what was done before the permit was given. */
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

		/* relaxed: it is the lock that orders waiters and releases. */
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

/* Do what sema_release_many does when somebody waits or did a moment ago.
 * Returns false if nobody does any more. */
static NOINLINE FOR_PROGRAMS bool
release_to_waiters(struct sema_impl *impl, uint32_t n)
{
	struct sem_waiter *list, *w;
	struct sem_root *root;
	bool more;

	touch_word(impl);
	root = semtable_lock(impl);

	/* relaxed: SEMA-2, we have the lock. */
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
 * Each permit belongs to a goroutine that waits or is about to.  So until the
 * last piece of them is given somebody has yet to return from its wait, and the
 * semaphore is there; afterwards it is not touched (waitgroup.c).
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
