/*
 * cmd_look.c - shell commands that show and change nothing.
 */
#include "gc/gc.h"
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/platform.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/fail/dump.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"
#include "tests/lab/shell.h"

/* Format n for people: "12 MiB".  Returns one of 8 static buffers, which are
 * used in turn. */
static const char *
bytes(uint64_t n)
{
	static char     buf[8][24];
	static uint32_t next;
	char           *at = buf[next++ % ARRAY_LEN(buf)];

	if (n < 10 * KIB)
		fmt_snprintf(at, sizeof(buf[0]), "%lu B", (unsigned long)n);
	else if (n < 10 * MIB)
		fmt_snprintf(at, sizeof(buf[0]), "%lu KiB",
		    (unsigned long)(n / KIB));
	else
		fmt_snprintf(at, sizeof(buf[0]), "%lu MiB",
		    (unsigned long)(n / MIB));
	return at;
}

SHELL_CMD(ps, "[all]", "goroutines, what each waits for; all: stacks")
{
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "all") != 0))
		return false;
	if (argc == 2)
		dump_goroutines(kprintf, NULL, true, NULL);
	else
		dump_ps(kprintf);
	return true;
}

SHELL_CMD(leaks, "", "goroutines that nobody can wake any more")
{
	kprintf("%ld leaked\n", leaked_goroutines(true));
	return argc == 1;
}

SHELL_CMD(why, "ADDRESS", "who holds the object there")
{
	unsigned long address;

	if (argc != 2 || !str_to_u64(argv[1], &address))
		return false;
	gc_why((void *)address);
	return true;
}

SHELL_CMD(sched, "", "the scheduler in a line, as Go's schedtrace")
{
	dump_sched(kprintf);
	return true;
}

void
shell_name_hart(const struct m *m, const char *none, char p[HART_NAME],
    char g[HART_NAME])
{
	/* Both may change at any time; what they point to is never freed. */
	const struct p *holds = m->p;
	const struct g *runs = m->curg;

	fmt_snprintf(p, HART_NAME, "-");
	fmt_snprintf(g, HART_NAME, "%s", none);
	if (holds != NULL)
		fmt_snprintf(p, HART_NAME, "P%u", holds->id);
	if (runs != NULL)
		fmt_snprintf(g, HART_NAME, "G%lu", (unsigned long)runs->id);
}

SHELL_CMD(harts, "", "every hart, its M, what it runs and has done")
{
	kprintf("%4s %4s  %-6s %-8s %8s %8s %8s %8s\n", "M", "hart", "P",
	    "G", "steals", "wakes", "traps", "ticks");
	for (uint32_t i = 0; i < nharts_online; i++) {
		struct m *m = (struct m *)harts[i];
		char      pname[HART_NAME], gname[HART_NAME];

		shell_name_hart(m, "idle", pname, gname);
		/* relaxed: a snapshot. */
		kprintf("%4u %4u  %-6s %-8s %8lu %8lu %8lu %8lu\n", i,
		    m->hart.id, pname, gname,
		    (unsigned long)load_relaxed(&m->nsteal),
		    (unsigned long)load_relaxed(&m->nwake),
		    (unsigned long)m->hart.ntraps,
		    (unsigned long)m->hart.nticks);
	}
	return true;
}

SHELL_CMD(mem, "", "memory: frames, heap, collections")
{
	struct page_stats pages;
	struct gc_stats   heap;
	struct gstack_stats stacks;
	struct stash_stats stash;
	static struct mem_stats mem;	/* static: short stack, one shell */

	mem_read_stats(&mem);
	page_get_stats(&pages);
	gc_read_stats(&heap);
	gstack_get_stats(&stacks);
	stash_get_stats(&stash);
	kprintf("frames       %s in all, %s free, longest run %s\n",
	    bytes(pages.total * PAGE_SIZE), bytes(pages.free * PAGE_SIZE),
	    bytes(pages.largest * PAGE_SIZE));
	kprintf("heap         %s in use (%s lived through the last "
	    "collection), %s held\n", bytes(heap.heap_alloc),
	    bytes(heap.heap_live), bytes(heap.heap_sys));
	kprintf("             next collection at %s, limit %s\n",
	    bytes(heap.heap_goal), bytes(heap.heap_limit));
	kprintf("stacks       %s mapped in %lu windows, %s taken back by "
	    "collections\n", bytes(stacks.pages * PAGE_SIZE),
	    (unsigned long)stacks.windows, bytes(stacks.trimmed * PAGE_SIZE));
	kprintf("             %lu stashed: %s of them in %s\n",
	    (unsigned long)stash.stashed, bytes(stash.bytes),
	    bytes(stash.pages * PAGE_SIZE));
	kprintf("objects      %lu made, %lu freed, %s in all\n",
	    (unsigned long)heap.mallocs, (unsigned long)heap.frees,
	    bytes(heap.total_alloc));
	kprintf("             %lu there now; spans %s, free between them and "
	    "given back %s\n", (unsigned long)mem.heap_objects,
	    bytes(mem.heap_inuse), bytes(mem.heap_idle));
	kprintf("collections  %lu (%u asked for), pauses %lu us in all, "
	    "longest %lu us, %u ppm of the time\n", (unsigned long)heap.num_gc,
	    mem.num_forced_gc,
	    (unsigned long)(heap.pause_total_ns / NS_PER_US),
	    (unsigned long)(heap.pause_max_ns / NS_PER_US), mem.gc_cpu_ppm);
	return true;
}

SHELL_CMD(args, "", "boot arguments: those given, and those known")
{
	kprintf("given: %s\nseed:  %lu\nknown:\n", platform.bootargs,
	    (unsigned long)panic_seed);
	bootargs_help();
	return true;
}
