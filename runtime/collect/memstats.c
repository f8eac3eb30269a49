/*
 * memstats.c - mem_read_stats: statistics of the heap and of the stacks, all
 * taken at one instant.
 */
#include "gc/gc.h"
#include "kernel/page.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/world.h"
#include "runtime/stack/gstack.h"

static void
read_stw(void *arg)
{
	struct mem_stats   *out = arg;
	struct gstack_stats stacks;
	struct page_stats   pages;
	uint64_t            taken, known;

	gc_read_mem_stats_stw(out);
	gstack_get_stats(&stacks);
	out->stack_inuse = out->stack_sys = stacks.pages * PAGE_SIZE;
	page_get_stats(&pages);
	taken = (pages.total - pages.free) * PAGE_SIZE;
	known = out->heap_sys - out->heap_released + out->stack_sys +
	    out->gc_sys;
	/* The difference may be negative: Ms without a P take frames for
	 * stacks even while the world is stopped. */
	out->other_sys = taken > known ? taken - known : 0;
	out->sys = out->heap_sys + out->stack_sys + out->gc_sys +
	    out->other_sys;
}

/* The caller is a goroutine that holds no lock of the runtime. */
void
mem_read_stats(struct mem_stats *out)
{
	touch_out(out, sizeof(*out));
	world_stop("reading memory statistics");
	on_g0(read_stw, out);
	world_start();
}
