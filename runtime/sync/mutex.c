/*
 * mutex.c - mutual exclusion for goroutines.
 *
 * A mutex is one word and a place in the table of waiters (semtable.h).  Who
 * finds it free takes it, also past others that wait: the one that runs now
 * makes better use of it than one that has yet to be switched to.  So that
 * nobody starves, a waiter that has waited for STARVING_NS has the mutex handed
 * to it when it comes to the head of the queue.
 *
 * The word:
 *
 *	MUTEX_LOCKED	somebody has it
 *	MUTEX_WAITING	somebody waits in the table
 *	MUTEX_WOKEN	somebody is on the way to take it: a waiter that an
 *			unlock has woken, or one that spins.  No need to wake
 *			another.
 *
 *	MUTEX-1	With the root locked, MUTEX_WAITING says whether anybody waits
 *		at the address; it changes only then.
 *	MUTEX-2	MUTEX_WOKEN has one owner, who clears it when it takes the mutex
 *		or goes to wait.
 *	MUTEX-3	MUTEX_LOCKED is cleared only by who holds the mutex.  A hand-off
 *		leaves it set: there is no instant for a newcomer to get in.
 *
 * Unlock with waiters, and nobody woken:
 *
 *	1. lock the root, take the first waiter;
 *	2. it has waited for long: leave MUTEX_LOCKED, say TOKEN_OWNER, make it
 *	   ready, and yield to it at once;
 *	3. else clear MUTEX_LOCKED, set MUTEX_WOKEN for it, say TOKEN_WOKEN,
 *	   make it ready and go on.  It may find the mutex taken again; then it
 *	   goes back to the head of the queue, as old as it is.
 *
 * While the head is old every unlock hands over, in order of arrival: this is
 * the starvation mode of Go's mutex (Go commit 0556e262, "sync: make Mutex more
 * fair"), and ends, as there, with the first waiter that came lately.  It needs
 * no bit here: the age is looked at where the decision is made.
 *
 * Locking.  Only the root's, held for a few instructions; never across a park.
 */
#include "runtime/sync/mutex.h"

#include "kernel/clock.h"
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "runtime/fail/fatal.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/semtable.h"

#define MUTEX_LOCKED ANTLER_MUTEX_LOCKED_
enum {
	MUTEX_WAITING = 1 << 1,
	MUTEX_WOKEN = 1 << 2,
};

/* What a woken waiter has: nothing, MUTEX_WOKEN, or the mutex. */
enum { TOKEN_NONE, TOKEN_WOKEN, TOKEN_OWNER };

/* Waits longer than this end with a hand-off: Go's 1 ms. */
enum { STARVING_NS = NS_PER_MS };

/* How often, and each time how long, to look again before parking. */
enum { SPINS = 4, SPIN_LOOKS = 30 };

struct mutex_impl {
	ATOMIC(uint32_t) word;		/* [C] MUTEX-1 to MUTEX-3 */
};

_Static_assert(sizeof(struct mutex_impl) == sizeof(struct mutex), "opaque");

/*
 * Is it likely that the mutex gets free within a moment, and nothing better to
 * do?  Only if another hart runs a goroutine, which may be the holder, and this
 * P has none waiting.
 */
static bool
worth_spinning(void)
{
	struct p *p = this_p();

	/* relaxed: a guess.  nprocs does not change under a goroutine that
	 * does not call the scheduler. */
	return sched.nms > 1 && load_relaxed(&sched.npidle) +
	    load_relaxed(&sched.nmspinning) + 1 < sched.nprocs &&
	    load_relaxed(&p->attention) == 0 && !p_has_work(p);
}

/* Wait a little for impl to get free.  Sets *woken if the caller now owns
 * MUTEX_WOKEN.  Returns the word. */
static uint32_t
spin_a_little(struct mutex_impl *impl, bool *woken)
{
	/* relaxed, here and below: CAS by the caller decides. */
	uint32_t word = load_relaxed(&impl->word);

	for (uint32_t i = 0; i < SPINS && word & MUTEX_LOCKED &&
	    worth_spinning(); i++) {
		/* Unlock need not wake anybody: we are here. */
		if (!*woken && (word & (MUTEX_WOKEN | MUTEX_WAITING)) ==
		    MUTEX_WAITING &&
		    cas_relaxed(&impl->word, &word, word | MUTEX_WOKEN))
			*woken = true;		/* MUTEX-2 */
		for (uint32_t k = 0; k < SPIN_LOOKS && word & MUTEX_LOCKED;
		    k++) {
			cpu_relax();
			word = load_relaxed(&impl->word);
		}
	}
	return word;
}

/* Take impl if it is free; word is what it was a moment ago.  mine: the caller
 * owns MUTEX_WOKEN. */
static FOR_PROGRAMS bool
take_free(struct mutex_impl *impl, uint32_t *word, bool mine)
{
	while (!(*word & MUTEX_LOCKED)) {
		uint32_t taken = *word | MUTEX_LOCKED;

		if (mine)
			taken &= ~(uint32_t)MUTEX_WOKEN;	/* MUTEX-2 */
		/* acquire: pairs with the release of MUTEX_LOCKED in unlock; we
		 * see what the holder before us did. */
		if (cas_acquire(&impl->word, word, taken))
			return true;
	}
	return false;
}

