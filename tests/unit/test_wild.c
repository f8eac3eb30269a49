/*
 * test_wild.c - GODEBUG=gcwild: which words it finds, and which it passes over.
 *
 * Covers gc/wild.c (WILD-1) and gc/wild_snapshot.c.  Links the whole runtime.
 * A claim about stores tells a story twice: with gc_store, when nothing must be
 * found, and with plain stores.  A held cycle (held_cycle.h) sees to it that
 * nothing is marked meanwhile.  The lines that are printed are in
 * tests/transcripts.
 */
#include "gc/wild.h"

#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "tests/ktest.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"
#include "tests/unit/wild.h"

enum { N = 8 };

struct cell {
	struct cell *next;
	uint64_t     number;
};
GC_TYPE(cell, next);

static struct cell *cells[N];		/* a root */
static struct cell *loose[N];		/* no root */
static struct cell *late[N];		/* a root if a story makes it one */
static uint64_t    *bytes;		/* a root */
static struct weak  weak[N];		/* a root */
static uint32_t     mode;		/* gc_params.wild before the test */

/* Collect without a search, and switch the search on. */
static NOINLINE void
begin(void)
{
	ROOT_ONCE(cells);
	ROOT_ONCE(bytes);
	ROOT_ONCE(weak);
	memset(loose, 0, sizeof(loose));
	wipe_stack();
	gc_collect();
	mode = gc_params.wild;
	gc_params.wild = WILD_REPORTS;
}

/* Switch the search off, and drop all that the test has made.  Returns what has
 * been found since before. */
static NOINLINE struct wild_stats
end(struct wild_stats before)
{
	struct wild_stats now = wild_stats();

	(void)wild_mute();
	for (int i = 0; i < N; i++) {
		gc_store(&cells[i], NULL);
		gc_store(&weak[i].handle_, NULL);
	}
	gc_store(&bytes, NULL);
	memset(loose, 0, sizeof(loose));
	wipe_stack();
	gc_collect();
	wild_unmute(mode);
	return (struct wild_stats){
		.globals = now.globals - before.globals,
		.integers = now.integers - before.integers,
		.stored = now.stored - before.stored,
		.overwritten = now.overwritten - before.overwritten,
	};
}

static void
expect(struct ktest *t, struct wild_stats found, uint64_t globals,
    uint64_t integers, uint64_t stored, uint64_t overwritten)
{
	EXPECT_EQ(t, found.globals, globals);
	EXPECT_EQ(t, found.integers, integers);
	EXPECT_EQ(t, found.stored, stored);
	EXPECT_EQ(t, found.overwritten, overwritten);
}

/* ---- where the collector does not look ---- */

static NOINLINE void
make_loose(bool kept)
{
	for (int i = 0; i < N; i++) {
		loose[i] = gc_new(&cell_type);
		gc_store(&cells[i], kept ? loose[i] : NULL);
	}
	wipe_stack();
}

KTEST(wild, global_that_is_no_root_is_found_when_nothing_else_keeps_it)
{
	struct wild_stats before = wild_stats();

	begin();
	make_loose(true);
	gc_collect();
	expect(t, end(before), 0, 0, 0, 0);
	before = wild_stats();
	begin();
	make_loose(false);
	gc_collect();
	expect(t, end(before), N, 0, 0, 0);
}

/* Keep the address of the beginning of an object in bytes, and that of another
 * beside a pointer. */
static NOINLINE void
make_integers(void)
{
	gc_store(&bytes, gc_new_bytes(64));
	bytes[1] = (uintptr_t)gc_new(&cell_type);
	gc_store(&cells[0], gc_new(&cell_type));
	cells[0]->number = (uintptr_t)gc_new(&cell_type);
	wipe_stack();
}

KTEST(wild, integer_that_begins_an_object_is_found_in_bytes_and_beside_pointers)
{
	struct wild_stats before = wild_stats();

	begin();
	make_integers();
	gc_collect();
	expect(t, end(before), 0, 2, 0, 0);
}

