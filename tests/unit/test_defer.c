/*
 * test_defer.c - deferred calls without a panic.
 *
 * Covers defer of antler.h and goexit (gopanic.c, DEFER-1).  Links the whole
 * runtime.
 */
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

enum { TRACE_MAX = 32 };

/* Which steps ran, in order, a letter for each. */
struct trace {
	uint32_t n;
	char     s[TRACE_MAX];
};

struct step {
	struct trace *trace;
	char          c;
};

static void
note_step(void *arg)
{
	struct step *step = arg;

	if (step->trace->n < TRACE_MAX - 1)
		step->trace->s[step->trace->n++] = step->c;
}

static bool
is_trace(const struct trace *trace, const char *want)
{
	uint32_t i;

	for (i = 0; i < trace->n && want[i] == trace->s[i]; i++)
		continue;
	return i == trace->n && want[i] == '\0';
}

/* DEFER-1 */
KTEST(defer, deferred_calls_run_at_the_end_of_their_block_newest_first)
{
	struct trace trace = { 0 };
	struct step  a = { &trace, 'a' }, b = { &trace, 'b' };
	struct step  c = { &trace, 'c' };

	{
		defer(note_step, &a);
		defer(note_step, &b);
		EXPECT_EQ(t, trace.n, 0);
		{
			defer(note_step, &c);
		}
		EXPECT(t, is_trace(&trace, "c"));
	}
	EXPECT(t, is_trace(&trace, "cba"));
	EXPECT(t, this_strand()->defers == NULL);
}

static int
leave_early(struct step *outer, struct step *inner, int how)
{
	defer(note_step, outer);
	for (int i = 0; i < 2; i++) {
		defer(note_step, inner);
		if (how == 0)
			continue;
		if (how == 1)
			break;
		if (how == 2)
			goto out;
		return 7;
	}
	return 1;
out:
	return 2;
}

KTEST(defer, deferred_calls_run_on_every_way_out_of_a_block)
{
	struct trace trace = { 0 };
	struct step  o = { &trace, 'o' }, i = { &trace, 'i' };

	EXPECT_EQ(t, leave_early(&o, &i, 0), 1);
	EXPECT(t, is_trace(&trace, "iio"));
	EXPECT_EQ(t, leave_early(&o, &i, 1), 1);
	EXPECT_EQ(t, leave_early(&o, &i, 2), 2);
	EXPECT_EQ(t, leave_early(&o, &i, 3), 7);
	EXPECT(t, is_trace(&trace, "iioioioio"));
}

static struct trace exit_trace;
static struct step  exit_steps[3] = {
	{ &exit_trace, '1' }, { &exit_trace, '2' }, { &exit_trace, '3' },
};

static void
exit_two_frames_down(void *unused)
{
	(void)unused;
	defer(note_step, &exit_steps[2]);
	goexit();
}

static void
exit_with_defers(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	defer(note_step, &exit_steps[0]);
	{
		defer(note_step, &exit_steps[1]);
		exit_two_frames_down(NULL);
	}
}

static void
run_with_defer(void *arg)
{
	struct crowd *crowd = arg;

	defer((void (*)(void *))wg_done, &crowd->done);
	exit_with_defers(crowd->t, 0);
}

KTEST(defer, goexit_runs_all_deferred_calls)
{
	struct crowd crowd;

	exit_trace.n = 0;
	crowd_init(&crowd, t, exit_with_defers);
	wg_add(&crowd.done, 1);
	go(run_with_defer, &crowd);
	crowd_wait(&crowd);
	EXPECT(t, is_trace(&exit_trace, "321"));
}

static void
yield_now(void *unused)
{
	(void)unused;
	yield();
}

static void
defer_and_yield(struct ktest *t, uint32_t unused)
{
	struct trace trace = { 0 };
	struct step  s = { &trace, 's' };

	(void)unused;
	for (int i = 0; i < 10; i++) {
		defer(note_step, &s);
		defer(yield_now, NULL);
		yield();
	}
	EXPECT(t, is_trace(&trace, "ssssssssss"));
}

KTEST(defer, deferred_calls_go_with_their_goroutine)
{
	crowd_run(t, 50, defer_and_yield);
}

/* ---- while a panic runs them ---- */

static ATOMIC(uint32_t) wide_runs;

/* Fill n KiB of stack with marks, collect, and check that all marks are still
 * there. */
static NOINLINE void
use_kib(unsigned n, char mark)
{
	char much[KIB];

	memset(much, mark, sizeof(much));
	if (n > 1) {
		use_kib(n - 1, mark);
	} else {
		gc_collect();
		yield();
	}
	for (size_t i = 0; i < sizeof(much); i++)
		CHECK(much[i] == mark);
}

static void
use_much_stack(void *arg)
{
	use_kib(12, (char)(uintptr_t)arg);
	/* relaxed: a count. */
	add_relaxed(&wide_runs, 1);
}

static NOINLINE void
defer_and_dive(void *depth)
{
	uintptr_t left = (uintptr_t)depth;

	defer(use_much_stack, depth);
	if (left == 0)
		go_panic("deep");
	defer_and_dive((void *)(left - 1));
}

KTEST(defer, a_deferred_call_run_by_a_panic_may_use_much_of_the_stack)
{
	struct panic_info why;

	store_relaxed(&wide_runs, 0);
	EXPECT(t, !try_call(defer_and_dive, (void *)20, &why));
	EXPECT(t, strcmp(why.text, "deep") == 0);
	EXPECT_EQ(t, load_relaxed(&wide_runs), 21);
}
