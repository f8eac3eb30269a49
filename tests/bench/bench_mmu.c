/*
 * bench_mmu.c - minimum mutator utilisation: of any stretch of so many
 * milliseconds, how much does the program have at least, beside the collector?
 *
 * Measured from outside: a mutator that allocates, on one P, notes the time
 * after each batch of steps.  How long a batch takes without any collection is
 * measured first; the work done in a window, at that price, divided by the
 * window is the utilisation there.  So all that the collector costs is in it:
 * assists, workers, pauses, the barrier, sweeping.
 */
#include "tests/bench/bench.h"
#include "tests/preempt/mutator.h"

enum {
	BATCH = 100,			/* steps */
	BATCHES_MAX = 1 << 17,
	NNODES = 1 << 18,		/* 16 MiB live */
};

static int64_t  done_at[BATCHES_MAX + 1];
static uint32_t nbatches;

/* n batches; returns the mean time of one. */
static double
run_batches(uint32_t n)
{
	nbatches = n;
	done_at[0] = now_ns();
	for (uint32_t i = 1; i <= n; i++) {
		mutator_run(BATCH, true);
		done_at[i] = now_ns();
	}
	return (double)(done_at[n] - done_at[0]) / n;
}

/*
 * The least share of a window of so many ns that went into batches, each worth
 * batch_ns.  It is enough to look at windows that begin or end at the end of a
 * batch; one in which part of a batch lies is given none of it.
 */
static double
least(int64_t window, double batch_ns)
{
	double   min = 1;
	uint32_t first = 0;

	for (uint32_t last = 0; last <= nbatches; last++) {
		double share;

		/* The batches that end in (done_at[last] - window,
		 * done_at[last]]. */
		while (done_at[last] - done_at[first] >= window)
			first++;
		if (done_at[last] - done_at[0] < window)
			continue;
		share = (last - first) * batch_ns / (double)window;
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
		{ NS_PER_MS / 2, "mmu-0.5ms" }, { NS_PER_MS, "mmu-1ms" },
		{ 2 * NS_PER_MS, "mmu-2ms" }, { 5 * NS_PER_MS, "mmu-5ms" },
		{ 10 * NS_PER_MS, "mmu-10ms" }, { 20 * NS_PER_MS, "mmu-20ms" },
		{ 50 * NS_PER_MS, "mmu-50ms" },
		{ 100 * NS_PER_MS, "mmu-100ms" },
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
		bench_extra(b, least(windows[i].ns, batch_ns),
		    windows[i].unit);
	bench_extra(b, (double)(after.num_gc - before.num_gc), "gcs");
}

/* The live heap being 16 MiB. */
BENCH(MMU, BATCHES_MAX * BATCH, 128)
{
	measure(b, NNODES);
}

/* The live heap being 200 MB. */
BENCH(MMU200M, BATCHES_MAX * BATCH, 800)
{
	measure(b, 200000000 / 64);
}