/* Keep numbers that are no addresses of beginnings. */
static NOINLINE void
make_numbers(void)
{
	gc_store(&bytes, gc_new_bytes(64));
	bytes[1] = (uintptr_t)gc_new(&cell_type) + 5;
	bytes[2] = (uintptr_t)gc_new(&cell_type) + 8;
	wipe_stack();
}

KTEST(wild, integer_that_leads_into_the_middle_is_no_find)
{
	struct wild_stats before = wild_stats();

	begin();
	make_numbers();
	gc_collect();
	expect(t, end(before), 0, 0, 0, 0);
}

/* Make two arrays side by side, keep the first one alive, and its end in two
 * words: beside pointers to that array if with_begin, or else alone.  Returns
 * whether the arrays are side by side, without which the test would prove
 * nothing. */
static NOINLINE bool
make_ends(bool with_begin)
{
	uint64_t *array = gc_new_bytes(64), *after = gc_new_bytes(64);

	gc_store(&bytes, array);
	gc_store(&cells[0], gc_new(&cell_type));
	if (with_begin)
		gc_store(&cells[0]->next, (struct cell *)array);
	cells[0]->number = (uintptr_t)after;
	bytes[0] = (uintptr_t)after;
	bytes[1] = with_begin ? (uintptr_t)array : 0;
	wipe_stack();
	return after == array + 8;
}

static struct wild_stats
find_ends(struct ktest *t, bool with_begin)
{
	struct wild_stats before = wild_stats();

	begin();
	EXPECT(t, make_ends(with_begin));
	gc_collect();
	return end(before);
}

KTEST(wild, end_of_a_live_object_is_no_find_beside_a_word_that_leads_there)
{
	expect(t, find_ends(t, true), 0, 0, 0, 0);
	expect(t, find_ends(t, false), 0, 2, 0, 0);
}

static NOINLINE void
make_weak(void)
{
	for (int i = 0; i < N; i++)
		gc_store(&weak[i].handle_,
		    weak_make(gc_new(&cell_type)).handle_);
	wipe_stack();
}

KTEST(wild, weak_pointer_is_no_find)
{
	struct wild_stats before = wild_stats();

	begin();
	make_weak();
	gc_collect();
	for (int i = 0; i < N; i++)
		EXPECT(t, weak_value(weak[i]) == NULL);
	expect(t, end(before), 0, 0, 0, 0);
}

static struct chan *chans[N];		/* a root */

static NOINLINE void
make_chans(void)
{
	for (int i = 0; i < N; i++) {
		gc_store(&chans[i], chan_make(&gc_int_type, 0));
		chan_make(&gc_int_type, 0);	/* dead, and next to it */
	}
	wipe_stack();
}

KTEST(wild, unbuffered_channel_is_no_find)
{
	struct wild_stats before = wild_stats();

	ROOT_ONCE(chans);
	begin();
	make_chans();
	gc_collect();
	expect(t, end(before), 0, 0, 0, 0);
	for (int i = 0; i < N; i++)
		gc_store(&chans[i], NULL);
}

/* ---- behind the collector's back ---- */

static void
store(bool with_barrier, struct cell **slot, struct cell *value)
{
	if (with_barrier)
		gc_store(slot, value);
	else
		*(struct cell *volatile *)slot = value;
}

/* cells[i] -> a cell -> another -> another. */
static NOINLINE void
make_chains(void)
{
	for (int i = 0; i < N; i++) {
		struct cell *x = NULL;

		for (int k = 0; k < 4; k++) {
			struct cell *y = gc_new(&cell_type);

			gc_store(&y->next, x);
			x = y;
		}
		gc_store(&cells[i], x);
	}
	wipe_stack();
}

/* Tell a story while a cycle is held.  Returns what was found after it. */
static struct wild_stats
tell(void (*story)(bool with_barrier), bool with_barrier)
{
	struct wild_stats before = wild_stats();
	bool verify = gc_params.verify;

	gc_params.verify = false;	/* it would end the machine */
	gomaxprocs(1);
	begin();
	make_chains();
	held_cycle_begin();
	story(with_barrier);
	wipe_stack();
	held_cycle_end();
	gomaxprocs(num_hart());
	gc_params.verify = verify;
	return end(before);
}

