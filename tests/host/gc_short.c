/*
 * gc_short.c - the heap when memory is short: for objects, for records, for
 * grey buffers; and how the heap keeps to GOGC and to the memory limit.
 */
#include "gc/heap.h"
#include "gc/sweep.h"
#include "gc/work.h"
#include "kernel/page.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_pages.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

/* Expect that the heap accounts for every page that is out. */
static void
expect_no_page_lost(struct ktest *t)
{
	struct gc_stats s;

	gc_read_stats(&s);
	EXPECT_EQ(t, s.heap_sys / PAGE_SIZE, gc_pages_out());
}

/*
 * A fan is a chain of arrays.  Each array refers to FAN nodes and, by its last
 * word, to the next array; the last word of the last array refers to tail.  The
 * marker scans the last word first, so far more objects are grey at once than
 * buffers hold.
 */
enum { FAN = 500 };

static void
build_fan(struct mutator *m, uint32_t width, void *tail)
{
	m->roots[0] = (uintptr_t)tail;
	for (uint32_t i = 0; i < width; i++) {
		struct node *n;
		void **top;

		if (i % FAN == 0) {
			top = gc_new_array(&gc_ptr_type, FAN + 1);
			gc_store(&top[FAN], (void *)m->roots[0]);
			m->roots[0] = (uintptr_t)top;
		}
		n = gc_new(&node_type);
		top = (void **)m->roots[0];
		gc_store(&top[i % FAN], n);
		for (int k = 0; k < 3; k++) {
			struct node *deeper = gc_new(&node_type);

			gc_store(&n->left, deeper);
			n = deeper;
		}
	}
}

static void
no_more_pages(void)
{
	gc_pages_fail(1, true);
}

static void
pages_again(void)
{
	gc_pages_fail(0, false);
}

/* Collect, with all page allocations failing while it marks. */
static void
collect_without_pages(struct ktest *t)
{
	/* relaxed: only collections change it. */
	uint64_t rescans = load_relaxed(&work.rescans);

	gc_collect();
	gc_params.stop_world = true;
	world_before_mark = no_more_pages;
	gc_collect_from(gc_cycles());
	world_before_mark = NULL;
	gc_params.stop_world = false;
	pages_again();
	EXPECT(t, load_relaxed(&work.rescans) > rescans);
	sweep_all();
	gc_check_heap();
}

KTEST(gc_short, marking_without_buffers_finds_everything)	/* WORK-2 */
{
	enum { WIDTH = PERTURB ? 5000 : 20000 };
	struct mutator m;

	world_enter(&m);
	for (world_helpers = 0; world_helpers < 4; world_helpers++) {
		build_fan(&m, WIDTH, NULL);
		collect_without_pages(t);
		EXPECT_EQ(t, objects(), WIDTH / FAN + 4 * WIDTH);
		m.roots[0] = 0;
		gc_collect();
		EXPECT_EQ(t, objects(), 0);
	}
	world_helpers = -1;
	world_leave(&m);
}

/*
 * The tail of the fan is an array that overflows the buffers, so that the large
 * arrays at its end are marked but not kept as grey.  The walk that makes up
 * for this meets the large arrays after the nodes that they hold, and overflows
 * again.
 */
KTEST(gc_short, marking_walks_the_heap_again_until_no_buffer_was_missing)
{
	enum { BEFORE = 4 * FAN, WIDTH = 510, WIDE = 10, EACH = 3000 };
	struct mutator m;
	void **nodes, **top;
	uint64_t rescans;

	world_enter(&m);
	world_helpers = 0;
	nodes = gc_new_array(&gc_ptr_type, WIDE * EACH);
	m.roots[0] = (uintptr_t)nodes;
	for (int i = 0; i < WIDE * EACH; i++) {
		gc_store(&nodes[i], gc_new(&node_type));
		gc_store((void **)nodes[i], gc_new(&pair_type));
	}
	top = gc_new_array(&gc_ptr_type, WIDTH);
	m.roots[1] = (uintptr_t)top;
	for (int i = 0; i < WIDTH - WIDE; i++)
		gc_store(&top[i], gc_new(&node_type));
	for (int i = 0; i < WIDE; i++) {
		void **wide = gc_new_array(&gc_ptr_type, EACH);

		gc_store(&top[WIDTH - WIDE + i], wide);
		gc_move(&gc_ptr_type, wide, nodes + i * EACH, EACH);
	}
	build_fan(&m, BEFORE, top);
	m.roots[1] = 0;
	rescans = load_relaxed(&work.rescans);
	collect_without_pages(t);
	EXPECT(t, load_relaxed(&work.rescans) >= rescans + 2);
	EXPECT_EQ(t, objects(), BEFORE / FAN + 4 * BEFORE + 1 + WIDTH +
	    2 * WIDE * EACH);
	m.roots[0] = 0;
	world_helpers = -1;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_short, grey_buffers_are_given_back)
{
	struct mutator m;
	size_t out;

	world_enter(&m);
	build_fan(&m, 5000, NULL);
	gc_collect();
	out = gc_pages_out();
	for (int i = 0; i < 20; i++)
		gc_collect();
	/* The number of buffers at hand depends on how many threads helped.  If
	 * each collection kept a page, there would be twenty more. */
	EXPECT(t, gc_pages_out() < out + 20);
	/* Without helpers the number does not vary. */
	gc_params.stop_world = true;
	world_helpers = 0;
	gc_collect();
	out = gc_pages_out();
	for (int i = 0; i < 20; i++)
		gc_collect();
	EXPECT_EQ(t, gc_pages_out(), out);
	world_helpers = -1;
	gc_params.stop_world = false;
	m.roots[0] = 0;
	gc_collect();
	world_leave(&m);
}

