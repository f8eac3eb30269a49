/*
 * gc_attached.c - finalizers, cleanups and weak pointers, attached, detached
 * and swept by several mutators at once.
 *
 * Covers gc/special.c, attach.c, special_sweep.c, errand.c, weak.c and
 * weak_table.c.  The threads also run the errands that are due; the runtime's
 * goroutine for these is tested in the guest.
 */
#include <stdlib.h>

#include "gc/heap.h"
#include "gc/special.h"
#include "gc/weak_table.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_pages.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

enum { ROUNDS = 6000 / (PERTURB ? 8 : 1), HELD = 8 };

static ATOMIC(uint32_t) attached, run, broken;

static void
count(const struct node *x)
{
	/* relaxed: joined before they are read. */
	if (x->key[0] != ~x->key[1])
		add_relaxed(&broken, 1);
	add_relaxed(&run, 1);
}

static void
finalize(void *obj, void *arg)
{
	count(obj);
	count(((struct node *)obj)->left);
	count(arg);
}

static void
clean_up(void *arg)
{
	count(arg);
}

/* Run the errands that are due.  Roots 40 and 41 show the collector what e
 * refers to. */
static void
run_errands(struct mutator *m)
{
	struct gc_errand e;

	while (gc_take_errand(&e)) {
		m->roots[40] = (uintptr_t)e.obj;
		m->roots[41] = (uintptr_t)e.arg;
		if (e.finalizer)
			e.fn.finalizer(e.obj, e.arg);
		else
			e.fn.cleanup(e.arg);
		m->roots[40] = m->roots[41] = 0;
		world_poll();
	}
}

static struct node *
new_node(struct mutator *m, unsigned root, long key)
{
	struct node *x = gc_new(&node_type);

	m->roots[root] = (uintptr_t)x;
	x->key[0] = key;
	x->key[1] = ~key;
	return x;
}

/* Make a new object and attach something to it, of which 0 to 7 calls of count
 * will follow.  Returns the object. */
static struct node *
attach_something(struct ktest *t, struct mutator *m, long key, uint32_t how)
{
	struct node *x = new_node(m, 30, key), *arg = new_node(m, 31, key + 1);
	struct special *sp;
	uint64_t number;

	gc_store(&x->left, new_node(m, 32, key + 2));
	switch (how) {
	case 0:
		EXPECT(t, gc_attach_finalizer(x, finalize, arg) ==
		    GC_ATTACHED);
		EXPECT(t, gc_attach_finalizer(x, finalize, arg) ==
		    GC_ATTACHED_ALREADY);
		add_relaxed(&attached, 3);
		break;
	case 1:
		EXPECT(t, gc_attach_cleanup(x, clean_up, arg, &number) !=
		    NULL);
		add_relaxed(&attached, 1);
		break;
	case 2:
		EXPECT(t, gc_attach_finalizer(x, finalize, arg) ==
		    GC_ATTACHED);
		gc_detach_finalizer(x);
		break;
	case 3:
		for (int i = 0; i < 4; i++)
			EXPECT(t, gc_attach_cleanup(&x->key[i], clean_up, arg,
			    &number) != NULL);
		EXPECT(t, gc_attach_finalizer(x, finalize, arg) ==
		    GC_ATTACHED);
		EXPECT(t, gc_weak_handle(&x->key[5]) != NULL);
		add_relaxed(&attached, 7);
		break;
	default:
		sp = gc_attach_cleanup(&x->key[2], clean_up, arg, &number);
		EXPECT(t, sp != NULL);
		gc_detach_cleanup(sp, number);
	}
	return x;
}

