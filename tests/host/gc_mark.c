/*
 * gc_mark.c - what marking reaches, and what the barrier shades, on the host.
 */
#include <string.h>

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/mark_value.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

/* ---- marking ---- */

KTEST(gc_mark, a_word_that_leads_to_a_free_slot_revives_nothing)
{
	struct mutator m;
	struct pair *p, *q;

	world_enter(&m);
	p = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)p;
	q = gc_new(&pair_type);
	gc_local_flush(m.local);
	EXPECT(t, allocated(q) && !allocated(q + 1));
	gc_check_heap();		/* SPAN-3 for slots given back */
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

KTEST(gc_mark, a_pointer_past_the_end_is_no_harm)
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

KTEST(gc_mark, a_pointer_past_the_end_keeps_the_object_from_a_stack_only)
{
	struct mutator m;
	struct pair *p, *holder;

	world_enter(&m);
	p = gc_new_array(&pair_type, 4);	/* fills its slot */
	m.roots[1] = (uintptr_t)(p + 4);
	gc_collect();
	EXPECT(t, allocated(p));
	holder = gc_new(&pair_type);
	m.roots[0] = (uintptr_t)holder;
	gc_store(&holder->p, p + 4);
	m.roots[1] = 0;
	gc_collect();
	EXPECT(t, allocated(holder) && !allocated(p));
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_mark, the_end_of_memory_leads_to_no_span)
{
	struct span_table table = table_for_ambiguous();

	EXPECT(t, page_hi - table.lo < table.len);
	EXPECT(t, page_hi + 1 - table.lo >= table.len);
	/* relaxed: nobody changes it. */
	EXPECT(t, load_relaxed(&span_slot_of(&table, page_hi)->span) ==
	    span_none);
}

KTEST(gc_mark, words_that_are_no_pointers_keep_nothing)
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

/* A list through one member, longer than a recursion on any stack could
 * follow. */
KTEST(gc_mark, a_long_list_is_marked)
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

static bool
marked(const void *p)
{
	struct span *s = span_of((uintptr_t)p);

	return !span_white(s, span_index(s, (uintptr_t)p));
}

/* A part of leaving marking by hand: make all objects of s white. */
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

KTEST(gc_mark, an_object_claimed_by_two_markers_is_counted_once)
{
	struct mutator m;
	struct claims one = { 0 }, two = { 0 };
	uint64_t of_one = 0, of_two = 0;
	struct pair *a, *b, *c;
	struct span *s;
	uintptr_t obj;

	world_enter(&m);
	a = gc_new(&pair_type);
	b = gc_new(&pair_type);
	c = gc_new(&pair_type);
	s = span_of((uintptr_t)a);
	EXPECT(t, span_of((uintptr_t)c) == s &&
	    span_index(s, (uintptr_t)a) / 64 ==
	    span_index(s, (uintptr_t)c) / 64);
	world_stop();
	store_relaxed(&heap.phase, GC_MARK);
#define CLAIM(who, p) \
	claim_new(&span_table, &who, &of_##who, (uintptr_t)(p), &obj, &s)
	/* The first object of a word is marked at once, the next ones are
	 * claimed. */
	EXPECT(t, CLAIM(one, a) && obj == (uintptr_t)a && marked(a));
	EXPECT(t, CLAIM(one, b) && obj == (uintptr_t)b && !marked(b));
	EXPECT(t, !CLAIM(one, a) && !CLAIM(one, b));
	/* The second marker does not see what the first one has claimed. */
	EXPECT(t, CLAIM(two, b) && marked(b));
	EXPECT(t, CLAIM(two, c) && !marked(c) && CLAIM(one, c));
	EXPECT_EQ(t, of_one, 3 * sizeof(*a));
	EXPECT_EQ(t, of_two, 2 * sizeof(*a));
	claims_publish(&one, &of_one);
	EXPECT(t, marked(c));
	claims_publish(&two, &of_two);
	EXPECT_EQ(t, of_one, 2 * sizeof(*a));
	EXPECT_EQ(t, of_two, 1 * sizeof(*a));
	claims_publish(&two, &of_two);		/* a second time: no change */
	EXPECT_EQ(t, of_two, 1 * sizeof(*a));
#undef CLAIM
	abandon_marking(&m);
	world_start();
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

/* ---- the barrier ---- */

KTEST(gc_mark, a_store_shades_old_and_new_only_while_marking)
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
	/* A store that has only an old or only a new value shades that
	 * value. */
	gc_store(&c->p, NULL);
	EXPECT(t, marked(d) && !marked(e));
	gc_store(&c->p, e);
	EXPECT(t, marked(e));
	abandon_marking(&m);
	world_start();
	world_leave(&m);
}

KTEST(gc_mark, an_object_allocated_while_marking_is_black)	/* RUN-2 */
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

KTEST(gc_mark, a_flush_hands_over_what_the_barrier_shaded)
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
	/* The next marking takes the full buffer. */
	abandon_marking(&m);
	world_start();
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, load_relaxed(&work.nfull), 0);
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_mark, bulk_moves_shade_what_they_overwrite_and_copy)
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
	/* Move overlapping ranges, in both directions. */
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
