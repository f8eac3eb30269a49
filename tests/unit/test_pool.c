/*
 * test_pool.c - pools.
 *
 * Covers pool.c (POOL-1 to POOL-3), gc/hook.c.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { MANY = 500, USERS = 20, USES = 300 };

/* The items of the pools. */
struct thing {
	uint64_t number;
	uint64_t users;		/* how many have it now */
};
GC_TYPE_NOPTR(thing);

static struct pool      pool, maker;
static ATOMIC(uint64_t) nmade;

static struct thing *
new_thing(uint64_t number)
{
	struct thing *thing = gc_new(&thing_type);

	thing->number = number;
	return thing;
}

static void *
make_thing(void *arg)
{
	(void)arg;
	/* relaxed: a counter. */
	return new_thing(add_relaxed(&nmade, 1));
}

static void
empty(void)
{
	while (pool_get(&pool) != NULL)
		;
}

KTEST(pool, an_item_that_was_put_comes_back_once)
{
	gomaxprocs(1);
	empty();
	for (uint64_t i = 1; i <= MANY; i++)
		pool_put(&pool, new_thing(i));
	pool_put(&pool, NULL);		/* nothing */
	/* The item in the private slot comes first, then the newest. */
	EXPECT_EQ(t, ((struct thing *)pool_get(&pool))->number, 1);
	for (uint64_t i = MANY; i > 1; i--) {
		struct thing *thing = pool_get(&pool);

		if (!EXPECT(t, thing != NULL))
			return;
		EXPECT_EQ(t, thing->number, i);
	}
	EXPECT(t, pool_get(&pool) == NULL);
}

KTEST(pool, an_empty_pool_makes_a_new_item)
{
	struct thing *thing;

	gomaxprocs(1);
	maker.make = make_thing;
	gc_collect();
	gc_collect();
	store_relaxed(&nmade, 7);
	thing = pool_get(&maker);
	EXPECT_EQ(t, thing->number, 7);
	pool_put(&maker, thing);
	EXPECT_EQ(t, ((struct thing *)pool_get(&maker))->number, 7);
	EXPECT_EQ(t, ((struct thing *)pool_get(&maker))->number, 8);
}

/* As Go's TestPool and TestPoolGC. */
KTEST(pool, an_item_survives_one_collection_but_not_two)
{
	empty();
	for (uint64_t i = 0; i < MANY; i++)
		pool_put(&pool, new_thing(i));
	gc_collect();
	for (uint64_t i = 0; i < MANY; i++)
		EXPECT(t, pool_get(&pool) != NULL);
	EXPECT(t, pool_get(&pool) == NULL);
	for (uint64_t i = 0; i < MANY; i++)
		pool_put(&pool, new_thing(i));
	gc_collect();
	gc_collect();
	EXPECT(t, pool_get(&pool) == NULL);
	gc_collect();
	EXPECT(t, pool_get(&pool) == NULL);
	EXPECT(t, pool.store_ == NULL);		/* POOL-1: forgotten */
}

/* This runs on a stack of its own: a stale word that leads to one of the pool's
 * blocks would keep the blocks behind it, too. */
static void
put_many(struct ktest *t, uint32_t unused)
{
	(void)t, (void)unused;
	for (uint64_t i = 0; i < 20000; i++)
		pool_put(&pool, new_thing(i));
}

KTEST(pool, a_dropped_item_is_garbage)
{
	struct gc_stats before, after;

	empty();
	gc_collect();
	gc_collect();
	gc_read_stats(&before);
	crowd_run(t, 1, put_many);
	/* Much less than the items, which were 320,000 bytes. */
	EVENTUALLY(t, ({
		wipe_stack();
		gc_collect();
		gc_read_stats(&after);
		after.heap_live < before.heap_live + 32000;
	}));
}

static struct gate gate;

static void
put_ten(struct ktest *t, uint32_t i)
{
	for (uint64_t k = 0; k < 10; k++)
		pool_put(&pool, new_thing(10 * i + k));
	gate_hold(t, &gate, (uint32_t)num_hart());	/* each on its own P */
}

KTEST(pool, an_item_survives_the_p_that_put_it)
{
	uint32_t n = (uint32_t)num_hart() * 10;
	struct thing *thing;
	uint32_t got = 0;

	empty();
	store_relaxed(&gate.n, 0);
	ktest_on_every_hart(t, put_ten);
	gomaxprocs(1);
	while ((thing = pool_get(&pool)) != NULL) {
		EXPECT_EQ(t, thing->users++, 0);
		got++;
	}
	/* The private items of other Ps come after the next collection. */
	gc_collect();
	while ((thing = pool_get(&pool)) != NULL) {
		EXPECT_EQ(t, thing->users++, 0);
		got++;
	}
	EXPECT_EQ(t, got, n);
}

static void
use_things(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < USES; k++) {
		struct thing *one = pool_get(&maker);
		struct thing *two = pool_get(&maker);

		EXPECT_EQ(t, one->users++, 0);
		EXPECT_EQ(t, two->users++, 0);
		if ((i + k) % 4 == 0)
			yield();
		EXPECT_EQ(t, --one->users, 0);
		EXPECT_EQ(t, --two->users, 0);
		pool_put(&maker, two);
		if (k % 8 != 0)
			pool_put(&maker, one);
	}
}

KTEST(pool, no_item_is_shared_beside_resizes_and_collections)
{
	struct adversary a;

	maker.make = make_thing;
	adversary_start(&a, t, ADVERSARY_ALL);
	crowd_run(t, USERS, use_things);
	adversary_stop(&a);
	gc_check_heap();
}