/* ---- objects ---- */

KTEST(gc_short, try_returns_null_and_later_memory_is_back)
{
	struct mutator m;
	struct node *n;
	uint32_t made = 0, again = 0;

	world_enter(&m);
	gc_collect();
	gc_pages_budget(gc_pages_out() + 500);
	while ((n = gc_try_new(&node_type)) != NULL) {
		gc_store(&n->left, (struct node *)m.roots[0]);
		m.roots[0] = (uintptr_t)n;
		made++;
	}
	EXPECT(t, made > 400 * 64 && made <= 500 * 64);
	EXPECT(t, gc_try_new_bytes(200000) == NULL);
	EXPECT(t, gc_try_new_bytes(SIZE_MAX) == NULL);
	EXPECT(t, gc_try_new_array(&node_type, SIZE_MAX / 8) == NULL);
	gc_check_heap();
	m.roots[0] = 0;
	while (again < made && gc_try_new(&node_type) != NULL)
		again++;
	EXPECT_EQ(t, again, made);
	gc_pages_budget(1 << 16);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
}

KTEST(gc_short, any_page_allocation_may_fail)
{
	struct mutator m;

	world_enter(&m);
	for (uint64_t nth = 1; nth < 60; nth += PERTURB ? 13 : 1)
		for (int all = 0; all < 2; all++) {
			uint32_t count = 0, kept = 0;

			gc_collect();
			gc_pages_fail(nth, all);
			for (int i = 0; i < 400; i++) {
				void **p = i % 50 == 0 ?
				    gc_try_new_array(&gc_ptr_type, 5000) :
				    gc_try_new_array(&gc_ptr_type, 1 + i % 300);

				if (p == NULL)
					continue;
				gc_store(&p[0], (void *)m.roots[0]);
				m.roots[0] = (uintptr_t)p;
				count++;
			}
			gc_pages_fail(0, false);
			gc_collect();
			EXPECT_EQ(t, objects(), count);
			for (void **p = (void *)m.roots[0]; p != NULL;
			    p = p[0])
				kept++;
			EXPECT_EQ(t, kept, count);
			gc_check_heap();
			m.roots[0] = 0;
		}
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	expect_no_page_lost(t);
	world_leave(&m);
}

KTEST(gc_short, pages_without_a_record_go_back)
{
	enum { N = 4000 };
	struct mutator m;
	void **all;
	int    refused = 0;

	world_enter(&m);
	gc_collect();
	all = gc_new_array(&gc_ptr_type, N);
	m.roots[0] = (uintptr_t)all;
	for (int i = 0; i < N; i++) {
		void *one;

		/* The first page is for the object, the second one for its
		 * record. */
		gc_pages_fail(2, true);
		one = gc_try_new_bytes(SIZECLASS_MAX + 1);
		refused += one == NULL;
		gc_pages_fail(0, false);
		if (one == NULL)
			one = gc_new_bytes(SIZECLASS_MAX + 1);
		/* The collector may be reading the array. */
		gc_store(&all[i], one);
	}
	EXPECT(t, refused > 0);
	expect_no_page_lost(t);
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	expect_no_page_lost(t);
	world_leave(&m);
}

