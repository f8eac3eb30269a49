/*
 * bench_sched.c - goroutines: switching, starting, waking.
 *
 * The benchmarks do the same work as in the Go program that they are measured
 * against, but for what needs channels: Skynet's children report by an atomic
 * sum and a wait group, where Go's send on a channel.  ParkReady has no
 * counterpart there.
 */
#include "lib/atomic.h"
#include "tests/bench/bench.h"

static struct waitgroup done;

/* ---- Yield: two goroutines that yield in turn; an op is one yield ---- */

static void
yield_often(void *arg)
{
	for (uintptr_t i = 0; i < (uintptr_t)arg; i++)
		yield();
	wg_done(&done);
}

static void
two_yielders(uint64_t n)
{
	wg_add(&done, 2);
	for (int i = 0; i < 2; i++)
		go(yield_often, (void *)(n / 2));
	wg_wait(&done);
}

BENCH(Yield, 400000, 0)
{
	two_yielders(b->n / 10);
	bench_start(b);
	two_yielders(b->n);
	bench_stop(b);
}

/* ---- Spawn: 10,000 goroutines at a time end at once; an op is one ---- */

enum { SPAWN_BATCH = 10000 };

static void
end_at_once(void *unused)
{
	(void)unused;
	wg_done(&done);
}

static void
spawn_batch(void)
{
	wg_add(&done, SPAWN_BATCH);
	for (int i = 0; i < SPAWN_BATCH; i++)
		go(end_at_once, NULL);
	wg_wait(&done);
}

BENCH(Spawn, 20 * SPAWN_BATCH, 128)
{
	spawn_batch();
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i += SPAWN_BATCH)
		spawn_batch();
	bench_stop(b);
}

/* ---- ParkReady: two goroutines ready each other; an op is one round ---- */

struct pair {
	struct g *first;
	uint64_t  n;
};

static struct g *second;

static void
answer(void *arg)
{
	struct pair *pair = arg;

	for (uint64_t i = 0; i < pair->n; i++) {
		park("a call");
		ready(pair->first);
	}
	wg_done(&done);
}

static void
announce_and_answer(void *arg)
{
	second = self();
	ready(((struct pair *)arg)->first);
	answer(arg);
}

BENCH(ParkReady, 200000, 0)
{
	struct pair pair = { .first = self(), .n = b->n + b->n / 10 };

	wg_add(&done, 1);
	go(announce_and_answer, &pair);
	park("the second");
	for (uint64_t i = 0; i < pair.n; i++) {
		if (i == b->n / 10)
			bench_start(b);
		ready(second);
		park("an answer");
	}
	bench_stop(b);
	wg_wait(&done);
}

/* ---- Skynet: a million leaves, ten branches each; an op is a leaf ---- */

enum { SKY_LEAVES = 1000000, SKY_BRANCHES = 10 };

static ATOMIC(uint64_t) sky_sum;

struct sky_node {
	struct waitgroup *parent;
	uint64_t          num;
	uint64_t          size;
};

static void
skynet(void *arg)
{
	struct sky_node *me = arg;
	struct sky_node  child[SKY_BRANCHES];
	struct waitgroup children = { 0 };

	if (me->size == 1) {
		/* relaxed: the wait groups order the read of the sum. */
		add_relaxed(&sky_sum, me->num);
		wg_done(me->parent);
		return;
	}
	wg_add(&children, SKY_BRANCHES);
	for (uint32_t i = 0; i < SKY_BRANCHES; i++) {
		child[i].parent = &children;
		child[i].size = me->size / SKY_BRANCHES;
		child[i].num = me->num + i * child[i].size;
		go(skynet, &child[i]);
	}
	wg_wait(&children);
	wg_done(me->parent);
}

static bool
run_skynet(uint64_t leaves)
{
	struct sky_node root = { .parent = &done, .size = leaves };

	store_relaxed(&sky_sum, 0);	/* relaxed: nobody else is here */
	wg_add(&done, 1);
	go(skynet, &root);
	wg_wait(&done);
	return load_relaxed(&sky_sum) == leaves * (leaves - 1) / 2;
}

BENCH(Skynet, SKY_LEAVES, 256)
{
	if (!run_skynet(b->n / 100))
		bench_skip(b, "the sum is wrong");
	bench_start(b);
	if (!run_skynet(b->n))
		bench_skip(b, "the sum is wrong");
	bench_stop(b);
}
