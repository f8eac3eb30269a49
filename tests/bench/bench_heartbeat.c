/*
 * bench_heartbeat.c - how late a goroutine that sleeps 100 us wakes up, beside
 * one that computes all the time, on one P; an op is a step of the computation.
 */
#include "lib/atomic.h"
#include "tests/bench/bench.h"
#include "tests/preempt/mutator.h"

enum { BEATS_MAX = 1 << 16 };

#define PERIOD_NS (100 * NS_PER_US)

static ATOMIC(uint32_t) stop;
static struct waitgroup done;
static int64_t          late[BEATS_MAX];
static uint32_t         nlate;

static void
beat(void *unused)
{
	(void)unused;
	while (load_acquire(&stop) == 0) {
		int64_t begin = now_ns();

		sleep_ns(PERIOD_NS);
		if (nlate < BEATS_MAX)
			late[nlate++] = now_ns() - begin - PERIOD_NS;
	}
	wg_done(&done);
}

/* Sort a.  Shell's sort needs no recursion and no memory. */
static void
sort(int64_t *a, uint32_t n)
{
	for (uint32_t gap = n / 2; gap > 0; gap /= 2)
		for (uint32_t i = gap; i < n; i++) {
			int64_t x = a[i];
			uint32_t k = i;

			for (; k >= gap && a[k - gap] > x; k -= gap)
				a[k] = a[k - gap];
			a[k] = x;
		}
}

static double
percentile(double part)
{
	return (double)late[(uint32_t)(part * (nlate - 1))] / NS_PER_US;
}

static void
measure(struct bench *b, uint64_t nnodes, bool alloc)
{
	int procs = gomaxprocs(1);

	mutator_build(nnodes);
	gc_collect();
	nlate = 0;
	store_relaxed(&stop, 0);
	wg_add(&done, 1);
	go(beat, NULL);
	yield();
	bench_start(b);
	mutator_run(b->n, alloc);
	bench_stop(b);
	store_release(&stop, 1);
	wg_wait(&done);
	mutator_drop();
	gomaxprocs(procs);
	sort(late, nlate);
	bench_extra(b, nlate, "beats");
	bench_extra(b, percentile(0.5), "p50-us");
	bench_extra(b, percentile(0.99), "p99-us");
	bench_extra(b, percentile(0.999), "p99.9-us");
	bench_extra(b, percentile(1), "max-us");
}

/* Beside a goroutine that only computes. */
BENCH(Heartbeat, 10000000, 0)
{
	measure(b, 1 << 15, false);
}

/* Beside a goroutine that allocates, with a live heap of 3 MB. */
BENCH(HeartbeatAlloc, 5000000, 0)
{
	measure(b, 1 << 15, true);
}

/* Beside a goroutine that allocates, with a live heap of 200 MB. */
BENCH(HeartbeatAlloc200M, 5000000, 640)
{
	measure(b, 200000000 / 64, true);
}
