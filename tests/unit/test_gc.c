/*
 * test_gc.c - the collector in the guest: real harts, stacks and memory.
 *
 * The host tests check what the collector does with each of its data
 * structures, to the last object (tests/host/gc_*.c).  Here stacks are scanned
 * conservatively.  So a test may demand of each object it holds that the object
 * is alive, but of garbage only that most of it is gone.  Links the whole
 * runtime.
 */
#include "gc/gc.h"
#include "lib/str.h"
#include "tests/unit/crowd.h"

struct tree {
	struct tree *left, *right;
	uint64_t     depth;
};
GC_TYPE(tree, left, right);

/* A type with pointers beyond its first 64 words, and with words that look like
 * pointers. */
struct chest {
	void        *lid;
	uint64_t     junk[80];
	struct tree *drawers[3];
};
GC_TYPE(chest, lid, drawers);

static NOINLINE struct tree *
grow(uint64_t depth)
{
	struct tree *t = gc_new(&tree_type);

	t->depth = depth;
	if (depth > 0) {
		gc_store(&t->left, grow(depth - 1));
		gc_store(&t->right, grow(depth - 1));
	}
	return t;
}

static uint64_t
count(const struct tree *t, uint64_t depth)
{
	if (t->depth != depth)
		return 0;
	return depth == 0 ? 1 :
	    1 + count(t->left, depth - 1) + count(t->right, depth - 1);
}

static uint64_t
live_after_collection(void)
{
	struct gc_stats s;

	gc_collect();
	gc_read_stats(&s);
	return s.heap_live;
}

static NOINLINE void
make_garbage(size_t nbytes)
{
	for (size_t made = 0; made < nbytes; made += 64 + 4096 + 65536) {
		gc_new_array(&gc_ptr_type, 8);
		gc_new_bytes(4096);
		gc_new_array(&tree_type, 65536 / sizeof(struct tree));
	}
}

KTEST(gc, garbage_is_freed_and_its_pages_go_back)
{
	struct gc_stats before, after;
	uint64_t live = live_after_collection();

	gc_read_stats(&before);
	make_garbage(8 * MIB);
	/* Stale words on the stack may keep a few objects alive. */
	EXPECT(t, live_after_collection() < live + MIB);
	gc_read_stats(&after);
	EXPECT(t, after.total_alloc - before.total_alloc >= 8 * MIB);
	EXPECT(t, after.frees > before.frees);
	EXPECT(t, after.pages_released - before.pages_released > 500);
	EXPECT(t, after.num_gc > before.num_gc);
	EXPECT(t, after.pause_total_ns > before.pause_total_ns);
	EXPECT(t, after.pause_max_ns <= after.pause_total_ns);
}

KTEST(gc, a_collection_begins_when_the_heap_has_doubled)
{
	struct gc_stats before, after;

	if (gc_params.every != 0) {
		ktest_skip(t, "GCEVERY is set");
		return;
	}
	/* Objects that are allocated while other harts mark count as live.  So
	 * the number of collections would depend on how fast those harts
	 * are. */
	gc_collect();
	gc_params.stop_world = true;
	gc_collect();
	gc_read_stats(&before);
	make_garbage(6 * before.heap_goal);
	gc_read_stats(&after);
	gc_params.stop_world = false;
	EXPECT(t, after.num_gc - before.num_gc >= 4);
	EXPECT(t, after.num_gc - before.num_gc <= 14);
}

static void
grow_and_count(struct ktest *t, uint32_t i)
{
	struct tree *kept = grow(10);

	for (uint64_t k = 0; k < 12; k++) {
		uint64_t depth = (i + k) % 8 + 4;

		EXPECT_EQ(t, count(grow(depth), depth), (2UL << depth) - 1);
		if (k % 4 == 0)
			yield();
	}
	EXPECT_EQ(t, count(kept, 10), (2UL << 10) - 1);
}

KTEST(gc, trees_of_many_goroutines_grow_whole)
{
	crowd_run(t, 16, grow_and_count);
	gc_check_heap();
}

KTEST(gc, trees_grow_whole_when_every_hundredth_allocation_collects)
{
	gc_params.every = 100;
	crowd_run(t, 4, grow_and_count);
	gc_params.every = 0;
	gc_check_heap();
}