/* Cut the last two cells of each chain off.  Only the first of the two is led
 * to by an overwritten pointer of a live cell. */
static NOINLINE void
cut_off(bool with_barrier)
{
	for (int i = 0; i < N; i++)
		store(with_barrier, &cells[i]->next->next, NULL);
}

KTEST(wild, pointer_overwritten_without_gc_store_is_found)	/* WILD-1 */
{
	expect(t, tell(cut_off, true), 0, 0, 0, 0);
	expect(t, tell(cut_off, false), 0, 0, 0, N);
}

/* Clear a root. */
static NOINLINE void
empty(bool with_barrier)
{
	for (int i = 0; i < N; i++)
		store(with_barrier, &cells[i], NULL);
}

KTEST(wild, root_overwritten_without_gc_store_is_found)		/* WILD-1 */
{
	expect(t, tell(empty, true), 0, 0, 0, 0);
	expect(t, tell(empty, false), 0, 0, 0, N);
}

/* Move the rest of each chain to a new cell, which is black. */
static NOINLINE void
move_behind_black(bool with_barrier)
{
	for (int i = 0; i < N; i++) {
		struct cell *black = gc_alloc(&cell_type, 1, GC_NOTRIGGER);

		store(with_barrier, &black->next, cells[i]->next);
		store(with_barrier, &cells[i]->next, NULL);
		gc_store(&cells[i], black);
	}
}

KTEST(wild, pointer_stored_without_gc_store_is_found)
{
	expect(t, tell(move_behind_black, true), 0, 0, 0, 0);
	/* Each rest is found twice: where its address was stored, and where it
	 * was overwritten, in a cell that gc_store has shaded. */
	expect(t, tell(move_behind_black, false), 0, 0, N, N);
}

/* Move the rest of each chain to a root that has been scanned when it was
 * registered. */
static NOINLINE void
move_to_scanned_root(bool with_barrier)
{
	gc_root(late);
	for (int i = 0; i < N; i++) {
		store(with_barrier, &late[i], cells[i]->next);
		store(with_barrier, &cells[i]->next, NULL);
	}
}

static struct wild_stats
tell_of_late(bool with_barrier)
{
	struct wild_stats found = tell(move_to_scanned_root, with_barrier);

	for (int i = 0; i < N; i++)
		gc_store(&late[i], NULL);
	gc_remove_root(late);
	return found;
}

KTEST(wild, pointer_stored_in_a_root_without_gc_store_is_found)
{
	expect(t, tell_of_late(true), 0, 0, 0, 0);
	expect(t, tell_of_late(false), 0, 0, N, N);
}

KTEST(wild, stored_pointer_is_found_without_memory_for_a_snapshot)
{
	EXPECT(t, fault_set("gc_wild_finds_no_memory", true));
	expect(t, tell(move_behind_black, false), 0, 0, N, 0);
	EXPECT(t, fault_set("gc_wild_finds_no_memory", false));
}

/* Begin a cycle with the search on, and end it with the search off. */
static NOINLINE void
leave_cycle_unsearched(void)
{
	held_cycle_begin();
	(void)wild_mute();
	held_cycle_end();
	wild_unmute(WILD_REPORTS);
}

KTEST(wild, snapshot_is_dropped_when_the_cycle_is_not_searched_after)
{
	struct wild_stats before = wild_stats();
	bool stop_world = gc_params.stop_world;

	gomaxprocs(1);
	begin();
	make_chains();
	leave_cycle_unsearched();
	cut_off(true);
	gc_params.stop_world = true;	/* a cycle that takes no snapshot */
	gc_collect();
	gc_params.stop_world = stop_world;
	gomaxprocs(num_hart());
	expect(t, end(before), 0, 0, 0, 0);
}
