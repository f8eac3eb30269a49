/*
 * test_gcroots.c - whatever keeps an object alive is found where the runtime
 * has it.
 *
 * Covers gc_host.c: goroutine stacks, registers, arguments and registered
 * roots; and that objects which nothing leads to are freed.  The collector's
 * own tests are elsewhere.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "lib/str.h"
#include "runtime/sched/g.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

struct cell {
	struct cell *next;
	uint64_t     number;
	uint64_t     more[6];
};
GC_TYPE(cell, next);

#define MAGIC 0x5eed5eed00000000UL

static NOINLINE struct cell *
new_list(uint64_t number, uint32_t len)
{
	struct cell *list = NULL;

	for (uint32_t i = 0; i < len; i++) {
		struct cell *c = gc_new(&cell_type);

		c->number = MAGIC + number;
		gc_store(&c->next, list);
		list = c;
	}
	return list;
}

static bool
list_is(struct cell *list, uint64_t number, uint32_t len)
{
	uint32_t n = 0;

	for (; list != NULL; list = list->next, n++)
		if (list->number != MAGIC + number)
			return false;
	return n == len;
}

/* ---- parked goroutines ---- */

enum { NPARKED = 50, LIST_LEN = 20 };

static struct g        *parked_g[NPARKED];
static ATOMIC(uint32_t) nparked;
static uintptr_t        hidden[NPARKED];

/* Keep a list in each of depth + 1 frames, and park in the innermost. */
static NOINLINE void
keep_deep(struct ktest *t, uint32_t i, int depth)
{
	char         pad[512];
	struct cell *list = new_list(i, LIST_LEN);

	memset(pad, depth, sizeof(pad));
	if (depth > 0) {
		keep_deep(t, i, depth - 1);
	} else {
		hidden[i] = hide(list);
		parked_g[i] = self();
		/* release: pairs with load_acquire in collect_while_parked. */
		add_release(&nparked, 1);
		park("a collection");
	}
	EXPECT_EQ(t, pad[100], depth);
	EXPECT(t, list_is(list, i, LIST_LEN));
}

static void
keep_on_stack(struct ktest *t, uint32_t i)
{
	keep_deep(t, i, i % 3 == 0 ? 60 : (int)i % 7);
}

static void
collect_while_parked(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i))
{
	struct crowd crowd;

	store_relaxed(&nparked, 0);
	crowd_init(&crowd, t, fn);
	for (uint32_t i = 0; i < NPARKED; i++)
		crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&nparked) == NPARKED);
	for (int k = 0; k < 3; k++) {
		gc_collect();
		/* Overwrite what was freed by mistake. */
		for (int n = 0; n < 2000; n++)
			memset(gc_new_bytes(sizeof(struct cell)), 0xee,
			    sizeof(struct cell));
		for (uint32_t i = 0; i < NPARKED; i++)
			EXPECT(t, hidden_is_alive(hidden[i]));
	}
	for (uint32_t i = 0; i < NPARKED; i++)
		ready(parked_g[i]);
	crowd_wait(&crowd);
	memset(parked_g, 0, sizeof(parked_g));	/* the Gs may be used again */
}

KTEST(gcroots, the_stack_of_a_parked_goroutine_keeps_its_objects)
{
	collect_while_parked(t, keep_on_stack);
}

/* Keep only a pointer into the middle of the last cell. */
static void
keep_interior(struct ktest *t, uint32_t i)
{
	uint64_t *inside = &new_list(i, 1)->more[i % 6];

	hidden[i] = hide((void *)((uintptr_t)inside & ~63UL));
	*inside = i;
	parked_g[i] = self();
	/* release: as in keep_deep. */
	add_release(&nparked, 1);
	park("a collection");
	EXPECT_EQ(t, *inside, i);
}

KTEST(gcroots, a_pointer_into_the_middle_keeps_its_object)
{
	collect_while_parked(t, keep_interior);
}

/* ---- running goroutines, stopped anywhere ---- */

static void
build_and_check(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < 10; k++) {
		struct cell *list = new_list(i, 50 + k);

		if (k % 3 == 0)
			yield();
		if (k % 4 == i % 4)
			gc_collect();
		EXPECT(t, list_is(list, i, 50 + k));
	}
}

KTEST(gcroots, lists_under_construction_survive_collections)
{
	crowd_run(t, 24, build_and_check);
	gc_check_heap();
}

/* ---- arguments and globals ---- */

static ATOMIC(uint32_t) args_right;
static struct waitgroup args_done;

static void
check_arg(void *arg)
{
	if (list_is(arg, 7, LIST_LEN))
		add_relaxed(&args_right, 1);	/* relaxed: a count */
	wg_done(&args_done);
}

KTEST(gcroots, the_argument_of_a_goroutine_that_has_not_begun_keeps_its_object)
{
	store_relaxed(&args_right, 0);
	gomaxprocs(1);		/* none of them runs before wg_wait */
	wg_add(&args_done, NPARKED);
	for (uint32_t i = 0; i < NPARKED; i++)
		go(check_arg, new_list(7, LIST_LEN));
	gc_collect();
	for (int n = 0; n < 2000; n++)
		memset(gc_new_bytes(sizeof(struct cell)), 0xee,
		    sizeof(struct cell));
	gc_collect();
	wg_wait(&args_done);
	EXPECT_EQ(t, load_relaxed(&args_right), NPARKED);
}

static struct cell *kept;	/* a root */

KTEST(gcroots, a_registered_global_keeps_its_object)
{
	ROOT_ONCE(kept);
	gc_store(&kept, new_list(9, 100));
	gc_collect();
	gc_collect();
	EXPECT(t, list_is(kept, 9, 100));
	gc_store(&kept, NULL);
}

/* ---- what nobody has ---- */

static void
drop(struct ktest *t, uint32_t i)
{
	(void)t;
	hidden[i] = hide(new_list(i, 3));
}

KTEST(gcroots, objects_of_goroutines_that_ended_are_freed)
{
	crowd_run(t, NPARKED, drop);
	gc_collect();
	/* A stale word on a living stack may keep an object or two. */
	EXPECT(t, hidden_count_alive(hidden, NPARKED) <= 2);
}
