/*
 * bench_mmu.c - minimum mutator utilisation: of all windows of a given length,
 * the least share that the program has beside the collector.
 *
 * It is measured from outside: a mutator that allocates, on one P, notes the
 * time after each batch of steps.  How long a batch takes without any
 * collection is measured first.  The utilisation of a window is the number of
 * batches in it, times that time, divided by the length of the window.  So it
 * includes all that the collector costs: assists, workers, pauses, the barrier,
 * sweeping.
 */
#include "tests/bench/bench.h"
#include "tests/preempt/mutator.h"

enum {
	BATCH = 200,			/* steps */
	BATCHES_MAX = 1 << 16,
	NNODES = 1 << 18,		/* 16 MiB live */
};

static uint32_t took[BATCHES_MAX];	/* ns, each batch */
static uint32_t nbatches;

/* Run n batches.  Returns the mean time of one in nanoseconds. */
static double
run_batches(uint32_t n)
{
	int64_t begin = now_ns(), from = begin, to = begin;

	nbatches = n;
	for (uint32_t i = 0; i < n; i++, from = to) {
		mutator_run(BATCH, true);
		to = now_ns();
		took[i] = (uint32_t)(to - from);
	}
	return (double)(to - begin) / n;
}

/*
 * Returns the least share of a window of so many ns that went into batches,
 * each worth batch_ns.  It is enough to look at windows that begin or end at
 * the end of a batch.  A batch that lies partly in a window counts nothing.
 */
static double
least(int64_t window, double batch_ns)
{
	int64_t  length = 0, at = 0;	/* of batches first .. last; of all */
	double   min = 1;
	uint32_t first = 0;

	for (uint32_t last = 0; last < nbatches; last++) {
		double share;

		length += took[last];
		at += took[last];
		if (at < window)
			continue;
		while (length > window)
			length -= took[first++];
		/* Only the batches that lie wholly in the window count. */
		share = (last + 1 - first) * batch_ns / (double)window;
		min = share < min ? share : min;
	}
	return min;
}

static void
measure(struct bench *b, uint64_t nnodes)
{
	static const struct {
		int64_t     ns;
		const char *unit;
	} windows[] = {
		{ NS_PER_MS / 2, "mmu-0.5ms-%" }, { NS_PER_MS, "mmu-1ms-%" },
		{ 2 * NS_PER_MS, "mmu-2ms-%" }, { 5 * NS_PER_MS, "mmu-5ms-%" },
		{ 10 * NS_PER_MS, "mmu-10ms-%" },
		{ 20 * NS_PER_MS, "mmu-20ms-%" },
		{ 50 * NS_PER_MS, "mmu-50ms-%" },
		{ 100 * NS_PER_MS, "mmu-100ms-%" },
	};
	struct gc_stats before, after;
	int procs = gomaxprocs(1), percent;
	double batch_ns;

	mutator_build(nnodes);
	gc_collect();
	percent = gc_set_percent(-1);
	batch_ns = run_batches(BATCHES_MAX / 16);
	gc_set_percent(percent);
	gc_collect();
	gc_read_stats(&before);
	bench_start(b);
	run_batches(BATCHES_MAX);
	bench_stop(b);
	gc_read_stats(&after);
	b->n = BATCHES_MAX * BATCH;
	mutator_drop();
	gomaxprocs(procs);
	for (size_t i = 0; i < ARRAY_LEN(windows); i++)
		bench_extra(b, 100 * least(windows[i].ns, batch_ns),
		    windows[i].unit);
	bench_extra(b, (double)(after.num_gc - before.num_gc), "gcs");
}

/* With a live heap of 16 MiB. */
BENCH(MMU, BATCHES_MAX * BATCH, 128)
{
	measure(b, NNODES);
}

/* With a live heap of 200 MB. */
BENCH(MMU200M, BATCHES_MAX * BATCH, 800)
{
	measure(b, 200000000 / 64);
}
