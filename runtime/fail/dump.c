/*
 * dump.c - saying what the goroutines, Ms and Ps are doing.
 *
 * Everything here reads without locks: it must work in a panic, when harts that
 * have been stopped may hold locks.  Gs and Ms are never freed, so what is read
 * may be stale but is never wild.
 */
#include "runtime/fail/dump.h"

#include "gc/gc.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/probe.h"
#include "kernel/symbols.h"
#include "kernel/tlb.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "runtime/fail/waiting.h"
#include "runtime/sched/sched.h"
#include "runtime/time/vclock.h"

enum { STATE_MAX = 80, WORD_MAX = 64 };

#define NS_PER_MIN (60 * NS_PER_S)

/* A copy of a string that a program gave to the runtime.  The program may have
 * overwritten the string since, so the copy is made fit to be printed. */
struct word {
	char text[WORD_MAX];
};

/* Copy as much of s into *w as is there and fits.  Returns the copy, or NULL if
 * s is NULL. */
static const char *
readable(struct word *w, const char *s)
{
	size_t n = 0;

	if (s == NULL)
		return NULL;
	for (; n + 1 < sizeof(w->text); n++) {
		PROBE_READ(&s[n]);
		if (s[n] == '\0')
			break;
		w->text[n] = s[n] < ' ' || s[n] > '~' ? '?' : s[n];
	}
bad:
	w->text[n] = '\0';
	return w->text;
}

static const char *
symbol_or_unknown(uintptr_t pc, uintptr_t *off)
{
	const char *name = pc != 0 ? symbol_name(pc, off) : NULL;

	return name != NULL ? name : "?";
}

/* Describe what gp does in Go's words: "chan receive, 3 minutes".  If gp runs
 * and elsewhere is true, name the hart, too: it may not be this one. */
static void
describe_state(char *buf, size_t size, const struct g *gp, bool elsewhere)
{
	enum g_status status = g_status(gp);
	struct word word;
	const char *why = readable(&word, waiting_why(gp));
	long minutes = waiting_for_ns(gp, timers_now()) / NS_PER_MIN;

	if (status == G_WAITING && why != NULL && minutes >= 1)
		fmt_snprintf(buf, size, "%s, %ld minutes", why, minutes);
	else if (status == G_WAITING && why != NULL)
		fmt_snprintf(buf, size, "%s", why);
	else if (status == G_RUNNING && elsewhere)
		fmt_snprintf(buf, size, "running on hart %u",
		    gp->strand.hart->index);
	else if (status == G_RUNNABLE && gp->preempted)
		fmt_snprintf(buf, size, "runnable, preempted");
	else
		fmt_snprintf(buf, size, "%s", g_status_names[status]);
}

static void
tell_name(dump_out out, const struct g *gp, bool elsewhere, const char *end)
{
	char state[STATE_MAX];
	struct word word;
	const char *name = readable(&word, gp->name);

	describe_state(state, sizeof(state), gp, elsewhere);
	out("goroutine %lu%s%s%s [%s]%s", gp->id, name != NULL ? " (" : "",
	    name != NULL ? name : "", name != NULL ? ")" : "", state, end);
}

void
dump_head(dump_out out, const struct g *gp, bool elsewhere)
{
	tell_name(out, gp, elsewhere, ":\n");
}

void
dump_name(dump_out out, const struct g *gp)
{
	tell_name(out, gp, true, "");
}

static void
dump_origin(dump_out out, struct g *gp)
{
	uintptr_t off = 0;
	const char *name;

	if (gp->creator.pc == 0)
		return;
	name = symbol_or_unknown(gp->creator.pc, &off);
	out("  created by %s+%#lx in goroutine %lu\n", name, off,
	    gp->creator.id);
}

static void
dump_stack(struct g *gp)
{
	const struct ctx *ctx = &gp->strand.ctx;

	tlb_forget();		/* case (d) of TRIM-3 in gstack_trim.c */
	backtrace_print(ctx->ra, ctx->sp, ctx->ra, ctx->s,
	    gp->strand.stack_lo, gp->strand.stack_hi);
}