/* ---- all kinds of objects, changing all the time ---- */

enum { SHELF = 150, CHANGES = 2500 };

/* What is on a shelf: its kind, its size or depth, and the pattern that fills
 * it. */
struct label {
	uint64_t kind, size, pattern;
};

static void
fill(struct rand *r, void **place, struct label *label)
{
	label->kind = rand_below(r, 3);
	label->pattern = rand_u32(r) | 1UL << 63;
	if (label->kind == 0) {
		label->size = 8 + rand_below(r, rand_below(r, 20) == 0 ?
		    100000 : 1000) / 8 * 8;
		gc_store(place, gc_new_bytes(label->size));
		for (size_t w = 0; w < label->size / 8; w++)
			((uint64_t *)*place)[w] = label->pattern + w;
	} else if (label->kind == 1) {
		label->size = rand_below(r, 6);
		gc_store(place, (void *)grow(label->size));
	} else {
		struct chest *c = gc_new(&chest_type);

		gc_store(place, (void *)c);
		label->size = rand_below(r, 3);
		for (size_t w = 0; w < ARRAY_LEN(c->junk); w++)
			c->junk[w] = label->pattern + w;
		for (int d = 0; d < 3; d++)
			gc_store(&c->drawers[d], grow(label->size));
	}
}

static bool
as_labelled(const void *object, const struct label *label)
{
	const struct chest *c = object;
	uint64_t nodes = (2UL << label->size) - 1;

	if (label->kind == 1)
		return count(object, label->size) == nodes;
	if (label->kind == 0) {
		for (size_t w = 0; w < label->size / 8; w++)
			if (((const uint64_t *)object)[w] != label->pattern + w)
				return false;
		return true;
	}
	for (size_t w = 0; w < ARRAY_LEN(c->junk); w++)
		if (c->junk[w] != label->pattern + w)
			return false;
	for (int d = 0; d < 3; d++)
		if (count(c->drawers[d], label->size) != nodes)
			return false;
	return c->lid == NULL;
}

static void
keep_a_shelf(struct ktest *t, uint32_t i)
{
	struct rand   r;
	void        **shelf = gc_new_array(&gc_ptr_type, SHELF);
	struct label *labels = gc_new_bytes(SHELF * sizeof(*labels));

	rand_seed(&r, t->seed + i);
	for (uint32_t n = 0; n < CHANGES && !ktest_failed(t); n++) {
		uint32_t at = rand_below(&r, SHELF);

		if (shelf[at] != NULL && !as_labelled(shelf[at], &labels[at]))
			ktest_fail(t, __FILE__, __LINE__,
			    "object %u of kind %lu at %p has changed", at,
			    labels[at].kind, shelf[at]);
		fill(&r, &shelf[at], &labels[at]);
		if (n % 500 == i % 500)
			gc_collect();
	}
	for (int at = 0; at < SHELF; at++)
		EXPECT(t, shelf[at] == NULL ||
		    as_labelled(shelf[at], &labels[at]));
}

KTEST(gc, objects_of_all_kinds_keep_their_contents)
{
	crowd_run(t, 6, keep_a_shelf);
	gc_check_heap();
}

/* ---- limits ---- */

KTEST(gc, a_memory_limit_is_kept)
{
	struct gc_stats s;
	uint64_t limit, sys;
	int      percent;

	gc_collect();
	gc_read_stats(&s);
	sys = s.heap_sys + 4 * MIB;
	limit = gc_set_limit(sys);
	percent = gc_set_percent(-1);
	for (int i = 0; i < 20; i++) {
		make_garbage(MIB);
		gc_read_stats(&s);
		EXPECT(t, s.heap_sys <= sys);
	}
	EXPECT_EQ(t, gc_set_percent(percent), -1);
	EXPECT_EQ(t, gc_set_limit(limit), sys);
	EXPECT_EQ(t, gc_set_limit(0), limit);
}

/* Take all memory in a chain of blocks, then take the chain apart: otherwise a
 * stale word, as in a register that the next goroutine finds, would keep all of
 * it.  Returns whether at least one block was had, and all were found again. */
