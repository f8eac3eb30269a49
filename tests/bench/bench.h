/*
 * bench.h - benchmarks that register themselves and print numbers, never
 * verdicts.
 *
 *	BENCH(Yield) { bench_start(b); for (...b->n...) ...; bench_stop(b); }
 *
 * Output is Go's benchmark format, one line each:
 *
 *	BenchmarkYield/harts=1   1000000   58.0 instr/op   580 ns/op
 *
 * Instructions are those of the whole machine only on one hart under -icount.
 */
#pragma once

#include "lib/compiler.h"

struct bench {
	const char *name;
	void      (*run)(struct bench *b);
	uint64_t    n;			/* operations to do; run may lower it */
	uint64_t    min_mem;		/* MiB of RAM it needs; else skipped */
	/* result */
	uint64_t    instr;
	nanos_t     ns;
	struct { double value; const char *unit; } extra[6];
	uint32_t    nextra;
	bool        skipped;
};
