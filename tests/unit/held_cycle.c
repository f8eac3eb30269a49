/*
 * held_cycle.c - see held_cycle.h.
 */
#include "tests/unit/held_cycle.h"

#include "gc/gc.h"
#include "kernel/syncpoint.h"

void
held_cycle_begin(void)
{
	fault_set("gc_nobody_marks", true);
	gc_start(gc_cycles());
}

void
held_cycle_end(void)
{
	uint64_t seen = gc_cycles();

	fault_set("gc_nobody_marks", false);
	gc_collect_from(seen);
	while (gc_sweep_one())
		;
}