static void
attach_and_drop(struct ktest *t, uint32_t who)
{
	struct mutator m;
	struct rand    r;

	rand_seed(&r, t->seed + who);
	world_enter(&m);
	for (int k = 0; k < ROUNDS && !ktest_failed(t); k++) {
		uint32_t     slot = rand_below(&r, HELD);
		struct weak  w = { (struct weak_handle *)m.roots[slot] };
		struct node *x = weak_value(w);

		m.roots[29] = (uintptr_t)x;
		/* The object may be gone, or a finalizer may have it by now;
		 * but it is never another object. */
		if (x != NULL && (x->key[0] != ~x->key[1] ||
		    x->key[2] != (long)who))
			add_relaxed(&broken, 1);
		if (x == NULL || k % 3 == 0) {
			x = attach_something(t, &m, k, (uint32_t)k % 5);
			x->key[2] = (long)who;
			m.roots[slot] = (uintptr_t)gc_weak_handle(x);
			w.handle_ = (struct weak_handle *)m.roots[slot];
			EXPECT(t, weak_value(w) == x);
			EXPECT(t, gc_weak_handle(x) == w.handle_);
			m.roots[8 + slot] = k % 5 ? (uintptr_t)x : 0;
		}
		m.roots[29] = m.roots[30] = m.roots[31] = m.roots[32] = 0;
		if (k % 64 == 0)
			run_errands(&m);
		if (k % 50 == 0)
			gc_sweep_one();
		if (k % 500 == 0)
			gc_collect_from(gc_cycles());
		world_poll();
	}
	world_leave(&m);
}

KTEST(gc_attached, each_record_is_run_once_by_one_of_the_threads)
{
	struct mutator m;

	store_relaxed(&attached, 0);
	store_relaxed(&run, 0);
	store_relaxed(&broken, 0);
	ktest_on_every_hart(t, attach_and_drop);
	world_enter(&m);
	for (int k = 0; k < 3; k++) {
		gc_collect();
		gc_check_heap();
		run_errands(&m);
	}
	gc_collect();
	EXPECT_EQ(t, load_relaxed(&run), load_relaxed(&attached));
	EXPECT_EQ(t, load_relaxed(&broken), 0);
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
}

/* Fill a span with small objects and give each a record, in an order far from
 * that of the addresses.  The records are in lists by word of bits; each is
 * found again, and the lists are emptied. */
KTEST(gc_attached, every_object_of_a_span_can_have_its_own_record)
{
	enum { COUNT = 3000 };
	struct mutator m;
	uint64_t numbers[COUNT];
	struct special *sp[COUNT];
	void **all;

	world_enter(&m);
	all = gc_new_array(&gc_ptr_type, COUNT);
	m.roots[0] = (uintptr_t)all;
	for (int i = 0; i < COUNT; i++)
		gc_store(&all[i], gc_new(&pair_type));
	for (int i = 0; i < COUNT; i++) {
		int k = (i * 1009) % COUNT;

		sp[k] = gc_attach_cleanup(all[k], NULL, NULL, &numbers[k]);
		EXPECT(t, sp[k] != NULL);
	}
	gc_check_heap();
	for (int i = 0; i < COUNT; i += 2)
		gc_detach_cleanup(sp[i], numbers[i]);
	m.roots[0] = 0;
	gc_collect();
	gc_check_heap();
	for (int i = 0; i < COUNT / 2; i++) {
		struct gc_errand e;

		EXPECT(t, gc_take_errand(&e) && !e.finalizer);
	}
	EXPECT(t, !gc_take_errand(&(struct gc_errand){ 0 }));
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

enum { MANY = 20000 };

struct attached {
	struct special *sp;
	uint64_t        number;
};

static void
shuffle(struct ktest *t, struct attached *a, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t k = rand_below(&t->rand, i);
		struct attached swap = a[i - 1];

		a[i - 1] = a[k];
		a[k] = swap;
	}
}

