/*
 * main.c - the program of the bench image: run what bench=PATTERN says.
 */
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "tests/bench/bench.h"

int main(void);

static const char *wanted = "*";	/* glob */

static bool
parse_bench(const char *value)
{
	if (*value != '\0')
		wanted = value;
	return true;
}
BOOTARG(bench, "bench", "PATTERN  run the benchmarks that match (default: all)",
    parse_bench);

int
main(void)
{
	bench_boot_ns = clock_since_entry();
	return bench_run_all(wanted) < 0;
}
