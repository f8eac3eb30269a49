/*
 * main.c - the program of the bench image: run what bench=PATTERN says.
 */
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "tests/bench/bench.h"

int main(void);

static const char *wanted = "";

static bool
parse_bench(const char *value)
{
	wanted = value;
	return true;
}
BOOTARG(bench, "bench", "PATTERN  run the benchmarks that match (default: all)",
    parse_bench);

int
main(void)
{
	bench_boot_ns = clock_since_entry();
	switch (bench_run_all(wanted)) {
	case BENCH_NONE:
		return 1;
	case BENCH_BAD_PATTERN:
		return 2;
	}
	return 0;
}
