/*
 * test_past_end.c - objects of which a goroutine has only the end.
 *
 * Covers mark_ambiguous (gc/mark_value.h) on stacks, in saved registers, in
 * stashes, and at a preempted instruction.  An object that fills its slot ends
 * where the next object begins.  So a word that holds this end would, taken as
 * it is, keep the next object alive and not the object itself.  Of objects that
 * are made one after the other, the tests hold every second one, by its end.
 * They know the beginnings only by their complements.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "gc/sizeclass.h"
#include "kernel/page.h"
#include "lib/str.h"
#include "runtime/inspect/why.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack_trim.h"
#include "tests/preempt/hog.h"
#include "tests/unit/hidden.h"
#include "tests/unit/stashed.h"

enum {
	HELD = 240,		/* twice as many are made */
	LARGE = 9 * PAGE_SIZE,
	NREGS = 11,
	MARK = 0x5a,
};

/* hold_ends.S */
void hold_ends(const uintptr_t hidden[NREGS], void (*fn)(void *arg), void *arg);

/* Sizes that fill a slot: sizes that divide a page, one that leaves a rest at
 * the end of its spans, the largest small one, and a large one. */
static const size_t sizes[] = { 16, 48, 512, 1024, SIZECLASS_MAX, LARGE };

/* The objects that are held: their beginnings and ends, all hidden. */
static struct {
	size_t    size;
	uint32_t  n;
	uint32_t  parity;	/* i % 2 of those held, among all made */
	uintptr_t begin[HELD];
	uintptr_t end[HELD];
} held;

static int percent_was;		/* GOGC before it was switched off */

static void
make(void *unused)
{
	(void)unused;
	for (uint32_t i = 0; i < 2 * held.n; i++) {
		char *p = gc_new_bytes(held.size);

		if (i % 2 != held.parity)
			continue;
		memset(p, MARK, held.size);
		held.begin[i / 2] = hide(p);
		held.end[i / 2] = hide(p + held.size);
	}
}

/* Make n objects that are to be held, on a goroutine whose stack is not scanned
 * any more when it has ended.  There is no collection until they are held. */
static NOINLINE void
make_on_its_own(uint32_t n, size_t size, uint32_t parity)
{
	struct waitgroup done = { 0 };

	percent_was = gc_set_percent(-1);
	held.n = n;
	held.size = size;
	held.parity = parity;
	wg_go(&done, make, NULL);
	wg_wait(&done);
}

/* Return whether every object is still what it was.  The bytes of an object are
 * looked at only if it has not been freed. */
static NOINLINE bool
all_are_whole(void)
{
	for (uint32_t i = 0; i < held.n; i++) {
		const char *p = unhide(held.begin[i]);

		if (!hidden_is_alive(held.begin[i]) || p[0] != MARK ||
		    p[held.size - 1] != MARK)
			return false;
	}
	return true;
}

/* Collect, now that what was made is held; twice, because the first collection
 * may have begun before that. */
static NOINLINE void
collect(void)
{
	gc_set_percent(percent_was);
	wipe_stack();
	gc_collect();
	gc_collect();
}

/* ---- on the stack ---- */

static NOINLINE void
hold_on_stack(struct ktest *t)
{
	volatile uintptr_t ends[HELD];

	for (uint32_t i = 0; i < held.n; i++)
		ends[i] = (uintptr_t)unhide(held.end[i]);
	collect();
	EXPECT(t, all_are_whole());
	for (uint32_t i = 0; i < held.n; i++)
		EXPECT_EQ(t, ends[i], (uintptr_t)unhide(held.end[i]));
}

static void
hold_each_size(struct ktest *t, uint32_t i)
{
	size_t size = sizes[i / 2];

	EXPECT_EQ(t, gc_slot_size(size), size);
	make_on_its_own(MIN((size_t)HELD, 4 * MIB / size), size, i % 2);
	hold_on_stack(t);
}

KTEST(past_end, a_word_on_the_stack_keeps_the_object_that_ends_there)
{
	for (uint32_t i = 0; i < 2 * ARRAY_LEN(sizes); i++)
		hold_each_size(t, i);
}

/* ---- in saved registers, and in a stash ---- */

static void
park_here(void *unused)
{
	(void)unused;
	about_to_park(0);
	park("a test");
}

static void
hold_in_registers(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	hold_ends(held.end, park_here, NULL);
}

static void
keep_parked(struct ktest *t, uint32_t stash, size_t size)
{
	uint32_t was = swap_acquire(&gstack_params.stash, stash);
	struct crowd crowd;

	for (uint32_t parity = 0; parity < 2; parity++) {
		make_on_its_own(NREGS, size, parity);
		/* Free the objects that are not held.  After that there is
		 * nothing behind a large object that is held. */
		hold_on_stack(t);
		start_parked(&crowd, t, 1, hold_in_registers);
		collect();
		EXPECT_EQ(t, count_stashed(1), stash == GSTACK_STASH_ALL);
		EXPECT(t, all_are_whole());
		ready_all(1);
		crowd_wait(&crowd);
	}
	store_relaxed(&gstack_params.stash, was);
}

KTEST(past_end, a_saved_register_keeps_the_object_that_ends_there)
{
	keep_parked(t, GSTACK_STASH_NONE, 64);
	keep_parked(t, GSTACK_STASH_NONE, LARGE);
}

KTEST(past_end, a_stash_keeps_the_objects_that_end_where_its_words_lead)
{
	keep_parked(t, GSTACK_STASH_ALL, 64);
	keep_parked(t, GSTACK_STASH_ALL, LARGE);
}

/* ---- at any instruction of a program ---- */

static struct hog_last hog;

static void
hold_and_spin(struct ktest *t, uint32_t i)
{
	(void)i;
	EXPECT_EQ(t, hog_last(held.end[0], &hog),
	    0x0101010101010101UL * MARK);
}

KTEST(past_end, a_preempted_instruction_keeps_the_object_whose_end_it_has)
{
	struct crowd crowd;

	for (uint32_t parity = 0; parity < 2; parity++) {
		make_on_its_own(1, 64, parity);
		hog = (struct hog_last){ 0 };
		crowd_init(&crowd, t, hold_and_spin);
		crowd_go(&crowd);
		EVENTUALLY(t, hog.started != 0);
		collect();
		EXPECT(t, all_are_whole());
		hog.stop = 1;
		crowd_wait(&crowd);
	}
}

/* ---- who else looks at stacks ---- */

static bool told_stack;

static void PRINTF(1, 2)
look_for_stack(const char *fmt, ...)
{
	told_stack = told_stack || strstr(fmt, ": stack, sp + ") != NULL ||
	    strstr(fmt, ": saved register ") != NULL;
}

KTEST(past_end, why_tells_of_a_goroutine_that_has_only_the_end)
{
	struct crowd crowd;

	make_on_its_own(NREGS, 64, 1);
	start_parked(&crowd, t, 1, hold_in_registers);
	collect();
	told_stack = false;
	EXPECT(t, why_tell(~held.begin[0], look_for_stack));
	EXPECT(t, told_stack);
	ready_all(1);
	crowd_wait(&crowd);
}
