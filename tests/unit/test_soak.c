/*
 * test_soak.c - random programs for as long as STRESS=seconds says (SOAK-1 to
 * SOAK-6, tests/preempt/soak.h).
 *
 * The seed of round n is the seed of the test plus n.  A failure report names
 * the boot argument that plays the failed round first: SOAKSEED=N.  Meanwhile
 * one goroutine changes GOMAXPROCS and another one collects, at random times.
 * A third goroutine ends the machine, with the stacks of all goroutines, when
 * the programs make no progress any more.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/bootargs.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/fail/dump.h"
#include "tests/preempt/soak.h"
#include "tests/unit/crowd.h"
#include "tests/unit/stress.h"

enum { PROCS_HIGH = 16 };

static const nanos_t short_ns = 3 * NS_PER_S / 2;
static const nanos_t say_ns = 10 * NS_PER_S;

static uint64_t first_seed;

static bool
parse_seed(const char *value)
{
	return str_to_u64(value, &first_seed);
}
BOOTARG(soak_seed, "SOAKSEED", "NUMBER  the soak's first round "
    "(default: from seed)", parse_seed);

static ATOMIC(uint32_t) ending;
static ATOMIC(uint64_t) this_round;
static uint32_t         ncollections, nresizes;

/* acquire: pairs with store_release at the end of the test. */
static bool
goes_on(void)
{
	return load_acquire(&ending) == 0;
}

static void
resize(struct ktest *t, uint32_t i)
{
	struct rand rand;

	(void)i;
	rand_seed(&rand, t->seed ^ 1);
	for (nresizes = 0; goes_on(); nresizes++) {
		gomaxprocs(1 + (int)rand_below(&rand,
		    1 + rand_below(&rand, PROCS_HIGH)));
		sleep_ns(rand_below(&rand, 3000) * NS_PER_US);
	}
}

static void
collect(struct ktest *t, uint32_t i)
{
	struct rand rand;

	(void)i;
	rand_seed(&rand, t->seed ^ 2);
	for (ncollections = 0; goes_on(); ncollections++) {
		gc_collect();
		sleep_ns(rand_below(&rand, 8000) * NS_PER_US);
	}
}

static void
watch(struct ktest *t, uint32_t i)
{
	uint64_t before = 0;
	nanos_t  moved = now_ns();

	(void)t, (void)i;
	for (; goes_on(); sleep_ns(NS_PER_S / 10)) {
		uint64_t progress = soak_progress();

		if (progress != before)
			moved = now_ns();
		before = progress;
		if (now_ns() - moved < PATIENCE_NS)
			continue;
		dump_goroutines(print, NULL, false, NULL);
		panic("soak: nothing moves in the round of SOAKSEED=%lu",
		    (unsigned long)load_relaxed(&this_round));
	}
}

KTEST(soak, random_programs_conserve_what_they_must)
{
	nanos_t start = now_ns(), said = start, now = start;
	nanos_t lasts = stress_seconds > 0 ?
	    (nanos_t)stress_seconds * NS_PER_S : short_ns;
	uint64_t seed = first_seed != 0 ? first_seed : t->seed;
	uint64_t ended = soak_ended();
	uint32_t failures = soak_failures(), rounds = 0;
	struct crowd adversaries[3];
	void (*const fns[3])(struct ktest *, uint32_t) = {
		resize, collect, watch
	};

	store_relaxed(&ending, 0);	/* relaxed: nobody else is here */
	for (int i = 0; i < 3; i++) {
		crowd_init(&adversaries[i], t, fns[i]);
		crowd_go(&adversaries[i]);
	}
	for (; now - start < lasts; now = now_ns(), rounds++, seed++) {
		store_relaxed(&this_round, seed); /* relaxed: for the report */
		soak_round(seed);
		if (soak_failures() != failures) {
			ktest_fail(t, __FILE__, __LINE__,
			    "a law is broken in the round of SOAKSEED=%lu",
			    (unsigned long)seed);
			break;
		}
		if (now - said < say_ns)
			continue;
		said = now;
		print("# soak: %lu s, %u rounds\n",
		    (unsigned long)((now - start) / NS_PER_S), rounds);
	}
	/* release: pairs with load_acquire in goes_on. */
	store_release(&ending, 1);
	for (int i = 0; i < 3; i++)
		crowd_wait(&adversaries[i]);
	gc_collect();
	gc_check_heap();
	print("# soak: %u rounds until SOAKSEED=%lu, %lu goroutines, %u "
	    "collections, %u resizes\n", rounds, (unsigned long)seed,
	    (unsigned long)(soak_ended() - ended), ncollections, nresizes);
}
