/*
 * test_weak.c - weak pointers: when they are equal, when they become NULL, and
 * the races of weak_value with marking and sweeping.
 *
 * Covers gc/weak.c and SPECIAL-2, SPECIAL-4 of gc/special.c.  Links the whole
 * runtime.  Each race is played twice, as in test_gcconc.c: it ends well, and
 * with a fault switched on it ends badly.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"

enum { N = 16 };

struct thing {
	struct thing *next;
	uint64_t      number;
};
GC_TYPE(thing, next);

/* A weak pointer in the heap. */
struct holder {
	struct weak to;
};
GC_TYPE(holder, to.handle_);

static struct thing *kept[N];		/* a root */
static struct weak   weak[N];		/* a root, which keeps the handles */
static uintptr_t     hidden[N];		/* no root: complements of addresses */

static NOINLINE void
make_things(bool keep)
{
	ROOT_ONCE(kept);
	ROOT_ONCE(weak);
	for (int i = 0; i < N; i++) {
		struct thing *x = gc_new(&thing_type);

		x->number = (uint64_t)i;
		hidden[i] = hide(x);
		gc_store(&kept[i], keep ? x : NULL);
		gc_store(&weak[i].handle_, weak_make(x).handle_);
	}
}

static NOINLINE int
count_values(void)
{
	int n = 0;

	for (int i = 0; i < N; i++)
		n += weak_value(weak[i]) != NULL;
	return n;
}

static void
drop(void)
{
	for (int i = 0; i < N; i++)
		gc_store(&kept[i], NULL);
	wipe_stack();
}

KTEST(weak, a_weak_pointer_has_its_value_as_long_as_the_object_is_reachable)
{
	make_things(true);
	for (int k = 0; k < 3; k++) {
		gc_collect();
		for (int i = 0; i < N; i++)
			EXPECT(t, weak_value(weak[i]) == kept[i]);
	}
	drop();
	gc_collect();
	EXPECT_EQ(t, count_values(), 0);
	EXPECT_EQ(t, hidden_count_alive(hidden, N), 0);
	gc_check_heap();
}

KTEST(weak, a_weak_pointer_of_null_is_null)
{
	struct weak zero = { NULL };

	EXPECT(t, weak_value(zero) == NULL);
	EXPECT(t, weak_equal(weak_make(NULL), zero));
}

KTEST(weak, weak_pointers_are_equal_if_their_pointers_are)
{
	make_things(true);
	for (int i = 0; i < N; i++) {
		EXPECT(t, weak_equal(weak_make(kept[i]), weak[i]));
		EXPECT(t, !weak_equal(weak_make(kept[i]), weak[(i + 1) % N]));
		EXPECT(t, !weak_equal(weak_make(&kept[i]->number), weak[i]));
		EXPECT(t, weak_value(weak_make(&kept[i]->number)) ==
		    &kept[i]->number);
	}
	drop();
	gc_collect();
	/* Equality also holds when the object is dead. */
	EXPECT(t, weak_equal(weak[0], weak[0]));
	EXPECT(t, !weak_equal(weak[0], weak[1]));
}

/* Each place in an object has its own handle, also far from the beginning. */
KTEST(weak, weak_pointers_into_a_large_object_are_equal_by_place)
{
	enum { WORDS = 1 << 16 };
	void **x = gc_new_array(&gc_ptr_type, WORDS);

	for (size_t i = 0; i < WORDS; i += WORDS / 4) {
		struct weak w = weak_make(&x[i]);

		EXPECT(t, weak_equal(w, weak_make(&x[i])));
		EXPECT(t, !weak_equal(w, weak_make(&x[i + 1])));
		gc_collect();
		EXPECT(t, weak_value(w) == &x[i]);
		EXPECT(t, weak_equal(w, weak_make(&x[i])));
	}
	gc_keep_alive(x);
}

static void
make_of_stack(void *arg)
{
	weak_make(arg);
}

