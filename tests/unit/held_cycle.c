/*
 * held_cycle.c - see held_cycle.h.
 */
#include "tests/unit/held_cycle.h"

#include "gc/gc.h"
#include "gc/local.h"
#include "gc/work.h"
#include "kernel/syncpoint.h"
#include "runtime/sched/sched.h"
#include "tests/unit/wild.h"

static const char *broken;		/* the fault, or NULL */
static bool        verify;		/* gc_params.verify before the fault */
static uint32_t    wild;		/* gc_params.wild before the fault */

void
held_cycle_begin(void)
{
	fault_set("gc_nobody_marks", true);
	gc_start(gc_cycles());
}

void
held_cycle_break(const char *fault)
{
	broken = fault;
	verify = gc_params.verify;
	gc_params.verify = false;	/* it would find that */
	wild = wild_mute();
	fault_set(fault, true);
}

/*
 * What a fault has left behind on a P, retired or not: what is grey would be
 * found by the next cycle, and the spans of a retired P, which no cycle's end
 * reaches, would be two generations old by its end.  World stopped.
 */
static void
clear_up_stw(void *unused)
{
	for (size_t i = 0; i < allp.cap; i++) {
		struct gc_work *w = gc_work_of(allp.ptr[i]->gc);

		w->greys.top = w->greys.lo;
	}
	local_flush_all_stw(unused);
}

void
held_cycle_end(void)
{
	uint64_t seen = gc_cycles();

	fault_set("gc_nobody_marks", false);
	gc_collect_from(seen);
	if (broken != NULL) {
		fault_set(broken, false);
		gc_params.verify = verify;
		wild_unmute(wild);
		gc_stop_between_cycles("clearing up after a fault");
		gc_host.on_system_stack(clear_up_stw, NULL);
		gc_host.start_world();
	}
	broken = NULL;
	while (gc_sweep_one())
		;
}
