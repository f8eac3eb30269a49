/*
 * mutex.c - mutual exclusion for goroutines.
 *
 * A mutex is one word, and its waiters are in the table of waiters
 * (semtable.h).  A goroutine that finds the mutex free takes it, even if others
 * wait for it: a goroutine that runs now can use the mutex earlier than one
 * that has yet to be switched to.  So that no waiter starves, a waiter that has
 * waited for longer than STARVING_NS is handed the mutex when it comes to the
 * head of the queue.
 *
 * The word:
 *
 *	MUTEX_LOCKED	a goroutine holds the mutex
 *	MUTEX_WAITING	a goroutine waits in the table
 *	MUTEX_WOKEN	a goroutine is about to try to take the mutex: a waiter
 *			that an unlock has woken, or a goroutine that spins.  So
 *			an unlock need not wake another waiter.
 *
 *	MUTEX-1	With the root locked, MUTEX_WAITING is set exactly if a
 *		goroutine waits at the mutex; it changes only with the root
 *		locked.
 *	MUTEX-2	MUTEX_WOKEN, while set, is owned by one goroutine, which clears
 *		it when it takes the mutex or goes to wait.
 *	MUTEX-3	MUTEX_LOCKED is cleared only by an unlock.  A hand-off leaves it
 *		set, so no newcomer can take the mutex in between.
 *
 * An unlock, when waiters are in the table and MUTEX_WOKEN is clear:
 *
 *	1. lock the root, and take the first waiter out of the table;
 *	2. if the waiter has waited too long, leave MUTEX_LOCKED set, give the
 *	   waiter TOKEN_OWNER, make its goroutine ready, and yield to it at
 *	   once;
 *	3. else clear MUTEX_LOCKED, set MUTEX_WOKEN for the waiter, give the
 *	   waiter TOKEN_WOKEN, make its goroutine ready and go on.  The
 *	   goroutine may find that the mutex has been taken again.  Then it goes
 *	   back to the head of the queue, and its age counts from its first
 *	   wait.
 *
 * While the first waiter is old, every unlock hands the mutex over, in the
 * order of arrival.  This is the starvation mode of Go's mutex (Go commit
 * 0556e262, "sync: make Mutex more fair"); as in Go, it ends with the first
 * waiter that came only lately.  Here it needs no bit in the word, because
 * unlock looks at the age of the first waiter.
 *
 * Locking.  Only the root's lock is taken.  It is held for a few instructions,
 * never across a park.
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

/* What a woken waiter owns: nothing, MUTEX_WOKEN, or the mutex. */
enum { TOKEN_NONE, TOKEN_WOKEN, TOKEN_OWNER };

/* Waits longer than this end with a hand-off: 1 ms, as in Go. */
enum { STARVING_NS = NS_PER_MS };

/* Before a goroutine parks it spins at most SPINS times, with at most
 * SPIN_LOOKS looks at the word each. */
enum { SPINS = 4, SPIN_LOOKS = 30 };

struct mutex_impl {
	ATOMIC(uint32_t) word;		/* [C] MUTEX-1 to MUTEX-3 */
};

_Static_assert(sizeof(struct mutex_impl) == sizeof(struct mutex), "opaque");

/*
 * Is the mutex likely to become free within a moment, and has this P nothing
 * better to do?  That is so only if another P runs a goroutine, which may hold
 * the mutex, and no other goroutine is ready to run on this P.
 */
static bool
worth_spinning(void)
{
	struct p *p = this_p();

	/* relaxed: the answer is a guess.  nprocs does not change while a
	 * goroutine runs without calling the scheduler. */
	return sched.nms > 1 && load_relaxed(&sched.npidle) +
	    load_relaxed(&sched.nmspinning) + 1 < sched.nprocs &&
	    load_relaxed(&p->attention) == 0 && !p_has_work(p);
}

/* Spin for a short time until impl is free.  Sets *woken if the caller now owns
 * MUTEX_WOKEN.  Returns the word as it was at the last look. */
static uint32_t
spin_a_little(struct mutex_impl *impl, bool *woken)
{
	/* relaxed, here and below: the CAS in the caller decides. */
	uint32_t word = load_relaxed(&impl->word);

	for (uint32_t i = 0; i < SPINS && word & MUTEX_LOCKED &&
	    worth_spinning(); i++) {
		/* While this goroutine spins, an unlock need not wake a waiter.
		 */
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

/* Take impl if it is free.  Returns false if it is not.  *word is impl's word
 * as last seen, and is updated.  mine tells whether the caller owns
 * MUTEX_WOKEN. */
static FOR_PROGRAMS bool
take_free(struct mutex_impl *impl, uint32_t *word, bool mine)
{
	while (!(*word & MUTEX_LOCKED)) {
		uint32_t taken = *word | MUTEX_LOCKED;

		if (mine)
			taken &= ~(uint32_t)MUTEX_WOKEN;	/* MUTEX-2 */
		/* acquire: pairs with the cas_release of the unlock; the new
		 * holder sees what the last holder did. */
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
		/* Set MUTEX_WAITING while the mutex is locked; or take the
		 * mutex, if it is free. */
		do {
			if (take_free(impl, &word, woken)) {
				semtable_unlock(root);
				return;
			}
			waits = word | MUTEX_WAITING;
			if (woken)
				waits &= ~(uint32_t)MUTEX_WOKEN;
			/* relaxed: the root's lock orders this CAS before the
			 * unlock that wakes this waiter. */
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

/* Panic because the word of a mutex has MUTEX_WAITING, but no goroutine waits.
 */
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
	/* relaxed: the caller holds the mutex. */
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

/* Wake the first waiter and release the mutex, or hand the mutex to the waiter;
 * set the word accordingly.  Sets *handed to whether the mutex was handed over:
 * then the waiter should run at once.  Returns false, and does nothing, if by
 * the word there is no waiter to be woken any more. */
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
	/* A goroutine that spins may have set MUTEX_WOKEN just before.  Then
	 * that goroutine owns MUTEX_WOKEN, and w owns nothing. */
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
		yield();	/* the new holder is next on this P */
}

FOR_PROGRAMS void
antler_mutex_unlock_slow(struct mutex *m)
{
	struct mutex_impl *impl = (struct mutex_impl *)m;
	/* relaxed: the CAS decides. */
	uint32_t word = load_relaxed(&impl->word);

	/* While MUTEX_WOKEN is set no waiter must be woken.  Until its owner
	 * clears it every unlock takes this slow path, so this case is tested
	 * first.  release: pairs with the acquire of the next lock. */
	if ((word & (MUTEX_LOCKED | MUTEX_WOKEN)) ==
	    (MUTEX_LOCKED | MUTEX_WOKEN) && LIKELY(cas_release(&impl->word,
	    &word, word & ~(uint32_t)MUTEX_LOCKED)))
		return;
	unlock_and_yield(m);
}
