/*
 * test_mutex.c - mutexes.
 *
 * Covers mutex.c (MUTEX-1 to MUTEX-3).  Links the whole runtime.  Misuse is in
 * tests/transcripts.
 */
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { USERS = 24, USES = 300, NWAIT = 12 };

static struct mutex       mutex;
static uint64_t           guarded;	/* guarded by mutex */
static ATOMIC(struct g *) waiter;
static ATOMIC(uint32_t)   checked;

static void
add_one(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint32_t k = 0; k < USES; k++) {
		uint64_t seen;

		mutex_lock(&mutex);
		seen = guarded;
		if ((i + k) % 16 == 0)
			yield();
		guarded = seen + 1;
		mutex_unlock(&mutex);
		if (k % 64 == 0)
			sleep_ns(NS_PER_US);
	}
}

KTEST(mutex, a_mutex_excludes_beside_resizes_and_collections)
{
	struct adversary a;

	guarded = 0;
	adversary_start(&a, t, ADVERSARY_ALL);
	crowd_run(t, USERS, add_one);
	adversary_stop(&a);
	EXPECT_EQ(t, guarded, USERS * USES);
	EXPECT_EQ(t, mutex.word_, 0);	/* no bit is left behind */
}

KTEST(mutex, trylock_takes_a_free_one_and_no_other)
{
	EXPECT(t, mutex_trylock(&mutex));
	EXPECT(t, !mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	EXPECT(t, mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	mutex_lock(&mutex);
	EXPECT(t, !mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	EXPECT_EQ(t, mutex.word_, 0);
}

KTEST(mutex, a_newcomer_takes_a_free_mutex_and_leaves_its_other_bits)
{
	/* A waiter was woken and is on its way, and others wait or do not. */
	enum { WAITING = 1 << 1, WOKEN = 1 << 2 };

	for (uint32_t bits = WOKEN; bits <= (WOKEN | WAITING);
	    bits += WAITING) {
		struct mutex own = { .word_ = bits };

		mutex_lock(&own);
		EXPECT_EQ(t, own.word_, bits | ANTLER_MUTEX_LOCKED_);
		EXPECT(t, !mutex_trylock(&own));
		mutex_unlock(&own);	/* nobody is to be woken */
		EXPECT_EQ(t, own.word_, bits);
		EXPECT(t, mutex_trylock(&own));
		EXPECT_EQ(t, own.word_, bits | ANTLER_MUTEX_LOCKED_);
	}
}

static uint32_t order[NWAIT], norder;	/* guarded by mutex */

static void
wait_for_it(struct ktest *t, uint32_t i)
{
	(void)t;
	/* release: pairs with load_acquire in park_one. */
	store_release(&waiter, self());
	mutex_lock(&mutex);
	order[norder++] = i;
	mutex_unlock(&mutex);
}

static void
wait_and_keep_it(struct ktest *t, uint32_t i)
{
	(void)i;
	store_release(&waiter, self());
	mutex_lock(&mutex);
	EVENTUALLY(t, load_acquire(&checked) == 1);
	mutex_unlock(&mutex);
}

/* Start one more goroutine of crowd, and return when it waits for mutex, which
 * the caller holds. */
static void
park_one(struct ktest *t, struct crowd *crowd)
{
	store_relaxed(&waiter, NULL);
	crowd_go(crowd);
	EVENTUALLY(t, load_acquire(&waiter) != NULL &&
	    is_parked(load_acquire(&waiter)));
}

KTEST(mutex, a_waiter_of_long_gets_the_mutex_before_a_newcomer)
{
	struct crowd crowd;

	store_relaxed(&checked, 0);
	mutex_lock(&mutex);
	crowd_init(&crowd, t, wait_and_keep_it);
	park_one(t, &crowd);
	hold_ns(2 * NS_PER_MS);		/* longer than STARVING_NS */
	mutex_unlock(&mutex);
	/* The waiter may not have run yet, but the mutex is its own:
	 * MUTEX-3. */
	EXPECT(t, !mutex_trylock(&mutex));
	store_release(&checked, 1);
	crowd_wait(&crowd);
	EXPECT_EQ(t, mutex.word_, 0);
}

KTEST(mutex, waiters_of_long_get_the_mutex_in_order)
{
	struct crowd crowd;

	norder = 0;
	mutex_lock(&mutex);
	crowd_init(&crowd, t, wait_for_it);
	for (uint32_t i = 0; i < NWAIT; i++)
		park_one(t, &crowd);
	hold_ns(2 * NS_PER_MS);
	EXPECT_EQ(t, norder, 0);
	mutex_unlock(&mutex);
	crowd_wait(&crowd);
	for (uint32_t i = 0; i < NWAIT; i++)
		EXPECT_EQ(t, order[i], i);
	EXPECT_EQ(t, mutex.word_, 0);
}

static void
unlock_it(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	mutex_unlock(&mutex);
}

KTEST(mutex, another_goroutine_may_unlock_it)
{
	struct crowd crowd;

	mutex_lock(&mutex);
	crowd_init(&crowd, t, unlock_it);
	crowd_go(&crowd);
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	crowd_wait(&crowd);
	EXPECT_EQ(t, mutex.word_, 0);
}

static ATOMIC(uint32_t) enough;

static void
hog(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	while (load_acquire(&enough) == 0) {
		mutex_lock(&mutex);
		sleep_ns(100 * NS_PER_US);
		mutex_unlock(&mutex);
	}
}

/* As Go's TestMutexFairness.  The claim is that this ends. */
KTEST(mutex, no_waiter_starves_beside_a_goroutine_that_always_locks)
{
	struct crowd crowd;

	store_relaxed(&enough, 0);
	crowd_init(&crowd, t, hog);
	crowd_go(&crowd);
	for (int i = 0; i < 10; i++) {
		sleep_ns(100 * NS_PER_US);
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
	}
	store_release(&enough, 1);
	crowd_wait(&crowd);
	EXPECT_EQ(t, mutex.word_, 0);
}

static void
try_often(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < USES; k++) {
		if (!mutex_trylock(&mutex)) {
			if (k % 3 != 0) {
				yield();
				continue;
			}
			mutex_lock(&mutex);
		}
		EXPECT_EQ(t, guarded, 0);
		guarded = 1 + i;
		if (k % 8 == 0)
			yield();
		EXPECT_EQ(t, guarded, 1 + i);
		guarded = 0;
		mutex_unlock(&mutex);
	}
}

KTEST(mutex, lock_and_trylock_exclude_each_other)
{
	guarded = 0;
	crowd_run(t, USERS, try_often);
	EXPECT_EQ(t, mutex.word_, 0);
}
