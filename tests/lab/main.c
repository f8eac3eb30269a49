/*
 * main.c - what the lab image does, by its boot arguments: run tests, play a
 * scene, run benchmarks; else the tour, and the shell if there is a terminal.
 * The machine's exit status is 0 only if all went well.
 */
#include "explore/explore.h"
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/str.h"
#include "tests/bench/bench.h"
#include "tests/ktest.h"
#include "tests/lab/lab.h"
#include "tests/scene/scene.h"

int main(void);

/* Exit statuses for an invalid pattern, and for a name or pattern of
 * nothing. */
enum { STATUS_BAD_PATTERN = 2, STATUS_NONE = 3 };

/*
 * Field key:	[I] immutable after the boot arguments are parsed
 */
static struct {
	const char *test;	/* [I] pattern, or NULL */
	const char *scene;	/* [I] name, or NULL */
	const char *bench;	/* [I] pattern, or NULL */
	const char *crash;	/* [I] name, or NULL */
	bool        tty;	/* [I] a person is there to type */
} want;

static bool
parse_test(const char *value)
{
	want.test = value;
	return true;
}
BOOTARG(lab_test, "test", "PATTERN  run the tests whose suite.name matches",
    parse_test);

static bool
parse_scene(const char *value)
{
	want.scene = value;
	return *value != '\0';
}
BOOTARG(lab_scene, "scene", "NAME  play one scene", parse_scene);

static bool
parse_bench(const char *value)
{
	want.bench = value;
	return true;
}
BOOTARG(lab_bench, "bench", "PATTERN  run the benchmarks that match",
    parse_bench);

static bool
parse_crash(const char *value)
{
	want.crash = value;
	return *value != '\0';
}
BOOTARG(lab_crash, "crash", "NAME  end badly, as the shell's crash does",
    parse_crash);

static bool
parse_tty(const char *value)
{
	want.tty = strcmp(value, "1") == 0;
	return want.tty || strcmp(value, "0") == 0;
}
BOOTARG(lab_tty, "tty", "0 or 1  whether there is a terminal for the shell",
    parse_tty);

static bool
parse_seed(const char *value)
{
	return str_to_u64(value, &panic_seed);
}
BOOTARG(lab_seed, "seed", "N  where random numbers begin", parse_seed);

static int
run_tests(void)
{
	int failed = ktest_run_all(want.test, panic_seed);

	if (failed == KTEST_BAD_PATTERN)
		return STATUS_BAD_PATTERN;
	return failed == KTEST_NONE ? STATUS_NONE : failed > 0;
}

static int
run_benches(void)
{
	int n = bench_run_all(want.bench);

	if (n == BENCH_BAD_PATTERN)
		return STATUS_BAD_PATTERN;
	return n == BENCH_NONE ? STATUS_NONE : 0;
}

static int
run_scene(void)
{
	int result = scene_play(want.scene);

	return result == SCENE_NONE ? STATUS_NONE : result;
}

static int
run_tour(void)
{
	bool all_true = tour();

	if (want.tty)
		shell();
	return !all_true;
}

int
main(void)
{
	/* The seed is never 0, which stands for none.  Any instant is good
	 * enough. */
	if (panic_seed == 0)
		panic_seed = (uint64_t)clock_now() % 1000000000 + 1;
	if (VIRTUAL && explore_is_wanted())
		return explore_main();
	if (want.test != NULL)
		return run_tests();
	if (want.scene != NULL)
		return run_scene();
	if (want.bench != NULL)
		return run_benches();
	if (want.crash != NULL)
		return crash(want.crash) ? 0 : STATUS_NONE;
	return run_tour();
}
