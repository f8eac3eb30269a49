/*
 * bench.h - benchmarks that register themselves and print numbers, never
 * verdicts.
 *
 *	BENCH(Yield, 400000, 0)
 *	{
 *		... set up ...
 *		bench_start(b);
 *		for (uint64_t i = 0; i < b->n; i++)
 *			...;
 *		bench_stop(b);
 *	}
 *
 * Output is Go's benchmark format, one line each:
 *
 *	BenchmarkYield/harts=1   400000   58.0 instr/op   58.0 ns/op
 *
 * Instructions are counted on the whole machine, so instr/op is printed only
 * with one hart under -icount; elsewhere there is only ns/op.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"

enum { BENCH_EXTRAS = 10 };

/*
 * A benchmark (name, run, n, min_mem) and, in the copy that runs, its results.
 */
struct bench {
	const char *name;
	void      (*run)(struct bench *b);
	uint64_t    n;			/* operations; run may change it */
	uint64_t    min_mem;		/* MiB of RAM it needs, else skipped */
	/* result */
	uint64_t    instr;		/* between starts and stops, in all */
	nanos_t     ns;
	struct {
		double      value;
		const char *unit;
	} extra[BENCH_EXTRAS];
	uint32_t    nextra;
	const char *skipped;		/* why there is no result, or NULL */
	/* since bench_start */
	uint64_t    instr_start;
	nanos_t     ns_start;
};

#define BENCH(name_, n_, min_mem_)                                          \
	static void bench_##name_(struct bench *b);                         \
	static const struct bench bench_reg_##name_ SECTION(".benches")     \
	    ALIGNED(8) = { .name = #name_, .run = bench_##name_,            \
		.n = (n_), .min_mem = (min_mem_) };                         \
	static void bench_##name_(struct bench *b)

/* Begin to count, and end.  Several stretches add up. */
void bench_start(struct bench *b);
void bench_stop(struct bench *b);

/* Add one more number with its unit, such as "bytes/g". */
void bench_extra(struct bench *b, double value, const char *unit);

/* The time from the first instruction to main, or 0 if main did not note it. */
extern nanos_t bench_boot_ns;

/* Returns true if instruction counts mean anything here. */
bool bench_counts_instr(void);

/* Returns the instructions retired since bench_start; the count goes on. */
uint64_t bench_instr_now(const struct bench *b);

/* Make the benchmark end with "# skipped: why" instead of a result. */
void bench_skip(struct bench *b, const char *why);

/*
 * Run every benchmark whose name the pattern takes (lib/run_pattern.h), with or
 * without Go's "Benchmark" before it, and print its line.  Returns how many
 * benchmarks there were, or one of these constants, after a line that says so.
 */
enum { BENCH_NONE = -1, BENCH_BAD_PATTERN = -2 };
int  bench_run_all(const char *pattern);
