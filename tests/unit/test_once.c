/*
 * test_once.c - once, and the public atomics.
 *
 * Covers once.c, gc/atomicptr.c.  Links the whole runtime.
 */
#include "tests/root_once.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { USERS = 20, ROUNDS = 50, USES = 500 };

static struct once     once;
static struct atomic32 nrun, ended;

static void
run_slowly(void *arg)
{
	atomic32_add(&nrun, 1);
	for (uintptr_t i = 0; i < (uintptr_t)arg; i++)
		yield();
	atomic32_store(&ended, 1);
}

static void
do_it(struct ktest *t, uint32_t i)
{
	if (i % 3 == 0)
		yield();
	once_do(&once, run_slowly, (void *)3);
	EXPECT_EQ(t, atomic32_load(&ended), 1);
}

KTEST(once, the_function_runs_once_and_no_caller_returns_before_it_has_ended)
{
	for (int round = 0; round < ROUNDS; round++) {
		once = (struct once){ 0 };
		atomic32_store(&nrun, 0);
		atomic32_store(&ended, 0);
		crowd_run(t, USERS, do_it);
		EXPECT_EQ(t, atomic32_load(&nrun), 1);
	}
}

static void
fail(void *arg)
{
	(void)arg;
	go_panic("not done");
}

static void
do_and_fail(void *arg)
{
	once_do(arg, fail, NULL);
}

static void
leave(void *arg)
{
	(void)arg;
	goexit();
}

static void
do_and_leave(void *arg)
{
	once_do(arg, leave, NULL);
}

/* As Go's TestOncePanic; then with goexit. */
KTEST(once, a_function_that_panics_was_done)
{
	struct waitgroup group = { 0 };

	once = (struct once){ 0 };
	EXPECT(t, !try_call(do_and_fail, &once, NULL));
	EXPECT(t, try_call(do_and_fail, &once, NULL));	/* does nothing */
	once = (struct once){ 0 };
	wg_go(&group, do_and_leave, &once);
	wg_wait(&group);	/* wg_go counts a goexit as an end, too */
	once_do(&once, leave, NULL);			/* does nothing */
	EXPECT_EQ(t, once.mutex_.word_, 0);
}

KTEST(atomic, each_operation_returns_the_documented_value)
{
	struct atomic32 a = { 0 };
	struct atomic64 b = { 0 };

	EXPECT_EQ(t, atomic32_add(&a, 5), 5);
	EXPECT_EQ(t, atomic32_add(&a, (uint32_t)-2), 3);
	EXPECT_EQ(t, atomic32_or(&a, 12), 3);
	EXPECT_EQ(t, atomic32_and(&a, 6), 15);
	EXPECT_EQ(t, atomic32_swap(&a, 9), 6);
	EXPECT(t, !atomic32_cas(&a, 8, 1));
	EXPECT_EQ(t, atomic32_load(&a), 9);
	EXPECT(t, atomic32_cas(&a, 9, UINT32_MAX));
	EXPECT_EQ(t, atomic32_add(&a, 1), 0);
	EXPECT_EQ(t, atomic64_add(&b, 1UL << 40), 1UL << 40);
	EXPECT(t, atomic64_cas(&b, 1UL << 40, 7));
	EXPECT_EQ(t, atomic64_swap(&b, 3), 7);
	atomic64_store(&b, 4);
	EXPECT_EQ(t, atomic64_load(&b), 4);
}

static struct atomic64 total;

static void
add_often(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (uint64_t k = 0; k < USES; k++) {
		uint64_t seen = atomic64_load(&total);

		if (k % 2 == 0)
			atomic64_add(&total, 1);
		else
			while (!atomic64_cas(&total, seen, seen + 1))
				seen = atomic64_load(&total);
	}
}

KTEST(atomic, no_addition_is_lost)
{
	atomic64_store(&total, 0);
	ktest_on_every_hart(t, add_often);
	EXPECT_EQ(t, atomic64_load(&total), (uint64_t)num_hart() * USES);
}

/* A lock-free stack of nodes that are never used again: the collector keeps
 * those that are on it. */
struct item {
	struct item *next;
	uint64_t     number;
};
GC_TYPE(item, next);
struct top {
	struct atomicptr item;
};
GC_TYPE(top, item.ptr_);

static struct top *top;

static void
push_many(struct ktest *t, uint32_t i)
{
	(void)t;
	for (uint64_t k = 0; k < USES; k++) {
		struct item *it = gc_new(&item_type), *was;

		it->number = i * USES + k + 1;
		do {
			was = atomicptr_load(&top->item);
			gc_store(&it->next, was);
		} while (!atomicptr_cas(&top->item, was, it));
		if (k % 64 == 0)
			yield();
	}
}

KTEST(atomic, a_pointer_keeps_its_object_alive)
{
	uint64_t sum = 0, n = USERS * USES;
	struct item *it;
	struct adversary a;

	ROOT_ONCE(top);
	gc_store(&top, gc_new(&top_type));
	adversary_start(&a, t, ADVERSARY_ALL);
	crowd_run(t, USERS, push_many);
	adversary_stop(&a);
	gc_collect();
	it = atomicptr_swap(&top->item, NULL);
	EXPECT(t, atomicptr_load(&top->item) == NULL);
	for (; it != NULL; it = it->next)
		sum += it->number;
	EXPECT_EQ(t, sum, n * (n + 1) / 2);
	atomicptr_store(&top->item, top);
	EXPECT(t, atomicptr_load(&top->item) == top);
	gc_store(&top, NULL);
}