KTEST(weak, a_weak_pointer_to_no_object_is_a_panic)
{
	struct panic_info why = { .text = "none" };
	uint64_t          on_stack;

	EXPECT(t, !try_call(make_of_stack, &on_stack, &why));
	EXPECT(t, strstr(why.text, "not in an object of the heap") != NULL);
}

static struct holder *holders;		/* a root */

static NOINLINE void
make_holder(void)
{
	holders = NULL;
	gc_store(&holders, gc_new(&holder_type));
	gc_store(&holders->to.handle_, weak_make(gc_new(&thing_type)).handle_);
}

KTEST(weak, a_weak_pointer_in_the_heap_does_not_keep_its_object)
{
	ROOT_ONCE(holders);
	make_holder();
	EXPECT(t, weak_value(holders->to) != NULL);
	wipe_stack();
	gc_collect();
	EXPECT(t, weak_value(holders->to) == NULL);
	gc_store(&holders, NULL);
}

/* ---- with finalizers ---- */

static ATOMIC(uint32_t) finalized, early;

static void
look_and_keep(void *obj, void *arg)
{
	struct thing *x = obj;

	(void)arg;
	if (weak_value(weak[x->number]) != NULL)
		add_relaxed(&early, 1);	/* relaxed: before the release */
	gc_store(&kept[x->number], x);
	/* release: pairs with load_acquire below. */
	add_release(&finalized, 1);
}

static NOINLINE void
set_finalizers(void)
{
	for (int i = 0; i < N; i++)
		gc_set_finalizer(kept[i], look_and_keep, NULL);
}

static void
look(void *number)
{
	if (weak_value(weak[(uintptr_t)number]) != NULL)
		add_relaxed(&early, 1);	/* relaxed: before the release */
	/* release: pairs with load_acquire below. */
	add_release(&finalized, 1);
}

static NOINLINE void
add_cleanups(void)
{
	for (uintptr_t i = 0; i < N; i++)
		gc_add_cleanup(kept[i], look, (void *)i);
}

/* SPECIAL-2 */
KTEST(weak, a_weak_pointer_is_cleared_before_a_cleanup_runs)
{
	store_relaxed(&finalized, 0);
	store_relaxed(&early, 0);
	make_things(true);
	add_cleanups();
	gc_collect();
	EXPECT_EQ(t, count_values(), N);
	drop();
	EVENTUALLY(t, ({ wipe_stack(); gc_collect(); yield();
	    load_acquire(&finalized) == N; }));
	EXPECT_EQ(t, load_relaxed(&early), 0);
}

/* SPECIAL-2 */
KTEST(weak, a_weak_pointer_is_cleared_for_good_before_the_finalizer_runs)
{
	store_relaxed(&finalized, 0);
	store_relaxed(&early, 0);
	make_things(true);
	set_finalizers();
	drop();
	EVENTUALLY(t, ({ wipe_stack(); gc_collect(); yield();
	    load_acquire(&finalized) == N; }));
	EXPECT_EQ(t, load_relaxed(&early), 0);
	gc_collect();
	EXPECT_EQ(t, count_values(), 0);
	for (int i = 0; i < N; i++) {
		EXPECT_EQ(t, kept[i]->number, i);
		/* An object that lives again gets a new handle, which is not
		 * equal to the old one. */
		EXPECT(t, weak_value(weak_make(kept[i])) == kept[i]);
		EXPECT(t, !weak_equal(weak_make(kept[i]), weak[i]));
	}
	drop();
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), 0);
	gc_check_heap();
}

/* ---- races ---- */

/* Begin a cycle and hold it while it marks.  All things are white, and only
 * weak pointers lead to them. */
static NOINLINE void
begin(void)
{
	gc_collect();
	make_things(false);
	wipe_stack();
	held_cycle_begin();
}

/* Take all weak values while the cycle marks.  The stack has been scanned
 * already, so nothing but weak_value tells the marker of the things; if broken,
 * weak_value does not tell it either. */
