/*
 * gc_many.c - several mutators that collect, sweep and allocate at once.
 */
#include <pthread.h>

#include "gc/heap.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

static pthread_barrier_t meet;
static ATOMIC(uint32_t)  crew;

static void
count_me(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	/* relaxed: joined before it is read. */
	add_relaxed(&crew, 1);
}

/* Run fn on every hart; fn may call meet_all. */
static void
together(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i))
{
	store_relaxed(&crew, 0);
	ktest_on_every_hart(t, count_me);
	pthread_barrier_init(&meet, NULL, load_relaxed(&crew));
	ktest_on_every_hart(t, fn);
	pthread_barrier_destroy(&meet);
}

static void
meet_all(void)
{
	world_block();
	pthread_barrier_wait(&meet);
	world_unblock();
}

static void
collect_together(struct ktest *t, uint32_t i)
{
	struct mutator m;

	(void)i;
	world_enter(&m);
	for (int k = 0; k < 50; k++) {
		uint64_t seen = gc_cycles();

		meet_all();
		gc_collect_from(seen);
		EXPECT_EQ(t, gc_cycles(), seen + 1);
		meet_all();
	}
	world_leave(&m);
}

KTEST(gc_many, a_waiter_for_the_world_accepts_a_collection_that_ran_meanwhile)
{
	together(t, collect_together);
}

static void
sweep_together(struct ktest *t, uint32_t i)
{
	struct mutator m;

	world_enter(&m);
	for (int k = 0; k < 20; k++) {
		for (int n = 0; i == 0 && n < 20000 / (PERTURB ? 8 : 1); n++)
			gc_new(&node_type);
		meet_all();
		if (i == 0) {
			gc_collect();
			EXPECT_EQ(t, objects(), 0);
		} else {
			for (int n = 0; n < 500; n++) {
				gc_sweep_one();
				world_poll();
			}
		}
		meet_all();
	}
	world_leave(&m);
}

/* SWEEP-3: this includes spans that other threads are just sweeping when the
 * collecting thread looks. */
KTEST(gc_many, gc_collect_returns_when_all_is_free)
{
	together(t, sweep_together);
}

static void
sweep_and_allocate(struct ktest *t, uint32_t i)
{
	struct mutator m;
	uint32_t n = 0;

	(void)i;
	world_enter(&m);
	for (int k = 0; k < 20000 && !ktest_failed(t); k++) {
		struct node *x = gc_new(&node_type);

		if (k % 10 == 0)
			gc_store(&x->left, (struct node *)m.roots[0]);
		if (k % 10 == 0 || k % 7 == 0)
			m.roots[0] = (uintptr_t)x;
		if (k % 100 == 0)
			gc_sweep_one();
		if (k % 4000 == 0)
			gc_collect();
		world_poll();
	}
	for (struct node *x = (void *)m.roots[0]; x != NULL; x = x->left)
		n++;
	EXPECT(t, n >= 1);
	world_leave(&m);
}

KTEST(gc_many, sweeping_here_and_allocating_there_get_along)	/* SWEEP-3 */
{
	struct mutator m;

	ktest_on_every_hart(t, sweep_and_allocate);
	world_enter(&m);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
}
