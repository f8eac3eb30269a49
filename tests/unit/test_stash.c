/*
 * test_stash.c - stacks that are stashed, and everything that touches them.
 *
 * Covers STASH-1 to STASH-4, SLAB-1 and TRIM-1; test_stash_wake.c covers all
 * events that may wake a parked goroutine.  Links the whole runtime.
 */
#include "runtime/stack/stash.h"

#include "gc/gc.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "kernel/vm.h"
#include "lib/str.h"
#include "runtime/fail/dump.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/gstack_trim.h"
#include "tests/unit/hidden.h"
#include "tests/unit/stashed.h"

enum { N = 48, MANY = STASHED_MAX };

/* ---- what is stashed, and when ---- */

static void
park_with_marks(struct ktest *t, uint32_t i)
{
	uint64_t marks[16];

	for (uint32_t k = 0; k < ARRAY_LEN(marks); k++)
		marks[k] = (uint64_t)i << 32 | k;
	for (int round = 0; round < 3; round++) {
		about_to_park(i);
		park("a test");
		for (uint32_t k = 0; k < ARRAY_LEN(marks); k++)
			EXPECT_EQ(t, marks[k], (uint64_t)i << 32 | k);
	}
}

static void
park_once(struct ktest *t, uint32_t i)
{
	(void)t;
	about_to_park(i);
	park("a test");
}

/* Something has just touched the stack: the goroutine no longer counts as
 * stashed, but its page is not mapped yet, so npages is 0. */
KTEST(stash, a_goroutine_that_is_coming_back_is_not_stashed)
{
	uint32_t was = swap_acquire(&gstack_params.stash, GSTACK_STASH_ALL);
	struct gstack_trim trim = { 0 };
	struct crowd crowd;
	uint32_t npages;
	struct g *gp;

	start_parked(&crowd, t, 1, park_once);
	gp = parked_g(0);
	gc_stop_between_cycles("looking at who is coming back");
	npages = load_relaxed(&gp->npages);
	if (npages != 0) {
		store_relaxed(&gp->npages, 0);
		gstack_trim_parked(&trim, gp);
		EXPECT_EQ(t, trim.n, 0);
		store_relaxed(&gp->npages, npages);
	}
	gc_host.start_world();
	EXPECT(t, npages != 0);
	ready_all(1);
	crowd_wait(&crowd);
	store_relaxed(&gstack_params.stash, was);
}

KTEST(stash, a_goroutine_parked_at_two_collections_is_stashed)
{
	uint32_t was = swap_acquire(&gstack_params.stash, GSTACK_STASH_LONG);
	struct crowd crowd;

	start_parked(&crowd, t, N, park_with_marks);
	for (int round = 0; round < 3; round++) {
		gc_collect();
		EXPECT_EQ(t, count_stashed(N), 0);	/* TRIM-1 */
		gc_collect();
		EXPECT_EQ(t, count_stashed(N), N);
		for (uint32_t i = 0; i < N; i++)		/* STASH-1 */
			EXPECT(t, vm_frame(parked_g(i)->strand.stack_hi -
			    PAGE_SIZE) == NULL);
		gc_collect();
		EXPECT_EQ(t, count_stashed(N), N);
		ready_all(N);
		if (round < 2)
			wait_parked(t, N);
	}
	crowd_wait(&crowd);
	store_relaxed(&gstack_params.stash, was);
	EXPECT_EQ(t, count_stashed(N), 0);
	vm_check();
	page_check();
}

static NOINLINE void
park_deep(struct ktest *t, uint32_t i, uint32_t depth)
{
	char pad[512];

	memset(pad, (int)depth, sizeof(pad));
	if (depth > 0) {
		park_deep(t, i, depth - 1);
	} else {
		about_to_park(i);
		park("a test");
	}
	EXPECT_EQ(t, pad[100], depth);
}

static void
park_at_depth(struct ktest *t, uint32_t i)
{
	park_deep(t, i, i % 8);
}

KTEST(stash, long_stacks_stay_where_they_are)
{
	struct crowd crowd;

	start_parked(&crowd, t, N, park_at_depth);
	for (int k = 0; k < 3; k++)
		gc_collect();
	for (uint32_t i = 0; i < N; i++)
		EXPECT(t, !is_stashed(parked_g(i)) || i % 8 < 2);
	ready_all(N);
	crowd_wait(&crowd);
}

/* ---- objects that only a stashed stack refers to ---- */

static uintptr_t hidden[N];

static void
keep_list(struct ktest *t, uint32_t i)
{
	struct cell *volatile list = new_list(i);
	uint32_t n = 0;

	hidden[i] = hide(list);
	about_to_park(i);
	park("a test");
	for (struct cell *c = list; c != NULL; c = c->next, n++)
		EXPECT_EQ(t, c->number, i);
	EXPECT_EQ(t, n, LIST_LEN);
}

KTEST(stash, a_stashed_stack_keeps_objects_alive)
{
	struct crowd crowd;

	start_parked(&crowd, t, N, keep_list);
	stash_them(t, N);
	for (int k = 0; k < 4; k++) {
		gc_collect();
		/* Whatever was freed by mistake is overwritten here. */
		for (int n = 0; n < 3000; n++)
			memset(gc_new_bytes(sizeof(struct cell)), 0xee,
			    sizeof(struct cell));
		for (uint32_t i = 0; i < N; i++)
			EXPECT(t, hidden_is_alive(hidden[i]));
	}
	EXPECT_EQ(t, count_stashed(N), N);
	ready_all(N);
	crowd_wait(&crowd);
}