/* SPECIAL-5, with every kind of record at the head of the group. */
KTEST(gc_attached, cleanups_of_one_object_can_be_detached_in_any_order)
{
	struct attached *a = malloc(MANY * sizeof(*a));
	struct gc_errand e;
	struct mutator m;
	struct node *x;
	uint32_t n = 0;

	world_enter(&m);
	x = new_node(&m, 0, 1);
	for (uint32_t i = 0; i < MANY; i++) {
		if (i == MANY / 2)
			EXPECT(t, gc_attach_finalizer(x, NULL, NULL) ==
			    GC_ATTACHED);
		a[i].sp = gc_attach_cleanup(&x->key[i % 4], NULL, x->left,
		    &a[i].number);
		EXPECT(t, a[i].sp != NULL);
	}
	gc_check_heap();
	shuffle(t, a, MANY);
	for (uint32_t i = 0; i < MANY - 10; i++) {
		if (i == MANY / 4)
			gc_detach_finalizer(x);
		gc_detach_cleanup(a[i].sp, a[i].number);
		gc_detach_cleanup(a[i].sp, a[i].number);
		if (i % (MANY / 8) == 0)
			gc_check_heap();
	}
	gc_check_heap();
	m.roots[0] = 0;
	gc_collect();
	while (gc_take_errand(&e))
		n += !e.finalizer;
	EXPECT_EQ(t, n, 10);
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
	free(a);
}

/* Make one object with a finalizer, MANY / 2 cleanups and MANY / 2 weak
 * handles, which are kept in the array at roots[0]. */
static void
attach_many(struct ktest *t, struct mutator *m)
{
	struct weak_handle **handles;
	uint64_t number;
	char *x;

	m->roots[0] = (uintptr_t)gc_new_array(&gc_ptr_type, MANY / 2);
	m->roots[1] = (uintptr_t)gc_new_bytes(MANY);
	handles = (struct weak_handle **)m->roots[0];
	x = (char *)m->roots[1];
	for (uint32_t i = 0; i < MANY / 2; i++) {
		EXPECT(t, gc_attach_cleanup(x, NULL, NULL, &number) != NULL);
		gc_store(&handles[i], gc_weak_handle(x + i));
	}
	EXPECT(t, gc_attach_finalizer(x, NULL, NULL) == GC_ATTACHED);
	m->roots[1] = 0;
}

/* Take all errands that are due, and keep an object with a finalizer in
 * roots[1].  Returns the number of errands. */
static uint32_t
take_all(struct mutator *m)
{
	struct gc_errand e;
	uint32_t n = 0;

	for (; gc_take_errand(&e); n++)
		if (e.finalizer)
			m->roots[1] = (uintptr_t)e.obj;
	return n;
}

static uint32_t
count_handles(const struct mutator *m)
{
	struct weak_handle **handles = (struct weak_handle **)m->roots[0];
	uint32_t n = 0;

	/* relaxed: this thread sweeps. */
	for (uint32_t i = 0; i < MANY / 2; i++)
		n += load_relaxed(&handles[i]->ptr) != 0;
	return n;
}

/* Collect without sweeping. */
static void
mark(void)
{
	gc_params.stop_world = true;
	gc_start(gc_cycles());
	gc_params.stop_world = false;
}

KTEST(gc_attached, turn_of_sweeping_is_bounded_whatever_one_object_has)
{
	uint32_t before, left, due, turns = 0, cleaned = 0;
	struct mutator m;
	struct weak w;

	world_enter(&m);
	attach_many(t, &m);
	w.handle_ = ((struct weak_handle **)m.roots[0])[MANY / 2 - 1];
	EXPECT(t, weak_value(w) != NULL);
	mark();
	EXPECT(t, weak_value(w) == NULL);		/* SPECIAL-4 */
	/* The weak handles go first, then the finalizer comes due. */
	for (before = count_handles(&m); m.roots[1] == 0 && !ktest_failed(t);
	    before = left) {
		EXPECT(t, gc_sweep_one());
		left = count_handles(&m);
		EXPECT(t, before - left <= SPECIAL_TURN);
		EXPECT(t, weak_value(w) == NULL);
		due = take_all(&m);
		EXPECT(t, due == (m.roots[1] != 0));
		EXPECT(t, m.roots[1] == 0 || left == 0);	/* SPECIAL-2 */
		if (turns++ % 8 == 0)
			gc_check_heap();
	}
	EXPECT(t, turns >= MANY / 2 / SPECIAL_TURN);
	while (gc_sweep_one())
		EXPECT_EQ(t, take_all(&m), 0);
	/* Now the cleanups come due, because the object is not revived. */
	m.roots[1] = 0;
	mark();
	for (turns = 0; gc_sweep_one(); turns++) {
		due = take_all(&m);
		EXPECT(t, due <= SPECIAL_TURN);
		cleaned += due;
		if (turns % 8 == 0)
			gc_check_heap();
	}
	EXPECT_EQ(t, cleaned, MANY / 2);
	EXPECT(t, turns >= MANY / 2 / SPECIAL_TURN);
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
}

