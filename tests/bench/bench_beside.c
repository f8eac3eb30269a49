/*
 * bench_beside.c - for how long does a stop of the world have to wait beside
 * each call whose work grows with what it is given?
 *
 * One goroutine makes the call in a loop (tests/preempt/calls.h).  A timer asks
 * for its P at instants that have nothing to do with that.  An op is the
 * longest time from such an instant, if it fell into a call, until the hart was
 * in the scheduler, where it would have handed its P in.  The handshake itself
 * is the row StopTheWorld.
 *
 * In the rows that end in Marking another goroutine collects all the time.
 */
#include "kernel/clock.h"
#include "lib/str.h"
#include "runtime/time/timers.h"
#include "tests/bench/bench.h"
#include "tests/preempt/calls.h"

/* A row ends after so many stops, or after ROUNDS calls if there were at least
 * ENOUGH stops by then, or after ROUNDS_MAX calls. */
enum { STOPS = 400, ENOUGH = 16, ROUNDS = 2, ROUNDS_MAX = 40 };

static volatile bool collecting, collector_ended;

static void
collect_for_ever(void *unused)
{
	(void)unused;
	while (collecting)
		gc_collect();
	collector_ended = true;
}

/* What the timer finds. */
static struct {
	struct rtimer t;
	struct calls *calls;
	uint32_t      n;		/* times that it rang */
	uint32_t      stops;		/* of which in a call */
	uint64_t      first_round;	/* of the calls */
	nanos_t       longest, total;
} watch;

static bool
has_enough(void)
{
	uint64_t rounds = watch.calls->rounds - watch.first_round;

	return watch.stops >= STOPS || rounds >= ROUNDS_MAX ||
	    (rounds >= ROUNDS && watch.stops >= ENOUGH);
}

static void
ring(struct rtimer *t, uint64_t seq, struct gqueue *ready)
{
	nanos_t late = clock_now() - t->when;

	(void)seq, (void)ready;
	/* The first one came while the goroutine that set it ran. */
	if (watch.n++ == 0) {
		watch.first_round = watch.calls->rounds;
	} else if (watch.calls->inside ||
	    t->when < watch.calls->returned_ns) {
		watch.stops++;
		watch.total += late;
		watch.longest = MAX(watch.longest, late);
	}
	if (!has_enough())
		rtimer_set(t, clock_now() + 20 * NS_PER_US +
		    watch.n * 79193 % 500021, 0);
	else
		watch.calls->stop = 1;
}

static void
measure(struct bench *b, const char *name, bool marking)
{
	struct calls c = { 0 };

	if (!bench_counts_instr()) {
		bench_skip(b, "only on one hart under -icount");
		return;
	}
	for (uint32_t i = 0; i < nlong_calls; i++)
		if (strcmp(long_calls[i].name, name) == 0)
			c.what = &long_calls[i];
	c.n = c.what->n;
	memset(&watch, 0, sizeof(watch));
	watch.calls = &c;
	watch.t.fire = ring;
	go_stack(calls_run, &c, GO_STACK_MAX);
	while (!c.inside)
		sleep_ns(NS_PER_US);
	collecting = marking;
	collector_ended = !marking;
	if (marking)
		go(collect_for_ever, NULL);
	rtimer_set(&watch.t, clock_now() + NS_PER_US, 0);
	while (!c.ended)
		sleep_ns(NS_PER_MS);
	collecting = false;
	while (!collector_ended)
		sleep_ns(NS_PER_MS);
	gc_collect();
	b->instr = (uint64_t)watch.longest;
	b->ns = watch.longest;
	b->n = 1;
	bench_extra(b, (double)watch.total / MAX(watch.stops, 1U), "mean-ns");
	bench_extra(b, watch.stops, "stops");
}

#define BESIDE(call, min_mem_)                                              \
	static void beside_##call(struct bench *b)                          \
	{                                                                   \
		measure(b, #call, false);                                   \
	}                                                                   \
	static const struct bench beside_reg_##call SECTION(".benches")     \
	    ALIGNED(8) = { .name = "StopBeside/" #call,                     \
		.run = beside_##call, .n = 1, .min_mem = (min_mem_) };
#define BESIDE_MARKING(call, min_mem_)                                      \
	static void marking_##call(struct bench *b)                         \
	{                                                                   \
		measure(b, #call, true);                                    \
	}                                                                   \
	static const struct bench marking_reg_##call SECTION(".benches")    \
	    ALIGNED(8) = { .name = "StopBeside/" #call "Marking",           \
		.run = marking_##call, .n = 1, .min_mem = (min_mem_) };

BESIDE(Nothing, 0)
BESIDE_MARKING(Nothing, 0)
BESIDE(Move, 128)
BESIDE_MARKING(Move, 128)
BESIDE(MoveDown, 128)
BESIDE_MARKING(MoveDown, 128)
BESIDE(MoveBytes, 128)
BESIDE(Clear, 128)
BESIDE_MARKING(Clear, 128)
BESIDE(ClearBytes, 128)
BESIDE(Memset, 128)
BESIDE(Memmove, 128)
BESIDE(Memcmp, 128)
BESIDE(Format, 128)
BESIDE(NewArray, 256)
BESIDE_MARKING(NewArray, 256)
BESIDE(NewBytes, 256)
BESIDE(SliceAppend, 256)
BESIDE_MARKING(SliceAppend, 256)
BESIDE(SliceCopy, 128)
BESIDE_MARKING(Roots, 128)
BESIDE(ReleaseMemory, 256)
BESIDE(Panic, 128)
BESIDE(Cancel, 256)
BESIDE(CtxValue, 128)
BESIDE(Close, 900)
BESIDE(RWUnlock, 900)
BESIDE(Broadcast, 900)
BESIDE(WaitGroup, 900)
BESIDE(TrySelect, 128)
BESIDE(Select, 128)
BESIDE(Leaks, 128)