static void
fill_with_refs(struct ktest *t, uint32_t i)
{
	struct cell *volatile lists[80];

	for (uint32_t k = 0; k < ARRAY_LEN(lists); k++)
		lists[k] = new_list(k);
	about_to_park(i);
	park("a test");
	for (uint32_t k = 0; k < ARRAY_LEN(lists); k++)
		for (struct cell *c = lists[k]; c != NULL; c = c->next)
			EXPECT_EQ(t, c->number, k);
}

KTEST(stash, a_stashed_stack_full_of_pointers_keeps_its_objects)
{
	struct crowd crowd;

	start_parked(&crowd, t, 8, fill_with_refs);
	stash_them(t, 8);
	for (int k = 0; k < 2; k++) {
		gc_collect();
		for (int n = 0; n < 6000; n++)
			memset(gc_new_bytes(sizeof(struct cell)), 0xee,
			    sizeof(struct cell));
	}
	ready_all(8);
	crowd_wait(&crowd);
}

/* ---- a stashed stack is touched from outside ---- */

static uint64_t *shared[N];

static void
show_variable(struct ktest *t, uint32_t i)
{
	uint64_t variable = i;

	shared[i] = &variable;
	about_to_park(i);
	park("a test");
	EXPECT_EQ(t, *(volatile uint64_t *)&variable, i + 1000);
}

KTEST(stash, a_stack_comes_back_when_another_goroutine_touches_it)
{
	struct crowd crowd;

	start_parked(&crowd, t, N, show_variable);
	for (int round = 0; round < 4; round++) {
		stash_them(t, N);
		for (uint32_t i = 0; i < N; i++) {
			if (round == 3)
				*shared[i] = i + 1000;
			else
				EXPECT_EQ(t, *(volatile uint64_t *)shared[i],
				    i);
			EXPECT(t, !is_stashed(parked_g(i)));
			EXPECT(t, is_parked(parked_g(i)));
		}
	}
	ready_all(N);
	crowd_wait(&crowd);
}

typedef ATOMIC(uint64_t) counter;

static counter    *counted[N];
static struct gate in_step;

static void
touch_at_once(struct ktest *t, uint32_t i)
{
	(void)i;
	for (uint32_t k = 0; k < N; k++) {
		gate_hold(t, &in_step, (k + 1) * (uint32_t)num_hart());
		/* relaxed: a count. */
		add_relaxed(counted[k], 1);
	}
}

static void
count_in_variable(struct ktest *t, uint32_t i)
{
	counter variable = ATOMIC_INIT(0);

	counted[i] = &variable;
	about_to_park(i);
	park("a test");
	EXPECT_EQ(t, load_relaxed(&variable), num_hart());
}

KTEST(stash, a_stack_comes_back_once_when_all_harts_touch_it)
{
	struct crowd crowd;

	store_relaxed(&in_step.n, 0);
	start_parked(&crowd, t, N, count_in_variable);
	stash_them(t, N);
	ktest_on_every_hart(t, touch_at_once);
	EXPECT_EQ(t, count_stashed(N), 0);
	ready_all(N);
	crowd_wait(&crowd);
}

static void
just_park(struct ktest *t, uint32_t i)
{
	(void)t;
	about_to_park(i);
	park("a test");
}

KTEST(stash, a_stashed_stack_is_there_for_a_dump)
{
	struct crowd crowd;

	start_parked(&crowd, t, 1, just_park);
	stash_them(t, 1);
	dump_goroutine(kprintf, parked_g(0), NULL, NULL);
	EXPECT(t, !is_stashed(parked_g(0)));
	ready_all(1);
	crowd_wait(&crowd);
}

/* ---- the memory ---- */

KTEST(stash, many_stashes_take_little_memory_and_give_it_back)
{
	struct stash_stats before, during, after;
	struct gstack_stats stacks;
	struct crowd crowd;

	gc_collect();
	stash_get_stats(&before);
	start_parked(&crowd, t, MANY, just_park);
	stash_them(t, MANY);
	stash_get_stats(&during);
	gstack_get_stats(&stacks);
	EXPECT(t, during.stashed - before.stashed >= MANY);
	EXPECT(t, during.pages - before.pages <= MANY / 6);	/* SLAB-1 */
	ready_all(MANY);
	crowd_wait(&crowd);
	gc_collect();
	gc_collect();
	stash_get_stats(&after);
	EXPECT(t, after.stashed <= before.stashed + 8);
	EXPECT(t, after.pages <= before.pages + 8);
	page_check();
}

KTEST(stash, stashing_can_be_turned_off)
{
	uint32_t was = load_relaxed(&gstack_params.stash);
	struct crowd crowd;

	store_relaxed(&gstack_params.stash, GSTACK_STASH_NONE);
	start_parked(&crowd, t, N, just_park);
	gc_collect();
	gc_collect();
	gc_collect();
	EXPECT_EQ(t, count_stashed(N), 0);
	store_relaxed(&gstack_params.stash, was);
	gc_collect();
	EXPECT_EQ(t, count_stashed(N), was == GSTACK_STASH_NONE ? 0 : N);
	ready_all(N);
	crowd_wait(&crowd);
}