/* Small objects live between large ones that do not live on: see chunk.h. */
KTEST(gc_short, small_objects_stay_together)
{
	enum { N = 2000, BLOCK = 64 * PAGE_SIZE };
	static uint8_t seen[(1 << 16) / 64 + 1];
	struct mutator m;
	void **all;
	int    nblocks = 0;

	world_enter(&m);
	gc_collect();
	all = gc_new_array(&gc_ptr_type, N);
	m.roots[0] = (uintptr_t)all;
	for (int i = 0; i < N; i++) {
		gc_store(&all[i], gc_new_bytes(3000));
		gc_new_bytes(200000);
	}
	for (int i = 0; i < N; i++) {
		uint8_t *block = &seen[((uintptr_t)all[i] - page_lo) / BLOCK];

		nblocks += *block == 0;
		*block = 1;
	}
	/* 5 small objects take 4 pages. */
	EXPECT(t, nblocks <= N / 5 * 4 / 64 + 4);
	m.roots[0] = 0;
	gc_collect();
	expect_no_page_lost(t);
	world_leave(&m);
}

KTEST(gc_short, an_object_needs_no_longer_run_than_its_own)
{
	struct mutator m;

	world_enter(&m);
	gc_collect();
	for (uint32_t npages = 1; npages <= 8; npages *= 2) {
		gc_pages_longest(npages);
		for (uint32_t size = 8; size <= npages * PAGE_SIZE; size += 8)
			EXPECT(t, gc_try_new_bytes(size) != NULL &&
			    gc_try_new_array(&gc_ptr_type, size / 8) != NULL);
		gc_check_heap();
		/* The next round finds again what fitted exactly in this
		 * one. */
		gc_collect();
		EXPECT_EQ(t, objects(), 0);
	}
	gc_pages_longest(0);
	world_leave(&m);
}

KTEST(gc_short, a_memory_limit_starts_collections_in_time)
{
	struct gc_stats before, s;
	struct mutator m;
	uint64_t limit, most = 0;

	world_enter(&m);
	gc_collect();
	gc_params.stop_world = true;	/* so that there is no runway */
	gc_collect();
	gc_read_stats(&before);
	gc_set_percent(-1);
	limit = gc_set_limit(before.heap_sys + 2 * MIB);
	for (int i = 0; i < 300000; i++) {
		gc_new(&node_type);
		if (i % 100 == 0) {
			gc_read_stats(&s);
			most = MAX(most, s.heap_sys);
		}
	}
	EXPECT(t, most <= before.heap_sys + 2 * MIB);
	EXPECT(t, s.num_gc - before.num_gc >= 8);
	EXPECT(t, s.num_gc - before.num_gc <= 12);
	gc_set_limit(limit);
	gc_set_percent(100);
	gc_params.stop_world = false;
	gc_collect();
	world_leave(&m);
}

KTEST(gc_short, gogc_decides_how_often_it_collects)
{
	struct gc_stats a, b;
	struct mutator m;

	world_enter(&m);
	gc_collect();
	/* What is allocated while other threads mark counts as live, so the
	 * number of collections would depend on the speed of those threads. */
	gc_params.stop_world = true;
	gc_collect();
	for (int percent = 50; percent <= 200; percent *= 2) {
		EXPECT_EQ(t, gc_set_percent(percent), percent == 50 ? 100 :
		    percent / 2);
		gc_collect();
		gc_read_stats(&a);
		EXPECT_EQ(t, a.heap_goal, 4 * MIB * percent / 100);
		for (int i = 0; i < 400000; i++)	/* 24.4 MiB */
			gc_new(&node_type);
		gc_read_stats(&b);
		EXPECT_EQ(t, b.num_gc - a.num_gc,
		    400000UL * 64 / (4 * MIB * percent / 100));
	}
	gc_params.stop_world = false;
	gc_set_percent(100);
	gc_collect();
	world_leave(&m);
}

KTEST(gc_short, pages_go_back_when_nothing_is_alive)
{
	struct gc_stats a, b;
	struct mutator m;
	size_t out;

	world_enter(&m);
	gc_collect();
	gc_read_stats(&a);
	out = gc_pages_out();
	build_fan(&m, 5000, NULL);
	gc_new_bytes(1 << 20);
	m.roots[0] = 0;
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, objects(), 0);
	/* Only records and tables stay. */
	EXPECT(t, gc_pages_out() - out <= (5000 * 4 / 64 + 256) / 10);
	EXPECT(t, b.pages_released - a.pages_released >= 5000 * 4 / 64 + 256);
	expect_no_page_lost(t);
	world_leave(&m);
}
