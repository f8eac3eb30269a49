/*
 * cmd_crash.c - shell commands that end the machine, to see what it says then.
 */
#include "include/antler.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/spinlock.h"
#include "lib/check.h"
#include "lib/str.h"
#include "tests/lab/lab.h"
#include "tests/lab/shell.h"

struct hoard {
	struct hoard *next;
	char          junk[1000];
};
GC_TYPE(hoard, next);

static NOINLINE void
touch_nil(void)
{
	volatile int *volatile nil = NULL;

	*nil = 1;
}

/* The recursion never ends, but the compiler cannot know. */
static NOINLINE int
recurse(volatile int *depth)
{
	volatile char frame[200];

	frame[0] = (char)++*depth;
	if (*depth < 0)
		return 0;
	return recurse(depth) + frame[0];
}

static void
overflow_stack(void)
{
	volatile int depth = 0;

	recurse(&depth);
}

static void
eat_memory(void)
{
	struct hoard *all = NULL;

	for (;;) {
		struct hoard *more = gc_new(&hoard_type);

		gc_store(&more->next, all);
		all = more;
	}
}

static void
wait_for_nobody(void)
{
	park("somebody who never comes");
}

static ATOMIC(int) hung;

/* Spin in text that is never preempted.  The last goroutine to come says that
 * all are here. */
static void
spin_for_ever(void *unused)
{
	(void)unused;
	/* relaxed: a count. */
	if (add_relaxed(&hung, 1) + 1 == gomaxprocs(0))
		kprintf("every hart hangs\n");
	for (;;)
		cpu_relax();
}

static void
hang(void)
{
	for (int i = 1; i < gomaxprocs(0); i++)
		go_named("hung", spin_for_ever, NULL);
	spin_for_ever(NULL);
}

/* Debug builds check the order of locks. */
static void
take_locks_upwards(void)
{
	static struct spinlock low, high;

	spin_init(&low, "low", RANK_SCHED);
	spin_init(&high, "high", RANK_CONSOLE);
	spin_lock(&high);
	spin_lock(&low);
	spin_unlock(&low);
	spin_unlock(&high);
}

/* Panic in page_free, which holds the lock of the numbers that the report
 * tells. */
static void
free_page_twice(void)
{
	void *page = page_alloc(1);

	page_free(page, 1);
	page_free(page, 1);
}

static struct spinlock wanted;

static void
describe_with_lock(void)
{
	spin_lock(&wanted);
}

/* Panic with a report that waits for a lock which nobody is left to release. */
static void
break_report(void)
{
	spin_init(&wanted, "wanted", RANK_SCHED);
	spin_lock(&wanted);
	panic_hooks.describe_all = describe_with_lock;
	panic("shell: a panic whose report waits");
}

static ATOMIC(uint32_t) console_kept;

/* Keep the console for ever, in the middle of a line, with interrupts off. */
static void
keep_console(void *unused)
{
	(void)unused;
	console_hold();
	kprintf("half a line");
	/* relaxed: polled; publishes nothing else. */
	store_relaxed(&console_kept, 1);
	for (;;)
		cpu_relax();
}

static void
wait_until_console_is_kept(void)
{
	go_named("keeper", keep_console, NULL);
	while (load_relaxed(&console_kept) == 0)
		cpu_relax();
}

static void
exit_without_console(void)
{
	wait_until_console_is_kept();
	exit(3);
}

static void
die_without_console(void)
{
	struct mutex never = { 0 };

	wait_until_console_is_kept();
	mutex_unlock(&never);
}

static const struct crash {
	const char *name;
	const char *what;
	void      (*run)(void);
} crashes[] = {
	{ "nil", "store through a null pointer", touch_nil },
	{ "stack", "call without end", overflow_stack },
	{ "oom", "keep everything that is allocated", eat_memory },
	{ "deadlock", "wait for what nobody will do", wait_for_nobody },
	{ "hang", "compute for ever on every hart", hang },
	{ "rank", "take locks in the wrong order", take_locks_upwards },
	{ "page", "free a page of memory twice", free_page_twice },
	{ "report", "panic, and have the report go wrong", break_report },
	{ "exit", "exit while a hart keeps the console", exit_without_console },
	{ "fatal", "die while a hart keeps the console", die_without_console },
};

bool
crash(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		if (strcmp(crashes[i].name, name) == 0) {
			crashes[i].run();
			return true;
		}
	return false;
}

SHELL_CMD(crash, "nil|stack|oom|deadlock|hang|rank|page|report|exit|"
    "fatal",
    "end badly, as a program might")
{
	if (argc == 2 && crash(argv[1]))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
		kprintf("  %-10s %s\n", crashes[i].name, crashes[i].what);
	return false;
}

SHELL_CMD(panic, "", "end as if the runtime had found itself broken")
{
	panic("shell: you asked for it");
}