void
antler_mutex_lock_slow(struct mutex *m)
{
	struct mutex_impl *impl = (struct mutex_impl *)m;
	struct sem_waiter w = { .gp = this_g() };
	bool woken = false, again = false;

	for (;;) {
		uint32_t word = spin_a_little(impl, &woken), waits;
		struct sem_root *root;

		if (take_free(impl, &word, woken))
			return;
		root = semtable_lock(m);
		/* Set MUTEX_WAITING while it is locked, or take it. */
		do {
			if (take_free(impl, &word, woken)) {
				semtable_unlock(root);
				return;
			}
			waits = word | MUTEX_WAITING;
			if (woken)
				waits &= ~(uint32_t)MUTEX_WOKEN;
			/* relaxed: the lock orders us and the waker. */
		} while (!cas_relaxed(&impl->word, &word, waits));
		if (!again)
			w.since = clock_now();
		semtable_put(root, m, &w, again);
		park_unlock(&root->lock, "sync.Mutex.Lock");
		if (w.token == TOKEN_OWNER)
			return;
		again = true;
		woken = w.token == TOKEN_WOKEN;		/* MUTEX-2 */
	}
}

FOR_PROGRAMS bool
mutex_trylock(struct mutex *m)
{
	struct mutex_impl *impl = (struct mutex_impl *)m;
	uint32_t word;

	antler_check_aligned(m, sizeof(*m));
	/* relaxed: the CAS decides. */
	word = load_relaxed(&impl->word);
	if (!take_free(impl, &word, false))
		return false;
	order_acquire(m);
	return true;
}

NORETURN COLD static void
fatal_unlocked(void)
{
	fatal_error("sync: unlock of unlocked mutex");
}

/* m says that somebody waits, and nobody does. */
NORETURN COLD static void
panic_overwritten(uint32_t word)
{
	go_panic("sync: mutex has been overwritten: %#x", word);
}

FOR_PROGRAMS void
mutex_check_locked(struct mutex *m)
{
	struct mutex_impl *impl = (struct mutex_impl *)m;
	struct sem_root *root;
	bool is_true = true;
	uint32_t word;

	touch_word(m);
	/* relaxed: the caller has the mutex. */
	word = load_relaxed(&impl->word);
	if (UNLIKELY(!(word & MUTEX_LOCKED)))
		fatal_unlocked();
	if (LIKELY(!(word & MUTEX_WAITING)))
		return;
	root = semtable_lock(m);
	word = load_relaxed(&impl->word);
	if (word & MUTEX_WAITING)			/* MUTEX-1 */
		is_true = semtable_first(root, m) != NULL;
	semtable_unlock(root);
	if (!is_true)
		panic_overwritten(word);
}

/* Wake the first waiter, or hand the mutex to it, and set the word; *handed if
 * it should run at once.  Returns false if the word does not call for it any
 * more. */
static FOR_PROGRAMS bool
unlock_to_waiter(struct mutex_impl *impl, bool *handed)
{
	struct sem_root *root;
	struct sem_waiter *w;
	uint32_t word, next;
	struct g *gp;
	bool more;

	touch_word(impl);
	root = semtable_lock(impl);
	/* relaxed, here and below: the CAS decides. */
	word = load_relaxed(&impl->word);
	if ((word & (MUTEX_WAITING | MUTEX_WOKEN)) != MUTEX_WAITING) {
		semtable_unlock(root);
		return false;
	}
	w = semtable_take(root, impl, 1, &more);
	if (UNLIKELY(w == NULL)) {			/* MUTEX-1 */
		semtable_unlock(root);
		panic_overwritten(word);
	}
	*handed = clock_now() - w->since > STARVING_NS;
	do {
		next = *handed ? word : (word & ~(uint32_t)MUTEX_LOCKED) |
		    MUTEX_WOKEN;
		if (!more)
			next &= ~(uint32_t)MUTEX_WAITING;
		/* release: pairs with cas_acquire in take_free. */
	} while (!cas_release(&impl->word, &word, next));
	/* One that spins may have set MUTEX_WOKEN just before: then it is the
	 * owner of that, and w has nothing. */
	w->token = *handed ? TOKEN_OWNER :
	    word & MUTEX_WOKEN ? TOKEN_NONE : TOKEN_WOKEN;
	gp = w->gp;
	semtable_unlock(root);
	make_ready(gp);
	return true;
}

FOR_PROGRAMS bool
mutex_unlock_and_wake(struct mutex *m)
{
	struct mutex_impl *impl = (struct mutex_impl *)m;
	/* relaxed: the CAS decides. */
	uint32_t word = load_relaxed(&impl->word);
	bool handed = false;

	for (;;) {
		if (UNLIKELY(!(word & MUTEX_LOCKED)))
			fatal_unlocked();
		if ((word & (MUTEX_WAITING | MUTEX_WOKEN)) == MUTEX_WAITING) {
			if (unlock_to_waiter(impl, &handed))
				return handed;
			word = load_relaxed(&impl->word);
			continue;
		}
		/* release: pairs with cas_acquire in take_free. */
		if (cas_release(&impl->word, &word,
		    word & ~(uint32_t)MUTEX_LOCKED))
			return false;
	}
}

static NOINLINE FOR_PROGRAMS void
unlock_and_yield(struct mutex *m)
{
	if (mutex_unlock_and_wake(m))
		yield();	/* it is next on this P */
}

FOR_PROGRAMS void
antler_mutex_unlock_slow(struct mutex *m)
{
	struct mutex_impl *impl = (struct mutex_impl *)m;
	/* relaxed: the CAS decides. */
	uint32_t word = load_relaxed(&impl->word);

	/* While one is on the way nobody is to be woken.  Until it has come
	 * every unlock comes here, so that is asked before anything else.
	 * release: pairs with the acquire of who takes it. */
	if ((word & (MUTEX_LOCKED | MUTEX_WOKEN)) ==
	    (MUTEX_LOCKED | MUTEX_WOKEN) && LIKELY(cas_release(&impl->word,
	    &word, word & ~(uint32_t)MUTEX_LOCKED)))
		return;
	unlock_and_yield(m);
}
