/*
 * tour.c - a short walk through the machine, for people who boot it for the
 * first time: harts, goroutines, resizing, a collection, and the race that this
 * project began with.  Every step measures what it tells, and checks that it is
 * true.
 */
#include <stdarg.h>

#include "gc/gc.h"
#include "include/antler.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/sched/m.h"
#include "tests/lab/lab.h"
#include "tests/scene/scene.h"

enum {
	GOROUTINES = 10000,
	SPIN_ROUNDS = 200,	/* a goroutine's work, empty rounds */
	WALKERS = 1000,
	WALK_STEPS = 40,
	TREE_DEPTH = 14,
	LIST_LEN = 1000,
	M_SHOWN = 8,		/* with more Ms, only extremes */
};

/*
 * Field key:	[o] the goroutine that leads	[a] atomic
 */
static struct {
	uint32_t         untrue;		/* [o] steps that failed */
	ATOMIC(uint32_t) ran[HART_MAX];		/* [a] goroutines by M */
	ATOMIC(uint32_t) steps;			/* [a] taken by walkers */
	ATOMIC(uint32_t) nodes;			/* [a] made for the tree */
} walk;

/* Tell one step, in one or more lines. */
static void PRINTF(3, 4)
tell(bool holds, const char *what, const char *fmt, ...)
{
	char        text[600];
	const char *line = text, *end;
	va_list     ap;

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!holds)
		walk.untrue++;
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1, what = "")
		kprintf("  %-12s %.*s\n", what, (int)(end - line), line);
	kprintf("  %-12s %s\n", what, line);
	if (!holds)
		kprintf("  %-12s THAT IS NOT AS IT SHOULD BE\n", "");
}

/* ---- Harts -------------------------------------------------------------- */

static void
visit_harts(nanos_t first_ran)
{
	nanos_t start = now_ns(), took;
	bool    all = scene_every_hart_runs();

	took = now_ns() - start;
	tell(all, "harts",
	    "The first goroutine ran %ld ms after power-on.  Then %d met,\n"
	    "each on a hart of its own; that took %ld us.",
	    (long)(first_ran / NS_PER_MS), num_hart(),
	    (long)(took / NS_PER_US));
}

/* ---- Goroutines --------------------------------------------------------- */

static void
work_a_little(void *done)
{
	for (int i = 0; i < SPIN_ROUNDS; i++)
		__asm__ volatile("");
	/* relaxed: counted; the waitgroup orders the sum. */
	add_relaxed(&walk.ran[this_m()->hart.index], 1);
	wg_done(done);
}

/* Write "M0 ran 2511, M1 2480, ..." or, for many Ms, the extremes into buf.
 * Returns the sum. */
static uint32_t
describe_ran(char *buf, size_t size)
{
	uint32_t n = (uint32_t)num_hart();
	uint32_t sum = 0, least = UINT32_MAX, most = 0;
	size_t   at = 0;

	buf[0] = '\0';
	for (uint32_t i = 0; i < n; i++) {
		uint32_t ran = load_relaxed(&walk.ran[i]);

		sum += ran;
		least = MIN(least, ran);
		most = MAX(most, ran);
		if (n <= M_SHOWN && at < size)
			at += (size_t)fmt_snprintf(buf + at, size - at,
			    i == 0 ? "M%u ran %u" :
			    i == n / 2 && n > 4 ? ",\nM%u %u" : ", M%u %u", i,
			    ran);
	}
	if (n > M_SHOWN)
		fmt_snprintf(buf, size, "each M ran %u to %u", least, most);
	return sum;
}

/* Returns GOROUTINES, or as many as a machine with little memory can hold. */
static uint32_t
affordable_goroutines(void)
{
	struct page_stats pages;

	page_get_stats(&pages);
	return (uint32_t)MIN((size_t)GOROUTINES, pages.free / 4);
}

static void
visit_goroutines(void)
{
	struct waitgroup done = { 0 };
	uint32_t         n = affordable_goroutines();
	nanos_t          start = now_ns(), took;
	char             by_m[200];

	wg_add(&done, (int)n);
	for (uint32_t i = 0; i < n; i++)
		go(work_a_little, &done);
	wg_wait(&done);
	took = now_ns() - start;
	tell(describe_ran(by_m, sizeof(by_m)) == n, "goroutines",
	    "%u were started, run and ended in %ld ms, on %d Ps:\n%s.", n,
	    (long)(took / NS_PER_MS), gomaxprocs(0), by_m);
}

/* ---- Resizing ----------------------------------------------------------- */

static void
walk_along(void *done)
{
	for (int i = 0; i < WALK_STEPS; i++) {
		/* relaxed: counted; the waitgroup orders the sum. */
		add_relaxed(&walk.steps, 1);
		yield();
	}
	wg_done(done);
}

/* Change GOMAXPROCS several times while others run.  Returns how long the
 * longest change took; *changes is the number of changes. */