void
dump_leaked(struct g *gp)
{
	struct word word, reason;
	const char *name = readable(&word, gp->name);

	kprintf("\ngoroutine %lu%s%s%s [%s (leaked)]:\n", gp->id,
	    name != NULL ? " (" : "", name != NULL ? name : "",
	    name != NULL ? ")" : "", readable(&reason, waiting_why(gp)));
	dump_stack(gp);
	dump_origin(kprintf, gp);
}

/* Tell about one goroutine.  where may be NULL (dump_goroutines). */
static void
dump_one(dump_out out, struct g *gp, dump_where where)
{
	const struct hart *hart = gp->strand.hart;
	const struct trapframe *frame;

	dump_head(out, gp, true);
	if (g_status(gp) != G_RUNNING) {
		dump_stack(gp);
	} else if (where != NULL && (frame = where(hart)) != NULL) {
		backtrace_print_frame(frame, hart);
	} else {
		out("  (running; its stack is not at rest)\n");
	}
	dump_origin(out, gp);
}

void
dump_goroutines(dump_out out, const struct g *except, bool system_too,
    dump_where where)
{
	uint32_t n = allg_count(), shown = 0, more = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = allg_at(i);
		enum g_status status = g_status(gp);

		if (gp == except || status == G_DEAD ||
		    (gp->system && !system_too))
			continue;
		if (++shown > DUMP_MAX) {
			more++;
			continue;
		}
		out("\n");
		dump_one(out, gp, where);
	}
	if (more > 0)
		out("\n... and %u more goroutines\n", more);
}

/* List the head and the origin of each goroutine, without its stack. */
static void
list_goroutines(dump_out out)
{
	uint32_t n = allg_count(), shown = 0, more = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct g *gp = allg_at(i);
		enum g_status status = g_status(gp);

		if (status == G_DEAD)
			continue;
		if (++shown > DUMP_MAX) {
			more++;
			continue;
		}
		dump_head(out, gp, true);
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
		struct word word, reason;
		const char *name = readable(&word, gp->name);
		const char *why = readable(&reason, waiting_why(gp));
		uintptr_t off = 0;

		if (status == G_DEAD)
			continue;
		if (++shown > DUMP_MAX) {
			more++;
			continue;
		}
		out("%6lu  %-10s %-20s %s%s%s%s\n", gp->id,
		    g_status_names[status],
		    status == G_WAITING && why != NULL ? why : "",
		    symbol_or_unknown((uintptr_t)gp->strand.fn, &off),
		    name != NULL ? " (" : "", name != NULL ? name : "",
		    name != NULL ? ")" : "");
	}
	if (more > 0)
		out("... and %u more\n", more);
}

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
	dump_head(out, gp, false);
	if (running != NULL)
		backtrace_print_frame(running, hart);
	else if (g_status(gp) != G_RUNNING)
		dump_stack(gp);
	dump_origin(out, gp);
}

void
dump_hart(dump_out out, const struct hart *hart)
{
	const struct m *m = (const struct m *)hart;
	const struct g *gp = m->curg;
	struct word word;
	const char *name = gp != NULL ? readable(&word, gp->name) : NULL;

	out("M%u ", hart->index);
	if (m->p != NULL)
		out("P%u ", m->p->id);
	else
		out("no P ");
	if (gp == NULL)
		out("no G (scheduler)");
	else
		out("G%lu%s%s%s", gp->id, name != NULL ? " (" : "",
		    name != NULL ? name : "", name != NULL ? ")" : "");
}

/* Describe what hart runs; for the panic report. */
static void
describe_hart(struct hart *hart)
{
	dump_hart(kprintf_raw, hart);
}

static void
describe_all(void)
{
	kprintf_raw("\n");
	list_goroutines(kprintf_raw);
	gc_describe(kprintf_raw);
}

void
dump_install_panic_hooks(void)
{
	panic_hooks.describe_hart = describe_hart;
	panic_hooks.describe_all = describe_all;
}
