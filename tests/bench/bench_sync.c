/*
 * bench_sync.c - mutexes, wait groups and what else guards and waits.
 *
 * Mutex, ContendedMutex and WaitGroup1000 do the same work as in the Go program
 * that they are measured against.
 */
#include "lib/atomic.h"
#include "tests/bench/bench.h"

static struct waitgroup done;
static struct mutex     mutex;
static struct rwmutex   rw;

/* ---- Mutex: lock and unlock without contention ---- */

BENCH(Mutex, 2000000, 0)
{
	struct mutex own = { 0 };
	uint64_t x = 0;

	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++) {
		mutex_lock(&own);
		x++;
		mutex_unlock(&own);
	}
	bench_stop(b);
	if (x != b->n)
		bench_skip(b, "the count is wrong");
}

BENCH(RWMutexRead, 2000000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++) {
		rw_rlock(&rw);
		rw_runlock(&rw);
	}
	bench_stop(b);
}

BENCH(RWMutexWrite, 500000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++) {
		rw_lock(&rw);
		rw_unlock(&rw);
	}
	bench_stop(b);
}

/* ---- Sema: take a permit and give it back without contention ---- */

BENCH(Sema, 500000, 0)
{
	struct sema sema;

	sema_init(&sema, 1);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++) {
		sema_acquire(&sema);
		sema_release(&sema);
	}
	bench_stop(b);
}

/* ---- ContendedMutex: eight goroutines count under one mutex; an op is one
 * count ---- */

enum { FIGHTERS = 8 };

static uint64_t counted;	/* guarded by mutex */

static void
count_often(void *arg)
{
	for (uintptr_t i = 0; i < (uintptr_t)arg; i++) {
		mutex_lock(&mutex);
		counted++;
		mutex_unlock(&mutex);
	}
	wg_done(&done);
}

static void
fight(uint64_t n)
{
	counted = 0;
	wg_add(&done, FIGHTERS);
	for (int i = 0; i < FIGHTERS; i++)
		go(count_often, (void *)(n / FIGHTERS));
	wg_wait(&done);
}

BENCH(ContendedMutex, 400000, 0)
{
	fight(b->n / 10);
	bench_start(b);
	fight(b->n);
	bench_stop(b);
	if (counted != b->n)
		bench_skip(b, "the count is wrong");
}

/* ---- Cond: two goroutines take turns; an op is a round trip ---- */

static struct cond turn_cond;
static uint32_t    turn;	/* guarded by mutex */

static void
take_turns(uint32_t mine, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		mutex_lock(&mutex);
		while (turn != mine)
			cond_wait(&turn_cond);
		turn = !mine;
		cond_signal(&turn_cond);
		mutex_unlock(&mutex);
	}
}

static void
be_second(void *arg)
{
	take_turns(1, (uintptr_t)arg);
	wg_done(&done);
}

BENCH(Cond, 100000, 0)
{
	cond_init(&turn_cond, &mutex);
	turn = 0;
	wg_add(&done, 1);
	go(be_second, (void *)b->n);
	bench_start(b);
	take_turns(0, b->n);
	bench_stop(b);
	wg_wait(&done);
}

/* ---- WaitGroup1000: a thousand goroutines begin and are done; an op is one
 * of them ---- */

enum { FAN = 1000, FANS = 200 };

static ATOMIC(uint64_t) sum;

static void
add_and_be_done(void *arg)
{
	/* relaxed: the wait group orders the sum. */
	add_relaxed(&sum, (uint64_t)arg);
	wg_done(&done);
}

static void
fan(void)
{
	wg_add(&done, FAN);
	for (uintptr_t i = 0; i < FAN; i++)
		go(add_and_be_done, (void *)i);
	wg_wait(&done);
}

BENCH(WaitGroup1000, FAN * FANS, 0)
{
	fan();
	store_relaxed(&sum, 0);
	bench_start(b);
	for (int i = 0; i < FANS; i++)
		fan();
	bench_stop(b);
	if (load_relaxed(&sum) != (uint64_t)FANS * FAN * (FAN - 1) / 2)
		bench_skip(b, "the sum is wrong");
}

/* ---- Pool: an object got and put back ---- */

static struct pool pool;

BENCH(Pool, 1000000, 0)
{
	pool_put(&pool, gc_new_bytes(64));
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		pool_put(&pool, pool_get(&pool));
	bench_stop(b);
}

/* ---- Once: done already ---- */

static struct once once;

static void
do_nothing(void *unused)
{
	(void)unused;
}

BENCH(Once, 1000000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		once_do(&once, do_nothing, NULL);
	bench_stop(b);
}
