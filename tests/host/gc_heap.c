/*
 * gc_heap.c - the parts of the heap one by one, on the host.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gc/bits.h"
#include "gc/central.h"
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/pacer.h"
#include "gc/ptrmap.h"
#include "gc/sweep.h"
#include "kernel/page.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

struct pair { void *p; long n; };
struct node { struct node *left, *right; long key[6]; };
struct tail { char text[24]; };
struct odd { void *p; int32_t n, m; void *q[3]; struct { long n; void *p; } in; };
GC_TYPE(pair, p);
GC_TYPE(node, left, right);
GC_TYPE(odd, p, q, in.p);
GC_TYPE_NOPTR(tail);

static bool
allocated(const void *p)
{
	struct gc_object o;

	return gc_find_object(p, &o) && o.allocated;
}

static uint64_t
objects(void)
{
	struct gc_stats s;

	gc_read_stats(&s);
	return s.mallocs - s.frees;
}

/* ---- tables ---- */

KTEST(gc_heap, every_size_has_the_smallest_class_that_fits)
{
	struct mutator m;

	world_enter(&m);
	for (uint32_t size = 1; size <= SIZECLASS_MAX; size++) {
		unsigned c = sizeclass_of(size);

		if (!EXPECT(t, sizeclasses[c].size >= size) ||
		    !EXPECT(t, c == 1 || sizeclasses[c - 1].size < size))
			break;
	}
	for (uint32_t size = 8; size <= SIZECLASS_MAX; size *= 2)
		EXPECT_EQ(t, sizeclasses[sizeclass_of(size)].size, size);
	world_leave(&m);
}

KTEST(gc_heap, index_by_reciprocal_is_division)	/* sizeclass_index */
{
	struct mutator m;

	world_enter(&m);
	for (unsigned c = 1; c < SIZECLASS_COUNT; c++) {
		struct sizeclass *k = &sizeclasses[c];

		for (uint32_t off = 0; off < k->npages * PAGE_SIZE; off++)
			if (sizeclass_index(off, k->recip) != off / k->size) {
				ktest_fail(t, __FILE__, __LINE__,
				    "%u / %u", off, k->size);
				break;
			}
	}
	world_leave(&m);
}

KTEST(gc_heap, tiling_a_map_is_setting_it_slot_by_slot)	/* RUN-4 */
{
	for (unsigned c = 1; sizeclasses[c].size <= SIZECLASS_MAPPED; c++)
		for (int round = 0; round < 200; round++) {
			struct span_word a[24], b[24];
			uint32_t size = sizeclasses[c].size;
			uint32_t nslots = sizeclasses[c].nslots;
			uint32_t first = rand_below(&t->rand, nslots);
			uint32_t n = 1 + rand_below(&t->rand, nslots - first);
			struct span s = { .size = size,
				.map_at = (uintptr_t)a,
				.plain = (size & (size - 1)) == 0,
				.slotmask = bits_range(0, size / 8) };
			uint64_t map = ((uint64_t)rand_u32(&t->rand) << 32 |
			    rand_u32(&t->rand)) & s.slotmask;

			memset(a, round & 1 ? 0xff : 0, sizeof(a));
			memcpy(b, a, sizeof(a));
			ptrmap_tile(&s, first, n, map);
			s.map_at = (uintptr_t)b;
			for (uint32_t i = 0; i < n; i++)
				ptrmap_set(&s, (first + i) * size, map);
			if (!EXPECT(t, memcmp(a, b, sizeof(a)) == 0))
				return;
			for (uint32_t i = 0; i < n; i++)
				EXPECT(t, ptrmap_get(&s, (first + i) * size) ==
				    map);
		}
}

KTEST(gc_heap, gc_type_finds_pointers_in_arrays_and_members)
{
	EXPECT_EQ(t, odd_type.size, 56);
	EXPECT_EQ(t, odd_type.ptrdata, 56);
	EXPECT_EQ(t, odd_gcdata[0], 0x5d);
	EXPECT_EQ(t, ptrmap_of_type(&odd_type, 0), 0x5d);
	EXPECT_EQ(t, pair_gcdata[0], 1);
	EXPECT_EQ(t, tail_type.ptrdata, 0);
}

/* ---- allocation ---- */

