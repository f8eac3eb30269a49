/*
 * test_slice.c - slices, arrays of impossible length, and moves of pointers
 * while they are marked.
 *
 * Covers runtime/api/slice.c, gc_move and gc_clear of gc/barrier.c.  Links the
 * whole runtime.
 */
#include "gc/gc.h"
#include "lib/str.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"
#include "tests/unit/wild.h"

enum { N = 16 };

/* Two pointers with something between that looks like one. */
struct elem {
	struct elem *a;
	uint64_t     number;
	struct elem *b;
};
GC_TYPE(elem, a, b);

static struct slice root;		/* a root */

static void
make_root(void)
{
	ROOT_ONCE(root.ptr);
	root = (struct slice){ 0 };
}

KTEST(slice, a_slice_grows_as_in_go_and_keeps_its_elements)
{
	size_t caps = 0, last = 0;

	make_root();
	for (int64_t i = 0; i < 5000; i++) {
		struct slice to = slice_append(&gc_int_type, root, &i, 1);

		EXPECT(t, to.len == (size_t)i + 1 && to.cap >= to.len);
		if (to.cap != last) {
			EXPECT(t, to.ptr != root.ptr);
			EXPECT(t, last == 0 || last > 256 ||
			    to.cap >= 2 * last);
			EXPECT(t, to.cap >= last + last / 4);
			last = to.cap;
			caps++;
		}
		gc_store(&root.ptr, to.ptr);
		root.len = to.len;
		root.cap = to.cap;
		if (i % 1000 == 0)
			gc_collect();
	}
	EXPECT(t, caps < 30);
	for (size_t i = 0; i < root.len; i++)
		EXPECT_EQ(t, *(int64_t *)slice_at(&gc_int_type, root, i), i);
	gc_store(&root.ptr, NULL);
}

KTEST(slice, the_rest_of_its_room_is_zero_and_has_a_true_map)
{
	struct elem e = { .number = 7 };
	struct slice s = { 0 };

	make_root();
	s = slice_append(&elem_type, s, &e, 1);
	s = slice_append(&elem_type, s, &e, 1);
	s = slice_append(&elem_type, s, &e, 1);
	gc_store(&root.ptr, s.ptr);
	s = slice_sub(&elem_type, s, 0, s.cap);
	for (size_t i = 3; i < s.cap; i++) {
		struct elem *x = slice_at(&elem_type, s, i);

		EXPECT(t, x->a == NULL && x->b == NULL && x->number == 0);
		gc_store(&x->b, gc_new(&elem_type));
		x->b->number = 100 + i;
	}
	wipe_stack();
	gc_params.poison = true;
	gc_collect();
	gc_params.poison = DEBUG;
	for (size_t i = 3; i < s.cap; i++)
		EXPECT_EQ(t, ((struct elem *)slice_at(&elem_type, s, i))->b
		    ->number, 100 + i);
	gc_check_heap();
	gc_store(&root.ptr, NULL);
}

KTEST(slice, a_subslice_shares_elements_until_it_grows)
{
	int64_t      v = 5;
	struct slice s = slice_make(&gc_int_type, 3, 10), sub, more;

	sub = slice_sub(&gc_int_type, s, 1, 5);
	EXPECT_EQ(t, sub.len, 4);
	EXPECT_EQ(t, sub.cap, 9);
	more = slice_append(&gc_int_type, slice_sub(&gc_int_type, s, 0, 1), &v,
	    1);
	EXPECT(t, more.ptr == s.ptr);
	EXPECT_EQ(t, *(int64_t *)slice_at(&gc_int_type, sub, 0), 5);
	/* Of itself, with and without growing. */
	more = slice_append(&gc_int_type, s, s.ptr, 3);
	EXPECT_EQ(t, *(int64_t *)slice_at(&gc_int_type, more, 4), 5);
	more = slice_append(&gc_int_type, more, more.ptr, 6);
	EXPECT_EQ(t, *(int64_t *)slice_at(&gc_int_type, more, 10), 5);
	EXPECT(t, more.ptr != s.ptr);
	EXPECT_EQ(t, slice_copy(&gc_int_type, sub, more), 4);
	slice_clear(&gc_int_type, s);
	EXPECT_EQ(t, *(int64_t *)slice_at(&gc_int_type, s, 1), 0);
	/* An empty end points to nothing of others. */
	sub = slice_sub(&gc_int_type, s, 10, 10);
	EXPECT(t, sub.ptr == s.ptr && sub.cap == 0);
}

