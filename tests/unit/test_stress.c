/*
 * test_stress.c - everything at once, for as long as STRESS=seconds says.
 *
 * Goroutines that allocate, keep, drop, yield, sleep, park and start others,
 * while one changes GOMAXPROCS at random and one collects every millisecond.
 * What must hold in the end is conservation: each goroutine has finished
 * exactly once with the right checksum, nothing is left, and the heap is sound.
 * Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/bootargs.h"
#include "lib/str.h"
#include "tests/unit/crowd.h"
#include "tests/unit/stress.h"

enum {
	LIVE = 10000,		/* goroutines at the same time */
	LIVE_SHORT = 2500,	/* in the short run */
	STEPS = 4,		/* of each */
	PROCS_HIGH = 64,
};

unsigned long stress_seconds;

static bool
parse_stress(const char *value)
{
	return str_to_u64(value, &stress_seconds) && stress_seconds <= 86400;
}
BOOTARG(stress, "STRESS", "SECONDS  how long stress tests run "
    "(default: about one)", parse_stress);

struct leaf {
	struct leaf *next;
	uint64_t     number;
};
GC_TYPE(leaf, next);

static ATOMIC(uint32_t) finished[LIVE];
static ATOMIC(uint64_t) checksum;
static ATOMIC(uint32_t) ending;

/* Returns a random number that is no address, so that gcwild does not take it
 * for one. */
static uint64_t
number_of(struct rand *rand)
{
	return ((uint64_t)rand_u32(rand) << 16) | 1;
}

static struct leaf *
push(struct leaf *list, uint64_t number)
{
	struct leaf *l = gc_new(&leaf_type);

	l->number = number;
	gc_store(&l->next, list);
	return l;
}

static uint64_t
sum_of(const struct leaf *list)
{
	uint64_t sum = 0;

	for (; list != NULL; list = list->next)
		sum += list->number;
	return sum;
}

static void
be_woken(void *arg)
{
	ready(arg);
}

/* One step: some allocation, then one way to give the P up. */
static void
pause(struct rand *rand)
{
	switch (rand_below(rand, 8)) {
	case 0:
		sleep_ns(rand_below(rand, 200) * NS_PER_US);
		break;
	case 1:
		go(be_woken, self());
		park("stress");
		break;
	default:
		yield();
	}
}

static void
live(struct ktest *t, uint32_t i)
{
	struct rand  rand;
	struct leaf *list = NULL;
	uint64_t     expected = 0, sum = 0;

	rand_seed(&rand, t->seed + i);
	for (uint32_t step = 0; step < STEPS; step++) {
		for (uint32_t k = 0; k < 1 + i % 5; k++) {
			uint64_t number = number_of(&rand);

			list = push(list, number);
			expected += number;
			gc_new_bytes(8 + rand_below(&rand, 256));
		}
		if (rand_below(&rand, 64) == 0)
			gc_new_array(&gc_ptr_type, 1 + rand_below(&rand, 6000));
		pause(&rand);
		sum = sum_of(list);
		if (sum != expected) {
			ktest_fail(t, __FILE__, __LINE__,
			    "goroutine %u: its list is damaged", i);
			break;
		}
	}
	/* relaxed: the wait group orders the checks. */
	add_relaxed(&checksum, sum);
	add_relaxed(&finished[i], 1);
}

/* What the goroutines add up to if nothing is lost. */
static uint64_t
right_checksum(struct ktest *t, uint32_t n)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct rand rand;

		rand_seed(&rand, t->seed + i);
		for (uint32_t step = 0; step < STEPS; step++) {
			for (uint32_t k = 0; k < 1 + i % 5; k++) {
				all += number_of(&rand);
				rand_below(&rand, 256);
			}
			if (rand_below(&rand, 64) == 0)
				rand_below(&rand, 6000);
			if (rand_below(&rand, 8) == 0)
				rand_below(&rand, 200);
		}
	}
	return all;
}

static uint32_t ncollections, nresizes;

static void
collect_every_ms(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (ncollections = 0; load_acquire(&ending) == 0; ncollections++) {
		gc_collect();
		sleep_ns(NS_PER_MS);
	}
}

static void
resize_at_random(struct ktest *t, uint32_t i)
{
	struct rand rand;

	(void)i;
	rand_seed(&rand, t->seed ^ 1);
	for (nresizes = 0; load_acquire(&ending) == 0; nresizes++) {
		/* Mostly low, so that Ps that go had work. */
		gomaxprocs(1 + (int)rand_below(&rand,
		    1 + rand_below(&rand, PROCS_HIGH)));
		sleep_ns(rand_below(&rand, 500) * NS_PER_US);
	}
}

static void
one_generation(struct ktest *t, uint32_t n)
{
	memset(finished, 0, sizeof(finished));
	store_relaxed(&checksum, 0);	/* relaxed: nobody else is here */
	crowd_run(t, n, live);
	for (uint32_t i = 0; i < n; i++)
		if (load_relaxed(&finished[i]) != 1)
			ktest_fail(t, __FILE__, __LINE__,
			    "goroutine %u finished %u times", i,
			    load_relaxed(&finished[i]));
	EXPECT_EQ(t, load_relaxed(&checksum), right_checksum(t, n));
}

KTEST(stress, gomaxprocs_changes_under_load_lose_nothing)
{
	nanos_t      start = now_ns();
	struct crowd collector, resizer;
	uint32_t     generations = 0;
	uint64_t     fit = gc_set_limit(0) / (8 * KIB);
	/* A stack each, and as much again for the heap. */
	uint32_t     n = (uint32_t)MIN(fit,
	    (uint64_t)(stress_seconds > 0 ? LIVE : LIVE_SHORT));

	store_release(&ending, 0);
	crowd_init(&collector, t, collect_every_ms);
	crowd_init(&resizer, t, resize_at_random);
	crowd_go(&collector);
	crowd_go(&resizer);
	do {
		one_generation(t, n);
		generations++;
	} while (now_ns() - start < (nanos_t)stress_seconds * NS_PER_S &&
	    !ktest_failed(t));
	/* release: pairs with load_acquire in the two. */
	store_release(&ending, 1);
	crowd_wait(&collector);
	crowd_wait(&resizer);
	gc_collect();
	gc_check_heap();
	print("# stress: %u generations of %u goroutines, %u collections, "
	    "%u resizes, %ld ms\n", generations, n, ncollections, nresizes,
	    (long)((now_ns() - start) / NS_PER_MS));
}