KTEST(gc_heap, objects_are_zero_aligned_and_apart)
{
	enum { N = 4000 };
	static char *at[N];
	static size_t size[N];
	struct mutator m;

	world_enter(&m);
	gc_set_percent(-1);		/* at[] is no root */
	for (int i = 0; i < N; i++) {
		size[i] = 1 + rand_below(&t->rand, i % 50 == 0 ? 100000 : 700);
		at[i] = gc_new_bytes(size[i]);
		EXPECT(t, (uintptr_t)at[i] % (size[i] > 8 ? 16 : 8) == 0);
		for (size_t k = 0; k < size[i]; k++)
			if (!EXPECT(t, at[i][k] == 0))
				break;
		memset(at[i], i, size[i]);
	}
	for (int i = 0; i < N; i++)
		for (size_t k = 0; k < size[i]; k++)
			if (!EXPECT(t, at[i][k] == (char)i))
				break;
	gc_set_percent(100);
	gc_check_heap();
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, an_empty_array_is_an_address_outside_the_heap)
{
	struct mutator m;
	struct gc_object o;

	world_enter(&m);
	EXPECT(t, gc_new_array(&gc_ptr_type, 0) != NULL);
	EXPECT(t, gc_new_bytes(0) == gc_new_array(&gc_ptr_type, 0));
	EXPECT(t, !gc_find_object(gc_new_bytes(0), &o));
	world_leave(&m);
}

KTEST(gc_heap, types_that_share_a_run_keep_their_own_maps)	/* SPAN-7 */
{
	struct other { long key[7]; void *last; };
	GC_TYPE(other, last);
	enum { N = 3000 };
	struct mutator m;
	void **all;

	world_enter(&m);
	all = gc_new_array(&gc_ptr_type, N);
	m.roots[0] = (uintptr_t)all;
	for (int i = 0; i < N; i++) {
		struct node *n = NULL;
		struct other *o = NULL;

		if (rand_below(&t->rand, 2))
			n = gc_new(&node_type);
		else
			o = gc_new(&other_type);
		gc_store(&all[i], n != NULL ? (void *)n : (void *)o);
		/* A pointer where only its own type has one, and an address
		 * where neither has. */
		if (n != NULL) {
			gc_store(&n->left, gc_new(&pair_type));
			n->key[0] = (long)gc_new(&pair_type);
		} else {
			gc_store(&o->last, gc_new(&pair_type));
			o->key[3] = (long)gc_new(&pair_type);
		}
	}
	gc_collect();
	EXPECT_EQ(t, objects(), 1 + 2 * N);
	gc_check_heap();
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, statistics_are_exact_for_this_p)
{
	struct gc_stats a, b;
	struct mutator m;

	world_enter(&m);
	gc_collect();
	gc_read_stats(&a);
	for (int i = 0; i < 1000; i++)
		gc_new(&node_type);
	gc_new_bytes(100000);
	gc_read_stats(&b);
	EXPECT_EQ(t, b.mallocs - a.mallocs, 1001);
	EXPECT_EQ(t, b.total_alloc - a.total_alloc, 64 * 1000 + 25 * 4096);
	EXPECT_EQ(t, b.heap_alloc - a.heap_alloc, 64 * 1000 + 25 * 4096);
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, b.frees - a.frees, 1001);
	EXPECT_EQ(t, b.heap_alloc, a.heap_alloc);
	EXPECT_EQ(t, b.heap_live, 0);
	EXPECT_EQ(t, b.num_gc, a.num_gc + 1);
	world_leave(&m);
}

/* ---- marking ---- */

KTEST(gc_heap, a_word_that_leads_to_a_free_slot_revives_nothing)
{
	struct mutator m;
	struct pair *p, *q;

	world_enter(&m);
	p = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)p;
	q = gc_new(&pair_type);
	gc_local_flush(m.local);
	EXPECT(t, allocated(q) && !allocated(q + 1));
	gc_check_heap();		/* SPAN-3 of what came back unused */
	gc_collect();			/* q is free now, p's span stays */
	EXPECT(t, allocated(p) && !allocated(q));
	for (int i = 1; i < MUTATOR_ROOTS; i++)
		m.roots[i] = (uintptr_t)(q + i - 1);
	gc_collect();
	EXPECT(t, !allocated(q));
	EXPECT_EQ(t, objects(), 1);
	gc_check_heap();
	memset(m.roots, 0, sizeof(m.roots));
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, a_pointer_past_the_end_is_no_harm)
{
	struct mutator m;
	struct pair *p;

	world_enter(&m);
	p = gc_new_array(&pair_type, 4);
	m.roots[0] = (uintptr_t)p;
	gc_store(&p[0].p, p + 4);
	gc_collect();
	gc_check_heap();
	EXPECT_EQ(t, objects(), 1);
	for (int i = 0; i < 3000; i++)
		gc_new_array(&pair_type, 4);
	m.roots[0] = 0;
	gc_collect();
	gc_check_heap();
	world_leave(&m);
}

