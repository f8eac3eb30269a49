/*
 * cmd_do.c - shell commands that make something happen.
 */
#include "include/antler.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "runtime/sched/p.h"
#include "tests/bench/bench.h"
#include "tests/ktest.h"
#include "tests/lab/lab.h"
#include "tests/lab/shell.h"
#include "tests/scene/scene.h"

SHELL_CMD(tour, "", "the walk from the start again")
{
	tour();
	return true;
}

SHELL_CMD(procs, "[N]", "GOMAXPROCS: show it, or set it to N")
{
	unsigned long n;
	int           old;

	if (argc == 1) {
		kprintf("GOMAXPROCS=%d on %d harts\n", gomaxprocs(0),
		    num_hart());
		return true;
	}
	if (argc != 2 || !str_to_u64(argv[1], &n) || n < 1 || n > PROCS_MAX) {
		kprintf("N is 1 to %d\n", PROCS_MAX);
		return false;
	}
	old = gomaxprocs((int)n);
	kprintf("GOMAXPROCS was %d and is %d\n", old, gomaxprocs(0));
	return true;
}

SHELL_CMD(gc, "", "collect garbage now")
{
	struct gc_stats before, after;

	gc_read_stats(&before);
	gc_collect();
	gc_read_stats(&after);
	kprintf("%lu objects freed, heap %lu -> %lu KiB, pause %lu us\n",
	    (unsigned long)(after.frees - before.frees),
	    (unsigned long)(before.heap_alloc / KIB),
	    (unsigned long)(after.heap_alloc / KIB),
	    (unsigned long)(after.pause_total_ns - before.pause_total_ns) /
	    NS_PER_US);
	return true;
}

SHELL_CMD_OF(scene, "[NAME]", "play a race step by step; without a name: which",
    scene_name)
{
	if (argc == 1)
		scene_list();
	else
		scene_play(argv[1]);
	return argc <= 2;
}

SHELL_CMD_OF(fault, "[NAME on|off]",
    "switch off a fix (on), or not; else: which", fault_name)
{
	bool on;

	if (argc == 1) {
		fault_list();
		return true;
	}
	if (argc != 3)
		return false;
	on = strcmp(argv[2], "on") == 0;
	if (!on && strcmp(argv[2], "off") != 0)
		return false;
	if (!fault_set(argv[1], on))
		kprintf("there is no fault %s; there are:\n", argv[1]);
	fault_list();
	return true;
}

SHELL_CMD(bench, "[PATTERN]", "run the benchmarks that match")
{
	bench_run_all(argc > 1 ? argv[1] : "");
	return argc <= 2;
}

SHELL_CMD_OF(test, "[PATTERN]", "run the tests whose suite.name matches",
    ktest_suite)
{
	int failed = ktest_run_all(argc > 1 ? argv[1] : "", panic_seed);

	if (failed >= 0)
		kprintf("# %d failed\n", failed);
	return argc <= 2;
}

SHELL_CMD(off, "", "power off")
{
	machine_exit(0);
}