/* ---- what is out of range ---- */

static void
at_3(void *s)
{
	slice_at(&gc_int_type, *(struct slice *)s, 3);
}

static void
sub_beyond(void *s)
{
	slice_sub(&gc_int_type, *(struct slice *)s, 0, 11);
}

static void
sub_turned(void *s)
{
	slice_sub(&gc_int_type, *(struct slice *)s, 5, 4);
}

static void
make_turned(void *unused)
{
	(void)unused;
	slice_make(&gc_int_type, 2, 1);
}

static void
make_huge(void *unused)
{
	(void)unused;
	gc_new_array(&elem_type, SIZE_MAX / 8);
}

static void
make_half(void *unused)
{
	(void)unused;
	gc_new_array(&elem_type, SIZE_MAX / 2 / sizeof(struct elem) + 1);
}

static void
append_huge(void *s)
{
	slice_append(&elem_type, *(struct slice *)s, NULL, SIZE_MAX);
}

static void
move_huge(void *s)
{
	gc_move(&elem_type, s, s, SIZE_MAX / 8);
}

KTEST(slice, an_index_out_of_range_panics_with_the_words_of_go)
{
	struct slice s = slice_make(&gc_int_type, 3, 10);
	static const struct {
		void      (*fn)(void *);
		const char *text;
	} tries[] = {
		{ at_3, "runtime error: index out of range [3] with length 3" },
		{ sub_beyond, "runtime error: slice bounds out of range [:11] "
		    "with capacity 10" },
		{ sub_turned,
		    "runtime error: slice bounds out of range [5:4]" },
		{ make_turned, "runtime error: makeslice: cap out of range" },
		{ make_huge, "runtime error: makeslice: len out of range" },
		{ make_half, "runtime error: makeslice: len out of range" },
		{ append_huge, "runtime error: growslice: len out of range" },
		{ move_huge, "runtime error: slice bounds out of range" },
	};

	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		struct panic_info why = { .text = "none" };

		EXPECT(t, !try_call(tries[i].fn, &s, &why));
		if (strncmp(why.text, tries[i].text,
		    strlen(tries[i].text)) != 0)
			ktest_fail(t, __FILE__, __LINE__, "%s", why.text);
	}
	EXPECT(t, gc_try_new_array(&elem_type, SIZE_MAX / 8) == NULL);
}

/* ---- moving while it is marked ---- */

static uintptr_t hidden[2 * N];		/* no root: complements */

static NOINLINE void
fill(void)
{
	gc_store(&root.ptr, gc_new_array(&elem_type, 2 * N));
	root.len = root.cap = 2 * N;
	for (size_t i = 0; i < 2 * N; i++) {
		struct elem *e = slice_at(&elem_type, root, i);

		gc_store(&e->b, gc_new(&elem_type));
		e->b->number = i;
		hidden[i] = hide(e->b);
		/* Not a pointer, whatever it looks like. */
		e->number = (uintptr_t)gc_new(&elem_type);
	}
	wipe_stack();
}

/* One half over the other, one element to the side, and half of it zeroed: all
 * white, while nobody else marks. */
static void
tell_move(struct ktest *t, size_t to, size_t from)
{
	uint32_t wild = wild_mute();	/* the numbers are addresses */
	struct elem *e;

	make_root();
	gc_collect();
	fill();
	e = root.ptr;
	held_cycle_begin();
	gc_move(&elem_type, e + to, e + from, N);
	gc_clear(&elem_type, e + 3, 2);
	held_cycle_end();
	EXPECT_EQ(t, hidden_count_alive(hidden, 2 * N), 2 * N);
	for (size_t i = 0; i < N; i++)
		if (to + i != 3 && to + i != 4)
			EXPECT_EQ(t, e[to + i].b->number, from + i);
	/* And afterwards: overwritten is dead, numbers kept nothing. */
	gc_collect();
	EXPECT(t, hidden_count_alive(hidden, 2 * N) < 2 * N);
	gc_check_heap();
	gc_store(&root.ptr, NULL);
	wild_unmute(wild);
}

KTEST(slice, a_slice_moved_and_cleared_while_marking_loses_nothing)
{
	gomaxprocs(1);
	tell_move(t, 1, 0);
	tell_move(t, 0, 1);
	tell_move(t, N, 0);
	gomaxprocs(num_hart());
}
