/*
 * soak_locks.c - mutexes, reader-writer locks, semaphores, conditions (SOAK-3).
 *
 * A goroutine changes what they protect in two steps with a pause between, and
 * may be preempted anywhere.
 */
#include "tests/preempt/soak_internal.h"

enum { LOCKS = 4, STEPS = 30, PERMITS = 3, ROOM = 4, TOKENS = 60, SIDES = 4 };

static struct {
	struct mutex      mutex;
	volatile uint64_t count;
	struct atomic64   right;
} safes[LOCKS];

static struct {
	struct rwmutex    lock;
	volatile uint64_t count, twin;
	struct atomic64   right;
} books[2];

static struct sema     permits;
static struct atomic32 inside;

void
soak_locks_begin(void)
{
	sema_init(&permits, PERMITS);
	atomic32_store(&inside, 0);
}

/* Check the counts of all rounds: nothing is reset, so nothing is forgotten. */
void
soak_locks_check(void)
{
	for (int i = 0; i < LOCKS; i++)
		SOAK_LAW(safes[i].count == atomic64_load(&safes[i].right),
		    "%lu, %lu", safes[i].count, atomic64_load(&safes[i].right));
	for (int i = 0; i < 2; i++)
		SOAK_LAW(books[i].count == atomic64_load(&books[i].right) &&
		    books[i].twin == books[i].count, "%lu, %lu",
		    books[i].count, atomic64_load(&books[i].right));
	SOAK_LAW(atomic32_load(&inside) == 0, "all have left");
}

static void
unlock(void *mutex)
{
	mutex_unlock(mutex);
}

struct visit {
	struct rand *rand;
	int          safe;
	bool         ends_badly;
};

static void
open_safe(void *arg)
{
	struct visit *v = arg;
	struct mutex *mutex = &safes[v->safe].mutex;
	uint64_t      count;

	if (rand_below(v->rand, 4) == 0)
		while (!mutex_trylock(mutex))
			soak_pause(v->rand);
	else
		mutex_lock(mutex);
	defer(unlock, mutex);
	count = safes[v->safe].count;
	soak_pause(v->rand);
	safes[v->safe].count = count + 1;
	if (v->ends_badly)
		go_panic("the safe fell shut");
}

void
soak_locker(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < STEPS; i++) {
		struct visit v = { .rand = rand,
			.safe = (int)rand_below(rand, LOCKS),
			.ends_badly = rand_below(rand, 20) == 0 };

		atomic64_add(&safes[v.safe].right, 1);
		SOAK_LAW(try_call(open_safe, &v, NULL) != v.ends_badly, "");
		soak_pause(rand);
	}
}

void
soak_reader_or_writer(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < STEPS; i++) {
		uint32_t b = rand_below(rand, 2);

		if (rand_below(rand, 4) == 0) {
			rw_lock(&books[b].lock);
			books[b].count = books[b].count + 1;
			soak_pause(rand);
			books[b].twin = books[b].twin + 1;
			rw_unlock(&books[b].lock);
			atomic64_add(&books[b].right, 1);
		} else {
			uint64_t count;

			rw_rlock(&books[b].lock);
			count = books[b].count;
			soak_pause(rand);
			SOAK_LAW(books[b].twin == count, "%lu, %lu",
			    books[b].twin, count);
			rw_runlock(&books[b].lock);
		}
		soak_pause(rand);
	}
}

void
soak_permits(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < STEPS; i++) {
		uint32_t n;

		if (rand_below(rand, 2) == 0)
			sema_acquire(&permits);
		else
			while (!sema_try_acquire(&permits))
				soak_pause(rand);
		n = atomic32_add(&inside, 1);
		SOAK_LAW(n <= PERMITS, "%u", n);
		soak_pause(rand);
		atomic32_add(&inside, (uint32_t)-1);
		sema_release(&permits);
	}
}

/* ---- a store with little room ---- */

struct store {
	struct mutex     mutex;
	struct cond      changed;	/* told by a broadcast */
	struct cond      filled;	/* by one signal for each token */
	uint64_t         tokens, in, out;
	struct waitgroup done;
};
GC_TYPE(store, changed.mutex_, filled.mutex_);

static void
fill(struct rand *rand, void *arg)
{
	struct store *s = arg;

	for (int i = 0; i < TOKENS; i++) {
		mutex_lock(&s->mutex);
		while (s->tokens >= ROOM)
			cond_wait(&s->changed);
		s->tokens++;
		s->in++;
		cond_signal(&s->filled);
		mutex_unlock(&s->mutex);
		soak_pause(rand);
	}
}

static void
empty(struct rand *rand, void *arg)
{
	struct store *s = arg;

	for (int i = 0; i < TOKENS; i++) {
		mutex_lock(&s->mutex);
		while (s->tokens == 0)
			cond_wait(&s->filled);
		s->tokens--;
		s->out++;
		mutex_unlock(&s->mutex);
		cond_broadcast(&s->changed);
		soak_pause(rand);
	}
}

void
soak_store(struct rand *rand, void *arg)
{
	struct store *s = gc_new(&store_type);

	(void)arg;
	cond_init(&s->changed, &s->mutex);
	cond_init(&s->filled, &s->mutex);
	for (int i = 0; i < SIDES; i++) {
		soak_child(rand, fill, s, &s->done);
		soak_child(rand, empty, s, &s->done);
	}
	wg_wait(&s->done);
	SOAK_LAW(s->tokens == 0 && s->in == s->out &&
	    s->in == (uint64_t)SIDES * TOKENS, "%lu in, %lu out", s->in,
	    s->out);
}
