/*
 * gc_heap.c - the parts of the heap one by one, on the host.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gc/chunk.h"
#include "gc/heap.h"
#include "gc/local.h"
#include "gc/ptrmap.h"
#include "kernel/page.h"
#include "lib/bits.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

struct tail {
	char text[24];
};
struct odd {
	void   *p;
	int32_t n, m;
	void   *q[3];
	struct {
		long  n;
		void *p;
	} in;
};
GC_TYPE(odd, p, q, in.p);
GC_TYPE_NOPTR(tail);

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
				.mixed = true,
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

/* A descriptor from elsewhere: gcdata anywhere, and other things behind it. */
KTEST(gc_heap, a_map_at_any_address_is_read_right)
{
	uint8_t bytes[40] ALIGNED(8);
	struct gc_type type = { .gcdata = bytes + 8 };
	struct gc_type odd = { .gcdata = bytes + 11 };

	for (size_t nwords = 0; nwords < 200; nwords++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)rand_u32(&t->rand);
		memmove(bytes + 11, bytes + 8, 25);
		odd.size = odd.ptrdata = nwords * 8;
		for (size_t w = 0; w < 256; w++) {
			bool want = w < nwords &&
			    (odd.gcdata[w / 8] >> (w % 8) & 1);

			EXPECT(t, (ptrmap_of_type(&odd, w / 64) >> (w % 64) &
			    1) == want);
		}
		memmove(bytes + 8, bytes + 11, 25);
		type.size = type.ptrdata = nwords * 8;
		for (size_t w = 0; w < 256; w++) {
			bool want = w < nwords &&
			    (type.gcdata[w / 8] >> (w % 8) & 1);

			EXPECT(t, (ptrmap_of_type(&type, w / 64) >> (w % 64) &
			    1) == want);
		}
	}
}

KTEST(gc_heap, runs_of_chunks_are_aligned_apart_and_all_go_back) /* CHUNK-1 */
{
	enum { N = 400 };
	static struct {
		uintptr_t     at;
		size_t        npages;
		struct chunk *chunk;
	} runs[N];
	struct mutator m;
	size_t out;

	world_enter(&m);
	gc_collect();
	out = world_pages_out();
	for (int round = 0; round < 8000; round++) {
		int    i = (int)rand_below(&t->rand, N);
		size_t npages = 1UL << rand_below(&t->rand, 6);

		if (runs[i].at != 0) {
			uint64_t *p = (uint64_t *)runs[i].at;

			EXPECT_EQ(t, p[0], i);
			EXPECT_EQ(t, p[runs[i].npages * 512 - 1], i);
			chunk_free(p, runs[i].npages, runs[i].chunk);
			runs[i].at = 0;
		} else {
			uint64_t *p = chunk_alloc(npages, SIZE_MAX,
			    &runs[i].chunk);

			p[0] = p[npages * 512 - 1] = (uint64_t)i;
			EXPECT_EQ(t, (uintptr_t)p % PAGE_SIZE, 0);
			runs[i].at = (uintptr_t)p;
			runs[i].npages = npages;
		}
		if (round % 61 == 0) {
			size_t keep = rand_below(&t->rand, 500);

			chunk_release(keep);
			EXPECT(t, chunk_free_pages() <= keep);
		}
		if (round % 100 == 0)
			chunk_check();
	}
	for (int i = 0; i < N; i++)
		if (runs[i].at != 0)
			chunk_free((void *)runs[i].at, runs[i].npages,
			    runs[i].chunk);
	memset(runs, 0, sizeof(runs));
	EXPECT_EQ(t, chunk_free_pages(), 0);
	/* Records of chunks are kept. */
	EXPECT(t, world_pages_out() - out <= 8);
	world_leave(&m);
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
	m.roots[0] = (uintptr_t)gc_new(&node_type);
	gc_store((void **)m.roots[0], gc_new_bytes(40000));
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, b.heap_live, 64 + 10 * 4096);
	EXPECT_EQ(t, b.heap_alloc, a.heap_alloc + 64 + 10 * 4096);
	m.roots[0] = 0;
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, b.num_gc, a.num_gc + 3);
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
	struct pair *a, *b, *c, *d, *e;

	world_enter(&m);
	a = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)a;
	b = gc_new(&pair_type);
	gc_store(&a->p, b);
	c = gc_new(&pair_type);
	d = gc_new(&pair_type);
	e = gc_new(&pair_type);
	gc_store(&c->p, d);
	world_stop();
	gc_store(&a->p, c);
	gc_store(&a->p, b);
	EXPECT(t, !marked(a) && !marked(b) && !marked(c));
	store_relaxed(&heap.phase, GC_MARK);
	gc_store(&a->p, c);
	EXPECT(t, a->p == c);
	EXPECT(t, !marked(a) && marked(b) && marked(c));
	/* Either alone is enough. */
	gc_store(&c->p, NULL);
	EXPECT(t, marked(d) && !marked(e));
	gc_store(&c->p, e);
	EXPECT(t, marked(e));
	abandon_marking(&m);
	world_start();
	world_leave(&m);
}

KTEST(gc_heap, what_is_allocated_while_marking_is_black)	/* RUN-2 */
{
	struct mutator m;

	world_enter(&m);
	gc_local_flush(m.local);
	world_stop();
	store_relaxed(&heap.phase, GC_MARK);
	EXPECT(t, marked(gc_alloc(&node_type, 1, GC_NOTRIGGER)));
	EXPECT(t, marked(gc_alloc(&gc_ptr_type, 9, GC_NOTRIGGER)));
	EXPECT(t, marked(gc_alloc(&gc_ptr_type, 9000, GC_NOTRIGGER)));
	gc_local_flush(m.local);
	gc_check_heap();
	abandon_marking(&m);
	world_start();
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, a_flush_hands_over_what_the_barrier_shaded)
{
	struct mutator m;
	struct pair *a;

	world_enter(&m);
	a = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)a;
	gc_store(&a->p, gc_new(&pair_type));
	world_stop();
	store_relaxed(&heap.phase, GC_MARK);
	gc_clear(&pair_type, a, 1);
	/* relaxed: the world is stopped. */
	EXPECT_EQ(t, load_relaxed(&work.nfull), 0);
	gc_local_flush(m.local);
	EXPECT_EQ(t, load_relaxed(&work.nfull), 1);
	EXPECT(t, m.local->work.buf == NULL);
	/* The next marking takes it from there. */
	abandon_marking(&m);
	world_start();
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, load_relaxed(&work.nfull), 0);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
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

	world_quiet();
	if (pipe(fds) != 0 || (child = fork()) < 0) {
		ktest_fail(t, __FILE__, __LINE__, "no fork");
		return;
	}
	if (child == 0) {
		dup2(fds[1], 2);
		dup2(fds[1], 1);
		/* The collector's threads are not here. */
		gc_params.stop_world = true;
		world_helpers = 0;
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