static void
tell_marking(struct ktest *t, bool broken)
{
	begin();
	fault_set("gc_weak_unshaded", broken);
	EXPECT_EQ(t, count_values(), N);
	fault_set("gc_weak_unshaded", false);
	held_cycle_end();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), broken ? 0 : N);
	EXPECT_EQ(t, count_values(), broken ? 0 : N);
}

KTEST(weak, a_weak_value_taken_while_marking_keeps_the_object)
{
	gomaxprocs(1);
	tell_marking(t, false);
	tell_marking(t, true);
	gomaxprocs(num_hart());
	wipe_stack();
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), 0);
	gc_check_heap();
}

/* Allocate until the P's own runs have left the spans of the things, because
 * the P sweeps the spans of its runs itself. */
static NOINLINE void
fill_span(void)
{
	for (int i = 0; i < 4096; i++)
		gc_new(&thing_type);
}

/* Count the things that have a weak value after a cycle of which nothing has
 * been swept: the cycle stopped the world, and on one P the sweeper has not had
 * its turn.  With own, the things are in spans of the P's own runs.  Returns
 * the count. */
static NOINLINE int
values_unswept(bool keep, bool own)
{
	int n;

	make_things(keep);
	if (!own)
		fill_span();
	wipe_stack();
	gc_params.stop_world = true;
	gc_start(gc_cycles());
	gc_params.stop_world = false;
	n = count_values();
	while (gc_sweep_one())
		;
	return n;
}

/* SPECIAL-4 */
KTEST(weak, a_weak_value_is_right_before_the_span_is_swept)
{
	gomaxprocs(1);
	gc_collect();
	EXPECT_EQ(t, values_unswept(false, true), 0);
	EXPECT_EQ(t, values_unswept(true, true), N);
	drop();
	EXPECT_EQ(t, values_unswept(false, false), 0);
	EXPECT_EQ(t, values_unswept(true, false), N);
	drop();
	fault_set("gc_weak_unswept", true);
	EXPECT_EQ(t, values_unswept(false, false), N);
	fault_set("gc_weak_unswept", false);
	EXPECT_EQ(t, count_values(), 0);
	gomaxprocs(num_hart());
}

/* ---- all at once ---- */

enum { STEPS = 4000, WHO = 6 };

static ATOMIC(uint32_t) busy, bad;

/* Values are whole or NULL, whatever the collector does. */
static void
use_weak(struct ktest *t, uint32_t who)
{
	struct weak mine[8] = { { NULL } };
	struct rand r;

	rand_seed(&r, t->seed + who);
	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t k = rand_below(&r, 8);
		struct thing *x = weak_value(mine[k]);

		if (x != NULL && (x->number != who || x->next == NULL ||
		    x->next->number != ~(uint64_t)who))
			add_relaxed(&bad, 1);	/* relaxed: a count */
		if (x == NULL || rand_below(&r, 4) == 0) {
			x = gc_new(&thing_type);
			x->number = who;
			gc_store(&x->next, gc_new(&thing_type));
			x->next->number = ~(uint64_t)who;
			mine[k] = weak_make(x);
			if (weak_value(mine[k]) != x)
				add_relaxed(&bad, 1);
		}
		if (rand_below(&r, 16) == 0)
			yield();
	}
	add_relaxed(&busy, -1U);	/* relaxed: a poll */
}

static void
use_or_collect(struct ktest *t, uint32_t who)
{
	if (who < WHO) {
		use_weak(t, who);
		return;
	}
	while (load_relaxed(&busy) != 0)
		gc_collect();
}

KTEST(weak, weak_values_are_whole_beside_collections)
{
	store_relaxed(&busy, WHO);
	store_relaxed(&bad, 0);
	gc_params.poison = true;
	crowd_run(t, WHO + 1, use_or_collect);
	gc_params.poison = DEBUG;
	EXPECT_EQ(t, load_relaxed(&bad), 0);
	gc_collect();
	gc_check_heap();
}
