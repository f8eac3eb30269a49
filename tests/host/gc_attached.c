/*
 * gc_attached.c - finalizers, cleanups and weak pointers, attached, taken back
 * and swept by several mutators at once.
 *
 * Covers gc/special.c and gc/weak.c.  The threads also run what is due: the
 * runtime's goroutine for that is tested in the guest.
 */
#include "gc/heap.h"
#include "gc/special.h"
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

/* Run what is due; out is where the collector sees it. */
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

/* A new object with something attached: 3, 1 or 0 things to be counted. */
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
		/* It may be gone, or be a finalizer's by now; never another. */
		if (x != NULL && (x->key[0] != ~x->key[1] ||
		    x->key[2] != (long)who))
			add_relaxed(&broken, 1);
		if (x == NULL || k % 3 == 0) {
			x = attach_something(t, &m, k, (uint32_t)k % 4);
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

KTEST(gc_attached, everything_is_run_once_by_whomever)
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

/* A full span of small objects, each with something, in an order of no order:
 * lists by word of bits, found again and emptied. */
KTEST(gc_attached, every_object_of_a_span_can_have_its_own)
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

/* No page for a slab, no record for lists: said, and nothing attached. */
KTEST(gc_attached, without_memory_it_says_so)
{
	struct mutator m;
	uint64_t number, n = 0;
	struct node *x;

	world_enter(&m);
	x = new_node(&m, 0, 1);
	m.roots[1] = (uintptr_t)gc_new_bytes(8);
	gc_pages_fail(1, true);
	while (gc_attach_cleanup(x, clean_up, x->left, &number) != NULL)
		n++;
	EXPECT(t, gc_attach_finalizer(x, finalize, NULL) ==
	    GC_ATTACHED_NO_MEMORY);
	EXPECT(t, weak_handle_of((uintptr_t)x, (void *)m.roots[1]) == NULL);
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