KTEST(gc_heap, words_that_are_no_pointers_keep_nothing)
{
	struct mutator m;
	struct pair *p;
	void **bytes;

	world_enter(&m);
	p = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)p;
	p->n = (long)gc_new(&pair_type);
	bytes = gc_new_bytes(64);
	m.roots[1] = (uintptr_t)bytes;
	bytes[0] = gc_new(&pair_type);
	gc_collect();
	EXPECT_EQ(t, objects(), 2);
	m.roots[0] = m.roots[1] = 0;
	gc_collect();
	world_leave(&m);
}

/* A list through one member, longer than any stack would bear. */
KTEST(gc_heap, a_long_list_is_marked)
{
	enum { N = 200000 };
	struct mutator m;
	uint32_t n = 0;

	world_enter(&m);
	for (int i = 0; i < N; i++) {
		struct node *x = gc_new(&node_type);

		gc_store(&x->right, (struct node *)m.roots[0]);
		m.roots[0] = (uintptr_t)x;
	}
	gc_collect();
	for (struct node *x = (void *)m.roots[0]; x != NULL; x = x->right)
		n++;
	EXPECT_EQ(t, n, N);
	EXPECT_EQ(t, objects(), N);
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

/* An array of arrays: far more grey objects at once than buffers hold. */
static void
build_fan(struct mutator *m, uint32_t width)
{
	void **top = gc_new_array(&gc_ptr_type, width);

	m->roots[0] = (uintptr_t)top;
	for (uint32_t i = 0; i < width; i++) {
		struct node *n = gc_new(&node_type);

		gc_store(&top[i], n);
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
	world_page_fail(1, true);
}

static void
pages_again(void)
{
	world_page_fail(0, false);
}

/* Collect with all page allocations failing while it marks. */
static void
collect_without_pages(struct ktest *t)
{
	/* relaxed: only collections change it. */
	uint64_t rescans = load_relaxed(&work.rescans);

	gc_collect();
	world_before_mark = no_more_pages;
	gc_collect_from(gc_cycles());
	world_before_mark = NULL;
	pages_again();
	EXPECT(t, load_relaxed(&work.rescans) > rescans);
	sweep_all();
	gc_check_heap();
}

KTEST(gc_heap, marking_without_memory_for_buffers_finds_everything) /* WORK-2 */
{
	enum { WIDTH = PERTURB ? 5000 : 20000 };
	struct mutator m;

	world_enter(&m);
	for (world_helpers = 0; world_helpers < 4; world_helpers++) {
		build_fan(&m, WIDTH);
		collect_without_pages(t);
		EXPECT_EQ(t, objects(), 1 + 4 * WIDTH);
		m.roots[0] = 0;
		gc_collect();
		EXPECT_EQ(t, objects(), 0);
	}
	world_helpers = -1;
	world_leave(&m);
}

/*
 * A fan of fans, in which the walk that makes up for the first overflow meets
 * the arrays after the nodes they hold, and overflows again.
 */
KTEST(gc_heap, it_walks_the_heap_again_until_no_buffer_was_wanting)
{
	enum { WIDTH = 2600, WIDE = 10, EACH = 3000 };
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
	m.roots[0] = 0;
	rescans = load_relaxed(&work.rescans);
	collect_without_pages(t);
	EXPECT(t, load_relaxed(&work.rescans) >= rescans + 2);
	EXPECT_EQ(t, objects(), 1 + WIDTH + 2 * WIDE * EACH);
	m.roots[1] = 0;
	world_helpers = -1;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, grey_buffers_are_given_back)
{
	struct mutator m;
	size_t out;

	world_enter(&m);
	build_fan(&m, 5000);
	gc_collect();
	out = world_pages_out();
	for (int i = 0; i < 20; i++)
		gc_collect();
	EXPECT_EQ(t, world_pages_out(), out);
	m.roots[0] = 0;
	gc_collect();
	world_leave(&m);
}

/* ---- the barrier ---- */

static bool
marked(const void *p)
{
	struct span *s = span_of((uintptr_t)p);

	return !span_white(s, span_index(s, (uintptr_t)p));
}

/* Leave marking by hand: forget grey objects, make all white. */
static void
unmark_span(struct span *s, void *arg)
{
	(void)arg;
	for (uint32_t w = 0; w <= s->nslots / 64; w++)
		store_relaxed(&s->white[w].bits,
		    load_relaxed(&s->alloc[w].bits));
}

static void
abandon_marking(struct mutator *m)
{
	store_relaxed(&heap.phase, GC_OFF);
	m->local->work.greys.top = m->local->work.greys.lo;
	span_each(unmark_span, NULL);
}

KTEST(gc_heap, a_store_shades_old_and_new_only_while_marking)
{
	struct mutator m;
	struct pair *a, *b, *c;

	world_enter(&m);
	a = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)a;
	b = gc_new(&pair_type);
	gc_store(&a->p, b);
	c = gc_new(&pair_type);
	world_stop();
	gc_store(&a->p, c);
	gc_store(&a->p, b);
	EXPECT(t, !marked(a) && !marked(b) && !marked(c));
	store_relaxed(&heap.phase, GC_MARK);
	gc_store(&a->p, c);
	EXPECT(t, a->p == c);
	EXPECT(t, !marked(a) && marked(b) && marked(c));
	abandon_marking(&m);
	world_start();
	world_leave(&m);
}

KTEST(gc_heap, bulk_moves_shade_what_they_overwrite_and_copy)
{
	enum { N = 10 };
	struct mutator m;
	struct pair *a, *b;

	world_enter(&m);
	a = gc_new_array(&pair_type, N);
	m.roots[0] = (uintptr_t)a;
	b = gc_new_array(&pair_type, N);
	m.roots[1] = (uintptr_t)b;
	for (int i = 0; i < N; i++) {
		gc_store(&a[i].p, gc_new(&pair_type));
		gc_store(&b[i].p, gc_new(&pair_type));
		a[i].n = i;
		b[i].n = 100 + i;
	}
	world_stop();
	store_relaxed(&heap.phase, GC_MARK);
	void *old = b[3].p, *beside = b[2].p;

	gc_move(&pair_type, b + 3, a, 2);
	EXPECT(t, b[3].p == a[0].p && b[4].p == a[1].p && b[4].n == 1);
	EXPECT(t, marked(old) && marked(a[0].p) && marked(a[1].p));
	EXPECT(t, !marked(beside) && !marked(a[2].p));
	gc_clear(&pair_type, a + 5, 1);
	EXPECT(t, a[5].p == NULL && a[5].n == 0 && a[6].n == 6);
	abandon_marking(&m);
	world_start();
	/* Overlapping, both ways. */
	for (int i = 0; i < N; i++)
		a[i].n = i;
	gc_move(&pair_type, a + 1, a, 8);
	for (int i = 1; i < 9; i++)
		EXPECT_EQ(t, a[i].n, i - 1);
	gc_move(&pair_type, a, a + 1, 8);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(t, a[i].n, i);
	m.roots[0] = m.roots[1] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

/* ---- memory that runs out ---- */

KTEST(gc_heap, try_returns_null_and_later_memory_is_back)
{
	struct mutator m;
	struct node *n;
	uint32_t made = 0, again = 0;

	world_enter(&m);
	gc_collect();
	world_page_budget(world_pages_out() + 500);
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
	world_page_budget(1 << 16);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
}

static void
expect_no_page_lost(struct ktest *t)
{
	struct gc_stats s;

	gc_read_stats(&s);
	EXPECT_EQ(t, s.heap_sys / PAGE_SIZE, world_pages_out());
}

KTEST(gc_heap, any_page_allocation_may_fail)
{
	struct mutator m;

	world_enter(&m);
	for (uint64_t nth = 1; nth < 60; nth += PERTURB ? 13 : 1)
		for (int all = 0; all < 2; all++) {
			uint32_t count = 0, kept = 0;

			gc_collect();
			world_page_fail(nth, all);
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
			world_page_fail(0, false);
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

KTEST(gc_heap, pages_without_a_record_go_back)
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
		/* The first is for the object, a second for its record. */
		world_page_fail(2, true);
		all[i] = gc_try_new_bytes(SIZECLASS_MAX + 1);
		refused += all[i] == NULL;
		world_page_fail(0, false);
		if (all[i] == NULL)
			all[i] = gc_new_bytes(SIZECLASS_MAX + 1);
	}
	EXPECT(t, refused > 0);
	expect_no_page_lost(t);
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	expect_no_page_lost(t);
	world_leave(&m);
}

KTEST(gc_heap, a_memory_limit_makes_it_collect_in_time)
{
	struct gc_stats before, s;
	struct mutator m;
	uint64_t limit, most = 0;

	world_enter(&m);
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
	gc_collect();
	world_leave(&m);
}

KTEST(gc_heap, gogc_says_how_often)
{
	struct gc_stats a, b;
	struct mutator m;

	world_enter(&m);
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
		EXPECT(t, b.num_gc - a.num_gc >= 24U * 25 / percent - 2);
		EXPECT(t, b.num_gc - a.num_gc <= 25U * 25 / percent + 1);
	}
	gc_set_percent(100);
	gc_collect();
	world_leave(&m);
}

KTEST(gc_heap, pages_go_back_when_nothing_is_alive)
{
	struct gc_stats a, b;
	struct mutator m;
	size_t out;

	world_enter(&m);
	gc_collect();
	gc_read_stats(&a);
	out = world_pages_out();
	build_fan(&m, 5000);
	gc_new_bytes(1 << 20);
	m.roots[0] = 0;
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, objects(), 0);
	/* What stays are records and tables. */
	EXPECT(t, world_pages_out() - out <= (5000 * 4 / 64 + 256) / 10);
	EXPECT(t, b.pages_released - a.pages_released >= 5000 * 4 / 64 + 256);
	expect_no_page_lost(t);
	world_leave(&m);
}

