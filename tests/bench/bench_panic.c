/*
 * bench_panic.c - deferred calls, and panics that are recovered from.
 */
#include "tests/bench/bench.h"

static void
nothing(void *unused)
{
	(void)unused;
}

/* A block with a deferred call of nothing. */
BENCH(Defer, 1000000, 0)
{
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++) {
		defer(nothing, NULL);
	}
	bench_stop(b);
}

static void
fail(void *unused)
{
	(void)unused;
	go_panic("benchmark");
}

/* A call that fails and is recovered from. */
BENCH(PanicRecover, 10000, 0)
{
	(void)try_call(fail, NULL, NULL);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		(void)try_call(fail, NULL, NULL);
	bench_stop(b);
}

/* Hides from the compiler that fail never returns. */
static void (*volatile fail_hidden)(void *) = fail;

static NOINLINE uint64_t
fail_below(uint64_t depth)
{
	volatile uint64_t keep = depth;

	if (depth == 0) {
		fail_hidden(NULL);
		return 0;
	}
	return fail_below(depth - 1) + keep;
}

static void
fail_at_ten(void *unused)
{
	(void)unused;
	(void)fail_below(10);
}

/* A call that fails ten frames further down and is recovered from. */
BENCH(PanicRecover10, 10000, 0)
{
	(void)try_call(fail_at_ten, NULL, NULL);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		(void)try_call(fail_at_ten, NULL, NULL);
	bench_stop(b);
}
