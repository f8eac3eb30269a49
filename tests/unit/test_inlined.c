/*
 * test_inlined.c - stores whose barrier is inlined in text that is preempted.
 *
 * Covers inlined.c (INLINED-2, INLINED-3), CYCLE-3 of gc/cycle.c and
 * gc_store_inlined.  Links the whole runtime.
 */
#include "tests/preempt/inlined.h"

#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "runtime/sched/inlined.h"
#include "runtime/sched/sched.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"
#include "tests/unit/wild.h"

enum { N = 16, RING = 1000 };

GC_TYPE(pair, next);

static struct pair  *pairs[N];		/* a root */
static uintptr_t     hidden[N];		/* what follows each */

static void
make_root(void)
{
	ROOT_ONCE(pairs);
}

static NOINLINE void
make_pairs(void)
{
	for (int i = 0; i < N; i++) {
		gc_store(&pairs[i], gc_new(&pair_type));
		gc_store(&pairs[i]->next, gc_new(&pair_type));
		hidden[i] = hide(pairs[i]->next);
	}
}

/*
 * A goroutine has seen that nobody marks, and is stopped.  A collection begins.
 * It goes on and takes the last pointer to each of N objects away, without a
 * word to the collector.  How many of them, which somebody else may have read
 * meanwhile, are alive when that collection is over?
 */
static NOINLINE uint32_t
tell(struct ktest *t, bool broken)
{
	struct pair **slots[N];
	struct slow_store s = { .slots = slots, .n = N };
	uint64_t cycles;
	uint32_t alive, wild = gc_params.wild;

	make_root();
	make_pairs();
	for (int i = 0; i < N; i++)
		slots[i] = &pairs[i]->next;
	gc_collect();
	go(inlined_slow_store, &s);
	EVENTUALLY(t, s.tested);
	cycles = gc_cycles();
	fault_set("gc_forgets_inlined", broken);
	if (broken)
		(void)wild_mute();
	held_cycle_begin();
	EXPECT_EQ(t, gc_concurrent(), broken);
	EXPECT_EQ(t, gc_cycles(), cycles + !broken);
	while (!broken && gc_sweep_one())
		;
	alive = hidden_count_alive(hidden, N);
	s.go_on = true;
	EVENTUALLY(t, s.stored);
	wipe_stack();
	held_cycle_end();
	fault_set("gc_forgets_inlined", false);
	wild_unmute(wild);
	if (broken)
		alive = hidden_count_alive(hidden, N);
	memset(pairs, 0, sizeof(pairs));
	return alive;
}

KTEST(inlined, a_goroutine_between_test_and_store_makes_marking_stop_the_world)
{
	EXPECT_EQ(t, tell(t, false), N);
	EXPECT(t, tell(t, true) < N);
	gc_collect();
	gc_check_heap();
}

static volatile bool came_out, give_up;

static void
go_forward(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	inlined_wait_for((const volatile uint64_t *)&inlined_stats.nspared, 3,
	    &give_up);
	came_out = true;
}

/* It is let go on three times, which ends its loop, and then it calls the
 * runtime, where it may stop. */
KTEST(inlined, a_goroutine_that_leaves_unsafe_text_in_time_stops_nothing)
{
	struct crowd crowd;
	/* relaxed, both: the crowd's end orders the second. */
	uint64_t caught = load_relaxed(&inlined_stats.ncaught);

	came_out = give_up = false;
	crowd_init(&crowd, t, go_forward);
	crowd_go(&crowd);
	EVENTUALLY(t, (gc_collect(), came_out));
	give_up = true;
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_relaxed(&inlined_stats.ncaught), caught);
}

static struct pair *ring[RING];		/* a root */

static void
swap(struct ktest *t, uint32_t i)
{
	enum { PART = RING / 4 };

	for (int k = 0; k < 40; k++) {
		inlined_swap(ring + i * PART, PART, 5000, t->seed + i + k);
		yield();
	}
}

static NOINLINE void
make_ring(void)
{
	for (uint32_t i = 0; i < RING; i++)
		gc_store(&ring[i], gc_new(&pair_type));
	for (uint32_t i = 0; i < RING; i++) {
		gc_store(&ring[i]->next, gc_new(&pair_type));
		ring[i]->next->number = i + 1;
	}
}

KTEST(inlined, stores_lose_nothing_while_it_collects)
{
	static bool seen[RING + 1];
	struct crowd crowd;

	ROOT_ONCE(ring);
	make_ring();
	memset(seen, 0, sizeof(seen));
	crowd_init(&crowd, t, swap);
	for (int i = 0; i < 4; i++)
		crowd_go(&crowd);
	for (int i = 0; i < 30; i++) {
		gc_collect();
		gc_new_array(&gc_ptr_type, 5000);
	}
	crowd_wait(&crowd);
	for (uint32_t i = 0; i < RING; i++) {
		uint64_t number = ring[i]->next->number;

		EXPECT(t, number >= 1 && number <= RING && !seen[number]);
		seen[number <= RING ? number : 0] = true;
	}
	gc_check_heap();
	memset(ring, 0, sizeof(ring));
}

KTEST(inlined, a_store_elsewhere_panics_while_marking)
{
	static struct pair *slot;
	struct panic_info why;

	EXPECT(t, try_call(inlined_elsewhere, &slot, &why));
	gc_collect();
	held_cycle_begin();
	EXPECT(t, !try_call(inlined_elsewhere, &slot, &why));
	EXPECT(t, strcmp(why.text, "gc_store_inlined: in a function that is "
	    "not GC_INLINES_BARRIERS") == 0);
	held_cycle_end();
}
