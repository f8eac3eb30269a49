/*
 * test_roots.c - roots that a program registers and takes back.
 *
 * Covers gc/root.c (ROOT-1, ROOT-2).  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "runtime/sched/preempt.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"
#include "tests/unit/wild.h"

enum { N = 16 };

struct thing {
	struct thing *next;
	uint64_t      number;
};
GC_TYPE(thing, next);

static struct thing *kept[N];
static uintptr_t     hidden[N];		/* no root: complements */

static NOINLINE void
fill(void)
{
	for (int i = 0; i < N; i++) {
		struct thing *x = gc_new(&thing_type);

		gc_store(&kept[i], x);
		hidden[i] = hide(x);
	}
	wipe_stack();
}

KTEST(roots, a_root_keeps_its_object_until_it_is_removed)
{
	uint32_t wild = wild_mute();	/* kept leads there when it is no root
					 * any more */

	for (int k = 0; k < 3; k++) {
		gc_root(kept);
		fill();
		gc_collect();
		EXPECT_EQ(t, hidden_count_alive(hidden, N), N);
		gc_remove_root(kept);
		gc_collect();
		EXPECT_EQ(t, hidden_count_alive(hidden, N), 0);
		memset(kept, 0, sizeof(kept));
	}
	wild_unmute(wild);
}

static void
add_kept(void *odd)
{
	gc_add_root((char *)kept + (uintptr_t)odd, N);
}

static void
remove_kept(void *unused)
{
	(void)unused;
	gc_remove_root(kept);
}

static void
expect_panic(struct ktest *t, void (*fn)(void *), void *arg, const char *part)
{
	struct panic_info why = { .text = "none" };

	EXPECT(t, !try_call(fn, arg, &why));
	EXPECT(t, strstr(why.text, part) != NULL);
}

KTEST(roots, a_root_registered_twice_or_never_is_a_panic)
{
	gc_root(kept);
	expect_panic(t, add_kept, NULL, "is a root already");
	expect_panic(t, add_kept, (void *)4, "is not aligned to a word");
	gc_remove_root(kept);
	expect_panic(t, remove_kept, NULL, "is no root");
}

/* Others come and go around one: lists, buckets. */
KTEST(roots, many_roots_come_and_go)
{
	enum { BLOCKS = 300 };
	static void *many[BLOCKS][2];

	for (int i = 0; i < BLOCKS; i++)
		gc_add_root(many[i], 2);
	for (int i = 0; i < BLOCKS; i += 3)
		gc_remove_root(many[i]);
	gc_root(kept);
	fill();
	gc_collect();
	for (int i = BLOCKS; i-- > 0;)
		if (i % 3 != 0)
			gc_remove_root(many[i]);
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), N);
	gc_remove_root(kept);
	memset(kept, 0, sizeof(kept));
}

/* What a goroutine has from a root, and nobody else knows of. */
static void
tell_removal(struct ktest *t, bool broken)
{
	gc_root(kept);
	fill();
	fault_set("gc_root_removed_unscanned", broken);
	held_cycle_begin();
	gc_remove_root(kept);
	memset(kept, 0, sizeof(kept));	/* its memory is ours again */
	held_cycle_end();
	fault_set("gc_root_removed_unscanned", false);
	EXPECT_EQ(t, hidden_count_alive(hidden, N), broken ? 0 : N);
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), 0);
	/* The same block once more: the one that is gone is not in the way. */
	gc_root(kept);
	fill();
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), N);
	gc_remove_root(kept);
	memset(kept, 0, sizeof(kept));
}

/* ROOT-2 */
KTEST(roots, a_root_removed_while_marking_is_scanned_first)
{
	gomaxprocs(1);
	gc_collect();
	tell_removal(t, false);
	tell_removal(t, true);
	gomaxprocs(num_hart());
}

/* ---- a block of several parts of 1,024 words ---- */

enum { PARTS = 5, PART_WORDS = 1024, LARGE = (PARTS - 1) * PART_WORDS + 8 };

static void *large[LARGE];

/* Let each part hold something in its first and in its last word. */
static NOINLINE void
fill_large(void)
{
	for (uint32_t i = 0; i < 2 * PARTS; i++) {
		uint32_t at = i / 2 * PART_WORDS + (i % 2) * (PART_WORDS - 1);
		void *x = gc_new(&thing_type);

		gc_store(&large[MIN(at, LARGE - 1U)], x);
		hidden[i] = hide(x);
	}
	wipe_stack();
}

KTEST(roots, a_block_of_several_parts_keeps_what_each_of_them_holds)
{
	gc_root(large);
	fill_large();
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, 2 * PARTS), 2 * PARTS);
	gc_remove_root(large);
	gc_collect();
	EXPECT_EQ(t, hidden_count_alive(hidden, 2 * PARTS), 0);
	memset(large, 0, sizeof(large));
}

/* Each of the calls gives way after each part but the last. */
KTEST(roots, parts_that_come_or_go_while_marking_are_scanned_one_by_one)
{
	uint64_t before;

	gomaxprocs(1);
	gc_root(large);
	fill_large();
	gc_collect();
	held_cycle_begin();
	fault_set("always_give_way", true);
	before = preempt_count();
	gc_remove_root(large);
	EXPECT(t, preempt_count() - before >= PARTS - 1);
	before = preempt_count();
	gc_root(large);
	EXPECT(t, preempt_count() - before >= PARTS - 1);
	fault_set("always_give_way", false);
	held_cycle_end();
	EXPECT_EQ(t, hidden_count_alive(hidden, 2 * PARTS), 2 * PARTS);
	gc_remove_root(large);
	memset(large, 0, sizeof(large));
	gomaxprocs(num_hart());
}

/* ---- beside collections ---- */

static ATOMIC(uint32_t) busy, lost;

/* A root of one's own, come and gone, beside collections. */
static void
use_root(struct ktest *t, uint32_t who)
{
	static struct thing *own[8][4];

	(void)t;
	if (who == 8) {
		while (load_relaxed(&busy) != 0)	/* relaxed: a poll */
			gc_collect();
		return;
	}
	for (uint32_t k = 0; k < 300; k++) {
		gc_root(own[who]);
		for (uint64_t i = 0; i < 4; i++) {
			struct thing *x = gc_new(&thing_type);

			x->number = who + 1;
			gc_store(&own[who][i], x);
		}
		if (k % 8 == 0)
			yield();
		for (int i = 0; i < 4; i++)
			if (own[who][i]->number != who + 1)
				add_relaxed(&lost, 1);	/* relaxed: a count */
		gc_remove_root(own[who]);
		memset(own[who], 0, sizeof(own[who]));
	}
	add_relaxed(&busy, -1U);
}

KTEST(roots, roots_come_and_go_beside_collections)
{
	store_relaxed(&busy, 8);
	store_relaxed(&lost, 0);
	gc_params.poison = true;
	crowd_run(t, 9, use_root);
	gc_params.poison = DEBUG;
	EXPECT_EQ(t, load_relaxed(&lost), 0);
	gc_collect();
	gc_check_heap();
}
