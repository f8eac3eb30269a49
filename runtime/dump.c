/*
 * dump.c - saying what the goroutines, Ms and Ps are doing.
 *
 * Everything here reads without locks: it must work in a panic, when locks may
 * be held by harts that have been stopped.  Gs and Ms are never freed, so what
 * is read may be stale but is never wild.
 */
#include "runtime/dump.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/symbols.h"
#include "lib/check.h"
#include "runtime/sched.h"

/* More goroutines than this are counted, not listed. */
enum { DUMP_MAX = 100 };

static const char *
symbol_or_unknown(uintptr_t pc, uintptr_t *off)
{
	const char *name = pc != 0 ? symbol_name(pc, off) : NULL;

	return name != NULL ? name : "?";
}

/* "goroutine 7 [waiting: wait group]" and who made it. */
static void
dump_head(dump_out out, struct g *gp)
{
	/* relaxed: a snapshot. */
	const char *why = load_relaxed(&gp->why);
	bool waits = g_status(gp) == G_WAITING && why != NULL;

	out("goroutine %lu%s%s%s [%s]:\n", gp->id,
	    gp->name != NULL ? " (" : "", gp->name != NULL ? gp->name : "",
	    gp->name != NULL ? ")" : "",
	    waits ? why : g_status_names[g_status(gp)]);
}

static void
dump_origin(dump_out out, struct g *gp)
{
	uintptr_t off = 0;
	const char *name;

	if (gp->creator == 0)
		return;
	name = symbol_or_unknown(gp->creator, &off);
	out("  created by %s+%#lx\n", name, off);
}

static void
dump_stack(struct g *gp)
{
	const struct ctx *ctx = &gp->strand.ctx;

	backtrace_print(ctx->ra, ctx->sp, ctx->ra, ctx->s,
	    gp->strand.stack_lo, gp->strand.stack_hi);
}

void
dump_goroutines(dump_out out, bool system_too, bool with_stacks)
{
	uint32_t n = allg_count(), shown = 0, more = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = allg_at(i);
		enum g_status status = g_status(gp);

		if (status == G_DEAD || status == G_IDLE ||
		    (gp->system && !system_too))
			continue;
		if (++shown > DUMP_MAX) {
			more++;
			continue;
		}
		dump_head(out, gp);
		if (with_stacks && status != G_RUNNING)
			dump_stack(gp);
		dump_origin(out, gp);
	}
	if (more > 0)
		out("... and %u more goroutines\n", more);
}

void
dump_ps(dump_out out)
{
	uint32_t n = allg_count(), shown = 0, more = 0;

	out("%6s  %-10s %-20s %s\n", "G", "state", "waits for", "function");
	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = allg_at(i);
		enum g_status status = g_status(gp);
		const char *why = load_relaxed(&gp->why);
		uintptr_t off = 0;

		if (status == G_DEAD || status == G_IDLE)
			continue;
		if (++shown > DUMP_MAX) {
			more++;
			continue;
		}
		out("%6lu  %-10s %-20s %s%s%s%s\n", gp->id,
		    g_status_names[status],
		    status == G_WAITING && why != NULL ? why : "",
		    symbol_or_unknown((uintptr_t)gp->strand.fn, &off),
		    gp->name != NULL ? " (" : "",
		    gp->name != NULL ? gp->name : "",
		    gp->name != NULL ? ")" : "");
	}
	if (more > 0)
		out("... and %u more\n", more);
}

/* As Go's GODEBUG=schedtrace prints it. */
void
dump_sched(dump_out out)
{
	/* relaxed: a snapshot. */
	out("SCHED %ldms: gomaxprocs=%u idleprocs=%u threads=%u "
	    "spinningthreads=%u needspinning=%u idlethreads=%u runqueue=%u [",
	    (clock_now() - sched.start_ns) / NS_PER_MS, sched.nprocs,
	    load_relaxed(&sched.npidle), sched.nms,
	    load_relaxed(&sched.nmspinning),
	    load_relaxed(&sched.needspinning), load_relaxed(&sched.nmidle),
	    load_relaxed(&sched.nglobq));
	for (size_t i = 0; i < allp.len; i++)
		out("%s%u", i > 0 ? " " : "", runq_len(&allp.ptr[i]->runq));
	out("]\n");
}

/* ---- for reports ---- */

void
dump_goroutine(dump_out out, struct g *gp, const struct trapframe *running,
    const struct hart *hart)
{
	dump_head(out, gp);
	if (running != NULL)
		backtrace_print_frame(running, hart);
	else if (g_status(gp) != G_RUNNING)
		dump_stack(gp);
	dump_origin(out, gp);
}

void
dump_others(struct g *except, bool system_too)
{
	uint32_t n = allg_count(), shown = 0, more = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = allg_at(i);
		enum g_status status = g_status(gp);
		const struct hart *hart = NULL;

		if (gp == except || status == G_DEAD || status == G_IDLE ||
		    (gp->system && !system_too))
			continue;
		if (++shown > DUMP_MAX) {
			more++;
			continue;
		}
		if (status == G_RUNNING)
			hart = gp->strand.hart;
		kprintf_raw("\n");
		dump_goroutine(kprintf_raw, gp,
		    hart != NULL ? panic_frame_of(hart) : NULL, hart);
	}
	if (more > 0)
		kprintf_raw("\n... and %u more goroutines\n", more);
}

/* "M3 P1 G17 (worker)" for the panic report. */
static void
describe_hart(struct hart *hart)
{
	struct m *m = (struct m *)hart;
	struct g *gp = m->curg;

	kprintf_raw("M%u ", hart->index);
	if (m->p != NULL)
		kprintf_raw("P%u ", m->p->id);
	else
		kprintf_raw("no P ");
	if (gp == NULL)
		kprintf_raw("no G (scheduler)");
	else
		kprintf_raw("G%lu%s%s%s", gp->id, gp->name ? " (" : "",
		    gp->name ? gp->name : "", gp->name ? ")" : "");
}

static void
describe_all(void)
{
	kprintf_raw("\n");
	dump_goroutines(kprintf_raw, true, false);
	gc_describe(kprintf_raw);
}

void
dump_install_panic_hooks(void)
{
	panic_hooks.describe_hart = describe_hart;
	panic_hooks.describe_all = describe_all;
}