/* ---- several mutators ---- */

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

/* fn on every hart, which may meet(). */
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

KTEST(gc_heap, who_waits_for_the_world_takes_a_collection_that_ran_meanwhile)
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

/* Also what others were just sweeping when it looked: SWEEP-3. */
KTEST(gc_heap, gc_collect_returns_when_all_is_free)
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

KTEST(gc_heap, sweeping_here_and_allocating_there_get_along)	/* SWEEP-3 */
{
	struct mutator m;

	ktest_on_every_hart(t, sweep_and_allocate);
	world_enter(&m);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	gc_check_heap();
	world_leave(&m);
}

/* ---- what is refused ---- */

/* Run fn in a child; it must panic with text in its last words. */
static void
expect_panic(struct ktest *t, void (*fn)(void), const char *text)
{
	char    said[4096] = "";
	int     fds[2], status;
	size_t  len = 0;
	ssize_t n;
	pid_t   child;

	if (pipe(fds) != 0 || (child = fork()) < 0) {
		ktest_fail(t, __FILE__, __LINE__, "no fork");
		return;
	}
	if (child == 0) {
		dup2(fds[1], 2);
		dup2(fds[1], 1);
		fn();
		_exit(0);
	}
	close(fds[1]);
	while (len < sizeof(said) - 1 &&
	    (n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	waitpid(child, &status, 0);
	EXPECT(t, !WIFEXITED(status) || WEXITSTATUS(status) != 0);
	if (strstr(said, text) == NULL)
		ktest_fail(t, __FILE__, __LINE__, "no '%s' in '%.200s'", text,
		    said);
}

static void
new_of_size_0(void)
{
	static const struct gc_type type = { .string = "hollow" };

	gc_new(&type);
}

static void
new_with_too_much_ptrdata(void)
{
	static const struct gc_type type = { .size = 16, .ptrdata = 24,
		.gcdata = (const uint8_t *)"\7", .string = "overfull" };

	gc_new(&type);
}

static void
new_array_that_overflows(void)
{
	gc_new_array(&node_type, SIZE_MAX / 8);
}

static void
run_out(void)
{
	world_page_budget(0);
	gc_new_bytes(1 << 20);
}

static void
write_beyond(void)
{
	struct pair *p = gc_new(&pair_type);

	p[1].n = 7;		/* into what nobody has yet */
	gc_check_heap();
}

KTEST(gc_heap, bad_requests_end_with_a_message_that_names_them)
{
	struct mutator m;

	world_enter(&m);
	expect_panic(t, new_of_size_0, "type hollow");
	expect_panic(t, new_with_too_much_ptrdata, "type overfull");
	expect_panic(t, new_array_that_overflows, "x node of 64 bytes");
	expect_panic(t, run_out, "out of memory");
	expect_panic(t, write_beyond, "RUN-3");
	world_leave(&m);
}
