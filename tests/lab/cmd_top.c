/*
 * cmd_top.c - the shell command top: a live view of harts, Ps, goroutines and
 * heap, for a terminal of 80 by 24.
 *
 * Everything is read without locks while the machine runs, so numbers of one
 * frame need not fit each other exactly.  A frame is one console_write.
 */
#include <stdarg.h>

#include "include/antler.h"
#include "kernel/clock.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/fail/waiting.h"
#include "runtime/sched/sched.h"
#include "tests/lab/shell.h"

enum {
	ROWS = 15,		/* for harts and Ps, side by side */
	HARTS_MAX = 128,
	REASONS = 64,		/* to wait, that are counted apart */
	REASONS_SHOWN = 5,
};

#define CLEAR      "\033[2J"
#define HOME       "\033[H"
#define TO_EOL     "\033[K"
#define TO_END     "\033[J"
#define HIDE       "\033[?25l"
#define SHOW       "\033[?25h"

/* Text that is being put together. */
struct page {
	size_t len;
	char   text[6 * KIB];
};

static void PRINTF(2, 3)
add(struct page *page, const char *fmt, ...)
{
	size_t  room = sizeof(page->text) - page->len;
	va_list ap;
	int     n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(page->text + page->len, room, fmt, ap);
	va_end(ap);
	page->len += MIN((size_t)n, room - 1);
}

/* ---- Goroutines --------------------------------------------------------- */

struct census {
	uint32_t    by_status[G_NSTATUS];
	uint32_t    nreasons;
	const char *reason[REASONS];
	uint32_t    waiting[REASONS];	/* goroutines, by reason */
};

static void
count_reason(struct census *c, const char *why)
{
	uint32_t i = 0;

	while (i < c->nreasons && strcmp(c->reason[i], why) != 0)
		i++;
	if (i == REASONS)
		return;
	if (i == c->nreasons) {
		c->nreasons++;
		c->reason[i] = why;
		c->waiting[i] = 0;
	}
	c->waiting[i]++;
}

static void
take_census(struct census *c)
{
	uint32_t n = allg_count();

	memset(c, 0, sizeof(*c));
	for (uint32_t i = 0; i < n; i++) {
		struct g     *gp = allg_at(i);
		enum g_status status = g_status(gp);
		const char   *why = waiting_why(gp);

		c->by_status[status]++;
		if (status == G_WAITING && why != NULL)
			count_reason(c, why);
	}
}

/* Add the most frequent reasons, and set the count of each that is shown to
 * 0. */
static void
add_reasons(struct page *page, struct census *c)
{
	for (uint32_t shown = 0; shown < REASONS_SHOWN; shown++) {
		uint32_t best = 0;

		for (uint32_t i = 1; i < c->nreasons; i++)
			if (c->waiting[i] > c->waiting[best])
				best = i;
		if (c->nreasons == 0 || c->waiting[best] == 0)
			break;
		add(page, "%s%u %s", shown > 0 ? ", " : "", c->waiting[best],
		    c->reason[best]);
		c->waiting[best] = 0;
	}
	add(page, TO_EOL "\n");
}

static void
add_goroutines(struct page *page)
{
	static struct census c;

	take_census(&c);
	add(page, "goroutines %7u running, %u runnable, %u waiting, %u kept "
	    "for reuse" TO_EOL "\n", c.by_status[G_RUNNING],
	    c.by_status[G_RUNNABLE], c.by_status[G_WAITING],
	    c.by_status[G_DEAD]);
	add(page, "waiting for     ");
	add_reasons(page, &c);
}

/* ---- Heap --------------------------------------------------------------- */

static void
add_heap(struct page *page)
{
	struct gc_stats heap;

	gc_read_stats(&heap);
	add(page, "heap %13lu KiB used, %lu live, goal %lu" TO_EOL "\n",
	    (unsigned long)(heap.heap_alloc / KIB),
	    (unsigned long)(heap.heap_live / KIB),
	    (unsigned long)(heap.heap_goal / KIB));
	add(page, "collections %6lu, pauses %lu us in all, longest %lu us"
	    TO_EOL "\n\n", (unsigned long)heap.num_gc,
	    (unsigned long)(heap.pause_total_ns / NS_PER_US),
	    (unsigned long)(heap.pause_max_ns / NS_PER_US));
}

/* ---- Harts and Ps ------------------------------------------------------- */

/* The frame before, which the next frame is compared with. */
struct before {
	nanos_t at;
	nanos_t slept[HARTS_MAX];
};

