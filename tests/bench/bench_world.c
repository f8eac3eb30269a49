/*
 * bench_world.c - the whole machine: many goroutines, many Ps, stops, boot.
 *
 * StopTheWorld is the longest of many handshakes with running goroutines,
 * without any work while the world is stopped.  The pauses of collections are
 * in bench_gc.c.
 */
#include "kernel/clock.h"
#include "kernel/page.h"
#include "runtime/sched/world.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"
#include "tests/bench/bench.h"

/* ---- Parked1M: a million parked goroutines; an op is starting one ---- */

static struct waitgroup parked_up, parked_release, parked_done;

static size_t
free_bytes(void)
{
	struct page_stats stats;

	page_get_stats(&stats);
	return stats.free * PAGE_SIZE;
}

static void
park_until_released(void *unused)
{
	(void)unused;
	wg_done(&parked_up);
	wg_wait(&parked_release);
	wg_done(&parked_done);
}

/* Tell what the bytes of each goroutine are: struct g, stash, its share of a
 * page table. */
static void
tell_budget(struct bench *b)
{
	struct stash_stats stash;

	stash_get_stats(&stash);
	bench_extra(b, (double)sizeof(struct g), "struct-bytes/g");
	bench_extra(b, (double)stash.pages * PAGE_SIZE / (double)b->n,
	    "stash-bytes/g");
	bench_extra(b, (double)(1UL << gstack_layout.shift) / PAGE_SIZE *
	    sizeof(vm_pte),
	    "table-bytes/g");
}

BENCH(Parked1M, 1000000, 8192)
{
	size_t   before = free_bytes();
	uint64_t instr;
	nanos_t  ns;

	wg_add(&parked_release, 1);
	wg_add(&parked_up, (int)b->n);
	wg_add(&parked_done, (int)b->n);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		go(park_until_released, NULL);
	wg_wait(&parked_up);
	bench_stop(b);
	bench_extra(b, (double)(before - free_bytes()) / (double)b->n,
	    "new-bytes/g");

	/* The first collection finds the goroutines parked, the second one
	 * stashes them, and the third one stands for all later ones. */
	for (int i = 0; i < 3; i++) {
		instr = clock_instret();
		ns = clock_now();
		gc_collect();
		if (bench_counts_instr() && i > 0)
			bench_extra(b, (double)(clock_instret() - instr) /
			    (double)b->n, i == 1 ? "stash-instr/g" :
			    "gc-instr/g");
	}
	bench_extra(b, (double)(clock_now() - ns) / (double)b->n, "gc-ns/g");
	bench_extra(b, (double)(before - free_bytes()) / (double)b->n,
	    "bytes/g");
	tell_budget(b);
	instr = clock_instret();
	wg_done(&parked_release);
	wg_wait(&parked_done);
	if (bench_counts_instr())
		bench_extra(b, (double)(clock_instret() - instr) /
		    (double)b->n, "wake-instr/g");
}

/* ---- Gomaxprocs1toN; an op is one change ---- */

static void
change_often(struct bench *b, int high)
{
	gomaxprocs(high);	/* makes the Ps */
	gomaxprocs(1);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i += 2) {
		gomaxprocs(high);
		gomaxprocs(1);
	}
	bench_stop(b);
}

BENCH(Gomaxprocs1to2, 200, 0)
{
	change_often(b, 2);
}

BENCH(Gomaxprocs1to64, 200, 0)
{
	change_often(b, 64);
}

/* ---- StopTheWorld; an op is the longest of many stops ---- */

enum { STOPS = 1000, YIELDERS = 100 };

static bool yielders_end;	/* changed with the world stopped */

static void
yield_until_end(void *unused)
{
	(void)unused;
	while (!yielders_end)
		yield();
	wg_done(&parked_done);
}

BENCH(StopTheWorld, 1, 0)
{
	uint64_t instr_max = 0;
	nanos_t  ns_max = 0, ns_sum = 0;

	yielders_end = false;
	wg_add(&parked_done, YIELDERS);
	for (int i = 0; i < YIELDERS; i++)
		go(yield_until_end, NULL);
	for (int i = 0; i < STOPS; i++) {
		uint64_t instr;
		nanos_t  ns;

		yield();
		ns = clock_now();
		instr = clock_instret();
		world_stop("a benchmark");
		yielders_end = i + 1 == STOPS;
		world_start();
		instr_max = MAX(instr_max, clock_instret() - instr);
		ns = clock_now() - ns;
		ns_max = MAX(ns_max, ns);
		ns_sum += ns;
	}
	wg_wait(&parked_done);
	b->instr = instr_max;
	b->ns = ns_max;
	bench_extra(b, (double)ns_sum / STOPS, "mean-ns");
}

/* ---- Boot: from the first instruction to main ---- */

BENCH(Boot, 1, 0)
{
	if (bench_boot_ns == 0) {
		bench_skip(b, "only the bench image notes when main began");
		return;
	}
	/* Under -icount shift=0 an instruction is a nanosecond. */
	b->instr = (uint64_t)bench_boot_ns;
	b->ns = bench_boot_ns;
}
