/*
 * soak.c - see soak.h: the rounds, and the book of goroutines (SOAK-1).
 */
#include "tests/preempt/soak.h"

#include "lib/fmt.h"
#include "tests/preempt/hog.h"
#include "tests/preempt/soak_internal.h"

struct task {
	soak_part         part;
	void             *arg;
	struct waitgroup *wg;
	uint64_t          seed;
	struct atomic32   ends;
};
GC_TYPE(task, arg, wg);

enum { FAILURES_SAID = 20 };

static struct waitgroup all;
static struct atomic64  started, ended, steps;
static struct atomic32  failures;

void
soak_fail(const char *fmt, ...)
{
	char    text[200];
	va_list args;

	va_start(args, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (atomic32_add(&failures, 1) <= FAILURES_SAID)
		print("# soak: goroutine %lu: %s\n", goid(), text);
}

uint32_t
soak_failures(void)
{
	return atomic32_load(&failures);
}

uint64_t
soak_ended(void)
{
	return atomic64_load(&ended);
}

uint64_t
soak_progress(void)
{
	return atomic64_load(&ended) + atomic64_load(&steps);
}

static void
task_ends(void *arg)
{
	struct task *task = arg;

	SOAK_LAW(atomic32_add(&task->ends, 1) == 1, "once");
	atomic64_add(&ended, 1);
	if (task->wg != NULL)
		wg_done(task->wg);
	wg_done(&all);
}

static void
run_task(void *arg)
{
	struct task *task = arg;
	struct rand  rand;

	defer(task_ends, task);
	rand_seed(&rand, task->seed);
	task->part(&rand, task->arg);
}

void
soak_go(uint64_t seed, soak_part part, void *arg, struct waitgroup *wg)
{
	struct task *task = gc_new(&task_type);

	task->part = part;
	task->seed = seed;
	gc_store(&task->arg, arg);
	gc_store(&task->wg, wg);
	atomic64_add(&started, 1);
	if (wg != NULL)
		wg_add(wg, 1);
	wg_add(&all, 1);
	go_named("soak", run_task, task);
}

void
soak_child(struct rand *rand, soak_part part, void *arg, struct waitgroup *wg)
{
	uint64_t high = rand_u32(rand);

	soak_go(high << 32 | rand_u32(rand), part, arg, wg);
}

void
soak_pause(struct rand *rand)
{
	atomic64_add(&steps, 1);
	switch (rand_below(rand, 10)) {
	case 0:
		sleep_ns(rand_below(rand, 200 * SOAK_US));
		break;
	case 1:
	case 2:
		hog_for(rand_below(rand, 3000));
		break;
	case 3:
		gc_new_bytes(8 + rand_below(rand, 600));
		break;
	case 4:
	case 5:
	case 6:
		yield();
		break;
	}
}

int64_t
soak_ns(struct rand *rand)
{
	static const uint32_t below[] = { 1, 2, 50, 200, 1000 };

	return rand_below(rand, 1 + SOAK_US * below[rand_below(rand, 5)]);
}

/* ---- rounds ---- */

/* The parts, and how many goroutines of each a round starts at most. */
static const struct {
	soak_part part;
	uint32_t  most;
} parts[] = {
	{ soak_pipeline, 4 },
	{ soak_tree, 2 },
	{ soak_locker, 12 },
	{ soak_reader_or_writer, 10 },
	{ soak_permits, 6 },
	{ soak_store, 3 },
	{ soak_alarm, 12 },
	{ soak_timer, 12 },
	{ soak_ticker, 4 },
	{ soak_sleeper, 12 },
	{ soak_contexts, 3 },
	{ soak_panics, 8 },
	{ soak_exits, 8 },
	{ soak_parks, 4 },
	{ soak_computes, 4 },
	{ soak_blocks, 2 },
	{ soak_group, 3 },
	{ soak_pool, 8 },
};

enum { NPARTS = sizeof(parts) / sizeof(parts[0]) };

void
soak_round(uint64_t seed)
{
	struct rand rand;
	uint32_t    left[NPARTS], nleft = 0;

	rand_seed(&rand, seed);
	soak_locks_begin();
	for (uint32_t i = 0; i < NPARTS; i++)
		nleft += left[i] = rand_below(&rand, 1 + parts[i].most);
	while (nleft > 0) {
		uint32_t i = rand_below(&rand, NPARTS);

		if (left[i] == 0)
			continue;
		left[i]--;
		nleft--;
		soak_child(&rand, parts[i].part, NULL, NULL);
		if (rand_below(&rand, 4) == 0)
			soak_pause(&rand);
	}
	wg_wait(&all);
	soak_locks_check();
	SOAK_LAW(atomic64_load(&started) == atomic64_load(&ended),
	    "%lu, %lu", atomic64_load(&started), atomic64_load(&ended));
}
