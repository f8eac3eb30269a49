/*
 * test_gcstress.c - the collector in a loop beside everything else, for as long
 * as STRESS=seconds says; without STRESS, for one second.
 *
 * Above the collector, two kinds of rounds take turns: random programs whose
 * books must balance (tests/preempt/soak.h), and random graphs against a shadow
 * model (gcshadow.h).  Beneath them one goroutine collects without a break.
 * Between two collections it changes something that collecting depends on
 * (GOGC, the memory limit, whether each marking is checked, GOMAXPROCS), or
 * walks the heap, or gives pages back.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "tests/preempt/soak.h"
#include "tests/unit/crowd.h"
#include "tests/unit/gcshadow.h"
#include "tests/unit/stress.h"

enum { PROCS_HIGH = 12 };

static const nanos_t short_ns = NS_PER_S;
static const nanos_t say_ns = 10 * NS_PER_S;

static ATOMIC(uint32_t) ending;
static uint32_t         ncollections, nwalks;

static NOINLINE void
change_something(struct rand *r, uint64_t limit)
{
	struct gc_stats s;

	switch (rand_below(r, 24)) {
	case 0:
		gc_check_heap();
		nwalks++;
		break;
	case 1:
		gc_release_memory();
		break;
	case 2:
		gc_set_percent((int)rand_below(r, 300) - 20);
		break;
	case 3:
		gc_read_stats(&s);
		gc_set_limit(s.heap_sys + rand_below(r, 64) * MIB / 8);
		break;
	case 4:
		gc_set_limit(limit);
		break;
	case 5:
		gomaxprocs(1 + (int)rand_below(r, 1 + rand_below(r,
		    PROCS_HIGH)));
		break;
	case 6:
		gc_params.verify = rand_below(r, 3) == 0;
		break;
	case 7:
		sleep_ns(rand_below(r, 20) * NS_PER_MS);
		break;
	default:
		break;
	}
}

static void
collect(struct ktest *t, uint32_t i)
{
	uint64_t limit = gc_set_limit(0);
	struct rand r;

	(void)i;
	rand_seed(&r, t->seed ^ 0x6763);
	/* acquire: pairs with store_release at the end of the test below. */
	for (ncollections = 0; load_acquire(&ending) == 0; ncollections++) {
		gc_collect();
		change_something(&r, limit);
	}
	gc_params.verify = false;
	gc_set_percent(100);
	gc_set_limit(limit);
	gomaxprocs(num_hart());
}

KTEST(gcstress, all_programs_go_on_while_it_collects_all_the_time)
{
	nanos_t start = now_ns(), said = start, now = start;
	nanos_t lasts = stress_seconds > 0 ?
	    (nanos_t)stress_seconds * NS_PER_S : short_ns;
	uint32_t failures = soak_failures(), rounds = 0;
	uint64_t seed = t->seed;
	struct crowd collector;

	store_relaxed(&ending, 0);	/* relaxed: nobody else is here */
	crowd_init(&collector, t, collect);
	crowd_go(&collector);
	for (; now - start < lasts && !ktest_failed(t);
	    now = now_ns(), rounds++, seed++) {
		soak_round(seed);
		if (soak_failures() != failures)
			ktest_fail(t, __FILE__, __LINE__,
			    "a law is broken in the round of SOAKSEED=%lu",
			    (unsigned long)seed);
		gcshadow_round(t, seed);
		if (now - said >= say_ns) {
			said = now;
			print("# gcstress: %u rounds, %u collections, %u walks"
			    "\n", rounds, ncollections, nwalks);
		}
	}
	/* release: pairs with load_acquire in collect. */
	store_release(&ending, 1);
	crowd_wait(&collector);
	model_end();
	gc_collect();
	gc_check_heap();
	print("# gcstress: %u rounds, %u collections, %u walks\n", rounds,
	    ncollections, nwalks);
}