/* SWEEP-1: a collection begins only when no object needs a further turn. */
KTEST(gc_attached, collection_ends_the_sweeping_of_what_has_been_begun)
{
	struct mutator m;

	world_enter(&m);
	attach_many(t, &m);
	mark();
	EXPECT(t, gc_sweep_one());
	EXPECT(t, count_handles(&m) > 0);
	gc_collect();
	EXPECT_EQ(t, count_handles(&m), 0);
	EXPECT_EQ(t, take_all(&m), 1);
	gc_check_heap();
	m.roots[0] = m.roots[1] = 0;
	gc_collect();
	EXPECT_EQ(t, take_all(&m), MANY / 2);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

/* WTABLE-1, while the table grows; and the table does not degenerate. */
KTEST(gc_attached, weak_handles_at_any_stride_fall_into_short_buckets)
{
	static const uint32_t strides[] = { 1, 8, 24, 64, 1000, 4096, 4104 };
	enum { COUNT = 8000 };
	struct mutator m;

	world_enter(&m);
	for (size_t k = 0; k < ARRAY_LEN(strides); k++) {
		char *x;

		m.roots[0] = (uintptr_t)gc_new_bytes(strides[k] * COUNT);
		m.roots[1] = (uintptr_t)gc_new_array(&gc_ptr_type, COUNT);
		x = (char *)m.roots[0];
		for (uint32_t i = 0; i < COUNT; i++)
			gc_store((void **)m.roots[1] + i,
			    (void *)gc_weak_handle(x + i * strides[k]));
		for (uint32_t i = 0; i < COUNT; i++)
			EXPECT(t, (void *)gc_weak_handle(x + i * strides[k]) ==
			    ((void **)m.roots[1])[i]);
		EXPECT_EQ(t, weak_table_count(), COUNT);
		EXPECT(t, weak_table_longest() <= 16);
		gc_check_heap();
		m.roots[0] = m.roots[1] = 0;
		gc_collect();
		EXPECT_EQ(t, weak_table_count(), 0);
	}
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

/* Without a page for a slab or a record for lists, attaching says so and
 * changes nothing. */
KTEST(gc_attached, a_record_without_memory_is_refused)
{
	struct mutator m;
	uint64_t number, n = 0;
	struct node *x;

	world_enter(&m);
	x = new_node(&m, 0, 1);
	m.roots[1] = (uintptr_t)gc_new_bytes(8);	/* fetches a run */
	gc_pages_fail(1, true);
	while (gc_attach_cleanup(x, clean_up, x->left, &number) != NULL)
		n++;
	EXPECT(t, gc_attach_finalizer(x, finalize, NULL) ==
	    GC_ATTACHED_NO_MEMORY);
	EXPECT(t, gc_weak_handle(x) == NULL);
	gc_pages_fail(0, false);
	EXPECT(t, gc_attach_finalizer(x, finalize, NULL) == GC_ATTACHED);
	gc_detach_finalizer(x);
	m.roots[0] = m.roots[1] = 0;
	gc_collect();
	while (gc_take_errand(&(struct gc_errand){ 0 }))
		n--;
	EXPECT_EQ(t, n, 0);
	gc_check_heap();
	world_leave(&m);
}
