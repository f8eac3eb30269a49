/*
 * test_gcshadow.c - the collector against the shadow model of gcmodel.h.  It
 * collects now and then, or at every 200th allocation, or just when the makers
 * do what the rules of marking are for; the last of these is done once more
 * with each of those rules switched off.
 *
 * Links the whole runtime.
 */
#include "gc/gc.h"
#include "tests/unit/crowd.h"
#include "tests/unit/gcheirloom.h"
#include "tests/unit/gcshadow.h"

static ATOMIC(uint32_t) ending;

static void
collect(struct ktest *t, uint32_t i)
{
	struct rand r;

	rand_seed(&r, t->seed + i);
	/* acquire: pairs with store_release in beside_a_collector. */
	while (load_acquire(&ending) == 0 && !ktest_failed(t)) {
		if (rand_below(&r, 16) == 0)
			gc_check_heap();
		else
			gc_collect();
		sleep_ns(rand_below(&r, 1000) * NS_PER_US);
	}
}

static void
beside_a_collector(struct ktest *t, uint64_t seed)
{
	struct crowd collector;

	store_relaxed(&ending, 0);	/* relaxed: nobody else is here */
	crowd_init(&collector, t, collect);
	crowd_go(&collector);
	gcshadow_round(t, seed);
	/* release: pairs with load_acquire in collect. */
	store_release(&ending, 1);
	crowd_wait(&collector);
	model_end();
	gc_check_heap();
}

KTEST(gcshadow, the_heap_agrees_with_its_shadow)
{
	for (uint64_t i = 0; i < 2; i++)
		beside_a_collector(t, t->seed + i);
}

KTEST(gcshadow, the_heap_agrees_with_its_shadow_with_every_marking_checked)
{
	gc_params.verify = true;
	beside_a_collector(t, t->seed);
	gc_params.verify = false;
}

KTEST(gcshadow, the_heap_agrees_with_its_shadow_with_frequent_collections)
{
	gc_params.every = 200;
	gcshadow_round(t, t->seed);
	gc_params.every = 0;
	model_end();
	gc_collect();
	gc_check_heap();
}

/* Expect that nothing is lost, and that with the fault each maker loses
 * something; or, if a P is retired, the maker on that P. */
static void
held_both_ways(struct ktest *t, const char *fault, bool retire)
{
	for (uint64_t seed = t->seed; seed < t->seed + 2; seed++) {
		struct model_verdict v;

		v = gcheirloom_round(t, seed, NULL, retire);
		model_expect_right(t, &v);
		v = gcheirloom_round(t, seed, fault, retire);
		EXPECT(t, v.lost >= (retire ? 1 : MAKERS));
	}
	gc_check_heap();
}

KTEST(gcshadow, an_object_cut_off_is_lost_without_the_deletion_barrier)
{								/* MARKER-2 */
	held_both_ways(t, "gc_no_deletion", false);
}

KTEST(gcshadow, an_object_behind_black_is_lost_without_the_insertion_barrier)
{
	held_both_ways(t, "gc_no_insertion", false);
}

KTEST(gcshadow, a_new_object_is_lost_if_it_is_born_white)
{
	held_both_ways(t, "gc_white_alloc", false);
}

KTEST_ON(gcshadow, objects_shaded_by_a_retired_p_are_lost_unless_flushed, 2)
{								/* PROCS-4 */
	held_both_ways(t, "gc_no_retire_flush", true);
}