static NOINLINE bool
take_all_memory(void)
{
	struct link { struct link *next; char rest[MIB - 8]; };
	GC_TYPE(link, next);
	struct link *chain = NULL, *l, *next;
	size_t n = 0, found = 0;

	while ((l = gc_try_new(&link_type)) != NULL) {
		gc_store(&l->next, chain);
		chain = l;
		n++;
	}
	for (l = chain; l != NULL; l = next) {
		next = l->next;
		gc_store(&l->next, NULL);
		found++;
	}
	return found == n && n > 0;
}

static void
take_all_memory_and_end(struct ktest *t, uint32_t i)
{
	(void)i;
	EXPECT(t, take_all_memory());
}

KTEST(gc, a_try_gives_up_when_ram_is_full_and_succeeds_later)
{
	/* This runs in a goroutine of its own, because stale words on the stack
	 * of the test might keep the chain alive. */
	crowd_run(t, 1, take_all_memory_and_end);
	EXPECT(t, gc_try_new_bytes(SIZE_MAX / 2) == NULL);
	EXPECT(t, gc_try_new_array(&tree_type, SIZE_MAX / 16) == NULL);
	gc_collect();
	EXPECT(t, gc_try_new_bytes(4 * MIB) != NULL);
	gc_check_heap();
}

/* ---- the rest of the interface ---- */

KTEST(gc, an_address_leads_to_its_object)
{
	struct gc_object o;
	char *p = gc_new_bytes(100), *large = gc_new_bytes(100000);

	EXPECT(t, gc_find_object(p + 99, &o) && o.base == p && o.allocated);
	EXPECT_EQ(t, o.size, 112);
	EXPECT(t, gc_find_object(large + 99999, &o) && o.base == large);
	EXPECT(t, !gc_find_object(&o, &o));
	EXPECT(t, !gc_find_object(NULL, &o));
	EXPECT(t, !gc_find_object(gc_new_bytes(0), &o));
}

KTEST(gc, move_and_clear_are_memmove_and_memset)
{
	struct tree *a = gc_new_array(&tree_type, 10);

	for (uint64_t i = 0; i < 10; i++) {
		a[i].depth = i;
		gc_store(&a[i].left, &a[9 - i]);
	}
	gc_move(&tree_type, a + 2, a, 6);
	for (uint64_t i = 2; i < 8; i++)
		EXPECT(t, a[i].depth == i - 2 && a[i].left == &a[11 - i]);
	gc_move(&tree_type, a, a + 2, 6);
	for (uint64_t i = 0; i < 6; i++)
		EXPECT(t, a[i].depth == i && a[i].left == &a[9 - i]);
	gc_clear(&tree_type, a + 1, 2);
	EXPECT(t, a[0].left == &a[9] && a[3].left == &a[6]);
	EXPECT(t, a[1].left == NULL && a[2].left == NULL && a[2].depth == 0);
}

static void no_cleanup(void *unused) { (void)unused; }

KTEST(gc, objects_of_no_bytes_are_one_that_lasts)
{
	void *empty = gc_new(&gc_empty_type);
	struct slice s = slice_make(&gc_empty_type, 3, INT64_MAX);
	struct weak w = weak_make(empty);
	struct chan *c = chan_make(&gc_empty_type, INT64_MAX - 1);

	EXPECT(t, empty != NULL && gc_new_bytes(0) == empty);
	EXPECT(t, gc_new_array(&gc_empty_type, INT64_MAX) == empty);
	EXPECT(t, gc_try_new(&gc_empty_type) == empty);
	EXPECT(t, s.len == 3 && s.cap == INT64_MAX);
	s = slice_append(&gc_empty_type, s, empty, 1000);
	EXPECT_EQ(t, s.len, 1003);
	s = slice_append(&gc_empty_type, (struct slice){ 0 }, empty, 5);
	EXPECT_EQ(t, slice_copy(&gc_empty_type, s, s), 5);
	gc_move(&gc_empty_type, empty, empty, 7);
	gc_clear(&gc_empty_type, empty, 7);
	gc_set_finalizer(empty, NULL, NULL);
	gc_cleanup_stop(gc_add_cleanup(empty, no_cleanup, NULL));
	gc_collect();
	EXPECT(t, weak_value(w) == empty);
	EXPECT(t, weak_equal(w, weak_make(gc_new_bytes(0))));
	chan_send(c, empty);
	EXPECT_EQ(t, chan_len(c), 1);
}