static nanos_t
resize_up_and_down(int *changes)
{
	static const int sizes[] = { 1, 2, 4, 8, 16, 32, 64, 32, 16, 8, 4, 2,
		1, 64, 1 };
	nanos_t longest = 0;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		nanos_t start = now_ns();

		gomaxprocs(sizes[i]);
		longest = MAX(longest, now_ns() - start);
		CHECK(gomaxprocs(0) == sizes[i]);
		yield();
	}
	*changes = (int)ARRAY_LEN(sizes);
	return longest;
}

static void
visit_resizing(void)
{
	struct waitgroup done = { 0 };
	int              before = gomaxprocs(0), changes;
	uint32_t         steps;
	nanos_t          longest;

	wg_add(&done, WALKERS);
	for (int i = 0; i < WALKERS; i++)
		go(walk_along, &done);
	longest = resize_up_and_down(&changes);
	gomaxprocs(before);
	wg_wait(&done);
	/* relaxed: ordered by the waitgroup. */
	steps = load_relaxed(&walk.steps);
	tell(steps == WALKERS * WALK_STEPS && gomaxprocs(0) == before, "resize",
	    "GOMAXPROCS went from 1 to 64 and back, twice, while %d\n"
	    "goroutines ran: %d changes, none longer than %ld us.  They made\n"
	    "%u of %u steps: nothing was lost.", WALKERS, changes,
	    (long)(longest / NS_PER_US), steps,
	    (uint32_t)(WALKERS * WALK_STEPS));
}

/* ---- A collection ------------------------------------------------------- */

struct tree {
	struct tree *left;
	struct tree *right;
};
GC_TYPE(tree, left, right);

struct item {
	struct item *next;
	uint64_t     value;
	uint64_t     check;
};
GC_TYPE(item, next);

static struct tree *
grow_tree(int depth)
{
	struct tree *t = gc_new(&tree_type);

	/* relaxed: counted; the waitgroup orders the sum. */
	add_relaxed(&walk.nodes, 1);
	if (depth > 0) {
		gc_store(&t->left, grow_tree(depth - 1));
		gc_store(&t->right, grow_tree(depth - 1));
	}
	return t;
}

/* Runs on a goroutine of its own: when it has ended, nothing refers to the
 * tree. */
static void
make_garbage(void *done)
{
	grow_tree(TREE_DEPTH);
	wg_done(done);
}

static NOINLINE struct item *
make_list(void)
{
	struct item *list = NULL;

	for (uint64_t i = 0; i < LIST_LEN; i++) {
		struct item *it = gc_new(&item_type);

		it->value = i;
		it->check = ~i;
		gc_store(&it->next, list);
		list = it;
	}
	return list;
}

static NOINLINE bool
list_is_whole(const struct item *list)
{
	uint64_t n = 0;

	for (; list != NULL; list = list->next, n++)
		if (list->value != LIST_LEN - 1 - n ||
		    list->check != ~list->value)
			return false;
	return n == LIST_LEN;
}

static void
visit_collection(void)
{
	struct waitgroup done = { 0 };
	struct gc_stats  before, after;
	struct item     *list;
	uint32_t         nodes;
	uint64_t         freed;

	gc_collect();
	list = make_list();
	wg_add(&done, 1);
	go(make_garbage, &done);
	wg_wait(&done);
	gc_read_stats(&before);
	gc_collect();
	gc_read_stats(&after);
	nodes = load_relaxed(&walk.nodes);
	freed = after.frees - before.frees;
	/* A stale word in a saved register may keep some of the last nodes. */
	tell(freed >= nodes - nodes / 100 && list_is_whole(list), "collection",
	    "A tree of %u nodes was dropped, a list of %d kept.  The heap\n"
	    "went from %lu to %lu KiB; the world stood still for %lu us; the\n"
	    "list is whole.", nodes, LIST_LEN,
	    (unsigned long)(before.heap_alloc / KIB),
	    (unsigned long)(after.heap_alloc / KIB),
	    (unsigned long)(after.pause_total_ns - before.pause_total_ns) /
	    NS_PER_US);
}

/* ---- The race ----------------------------------------------------------- */

static void
visit_race(void)
{
	int result = scene_play_quietly("allp_snapshot");

	if (result == SCENE_SKIPPED)
		tell(true, "Go 74414", "This race needs two harts: left out.");
	else
		tell(result == SCENE_PASSED, "Go 74414", "%s\n"
		    "(make scene NAME=allp_snapshot tells it step by step.)",
		    scene_summary());
}

bool
tour(void)
{
	nanos_t first_ran = now_ns();

	memset(&walk, 0, sizeof(walk));
	kprintf("\ntour of a machine without an operating system\n");
	visit_harts(first_ran);
	visit_goroutines();
	visit_resizing();
	visit_collection();
	visit_race();
	if (walk.untrue == 0)
		kprintf("tour: all steps true\n");
	else
		kprintf("tour: %u steps NOT TRUE\n", walk.untrue);
	return walk.untrue == 0;
}