/* Returns, in per cent, how much of the time since before hart i was awake. */
static unsigned
busy(struct before *before, uint32_t i, nanos_t now)
{
	nanos_t slept = m_slept((struct m *)harts[i], now);
	nanos_t asleep = slept - before->slept[i], all = now - before->at;

	before->slept[i] = slept;
	return asleep <= 0 ? 100 : asleep >= all ? 0 :
	    (unsigned)(100 - 100 * asleep / all);
}

static void
add_hart(struct page *page, struct before *before, uint32_t i, nanos_t now)
{
	struct m *m = (struct m *)harts[i];
	char      pname[HART_NAME], gname[HART_NAME];

	shell_name_hart(m, "-", pname, gname);
	/* relaxed: a snapshot. */
	add(page, "%4u %4u%% %-5s %-9s %6lu %7lu", i, busy(before, i, now),
	    pname, gname, (unsigned long)load_relaxed(&m->nsteal),
	    (unsigned long)load_relaxed(&m->nwake));
}

static void
add_p(struct page *page, const struct p *p, nanos_t now)
{
	static const char *const names[] = { [P_IDLE] = "idle",
		[P_RUNNING] = "running", [P_STOPPED] = "stopped",
		[P_DEAD] = "dead" };
	enum p_status status = p_status(p);
	/* relaxed: a snapshot. */
	nanos_t next = load_relaxed(&p->timers.next);
	char    timer[16] = "-";

	if (next != CLOCK_NEVER)
		fmt_snprintf(timer, sizeof(timer), "%ld ms",
		    MAX(next - now, 0L) / NS_PER_MS);
	add(page, "   %4u %-8s %5u %4s %9s", p->id,
	    status < ARRAY_LEN(names) ? names[status] : "other",
	    runq_len(&p->runq),
	    load_relaxed(&p->runnext) != NULL ? "yes" : "-", timer);
}

static void
add_table(struct page *page, struct before *before, nanos_t now)
{
	uint32_t nps = (uint32_t)gomaxprocs(0);
	uint32_t rows = MIN(MAX(nps, nharts_online), (uint32_t)ROWS);

	add(page, "HART  BUSY P     G         STEALS   WAKES   "
	    "   P STATE    QUEUE NEXT     TIMER" TO_EOL "\n");
	for (uint32_t i = 0; i < rows; i++) {
		if (i < nharts_online)
			add_hart(page, before, i, now);
		else
			add(page, "%41s", "");
		if (i < nps)
			add_p(page, allp.ptr[i], now);
		add(page, TO_EOL "\n");
	}
	if (MAX(nps, nharts_online) > rows)
		add(page, "%u harts and %u Ps in all" TO_EOL "\n",
		    nharts_online, nps);
}

/* ---- The view ----------------------------------------------------------- */

static void
draw(struct before *before)
{
	static struct page page;
	nanos_t now = clock_now();

	page.len = 0;
	add(&page, HOME "antler top: up %ld s, %u harts, GOMAXPROCS=%d; q "
	    "leaves" TO_EOL "\n\n", now / NS_PER_S, nharts_online,
	    gomaxprocs(0));
	add_goroutines(&page);
	/* relaxed: a snapshot. */
	add(&page, "global queue %5u, %u Ps idle, %u harts idle, %u looking "
	    "for work" TO_EOL "\n", load_relaxed(&sched.nglobq),
	    load_relaxed(&sched.npidle), load_relaxed(&sched.nmidle),
	    load_relaxed(&sched.nmspinning));
	add_heap(&page);
	add_table(&page, before, now);
	add(&page, TO_END);
	before->at = now;
	console_write(page.text, page.len, 0);
}

SHELL_CMD(top, "[SECONDS]", "a live view, drawn anew so often; q leaves")
{
	static struct before before;
	unsigned long seconds = 1;
	int64_t       next = now_ns();
	long          got = 1;
	char          key = '\0';

	if (argc > 2 || (argc == 2 && (!str_to_u64(argv[1], &seconds) ||
	    seconds < 1 || seconds > 3600)))
		return false;
	memset(&before, 0, sizeof(before));
	print(HIDE CLEAR);
	while (got != IO_CLOSED && key != 'q') {
		draw(&before);
		next += (int64_t)seconds * NS_PER_S;
		do
			got = console_read(&key, 1, next);
		while (got > 0 && key != 'q');
	}
	print(SHOW "\n");
	return true;
}
