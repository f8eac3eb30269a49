/*
 * test_gcconc.c - marking beside the mutators: each of its rules, kept and
 * broken.
 *
 * Each test here tells a story, a sequence of steps, twice: once as it should
 * be, and once with one rule switched off (FAULT).  The second time an object
 * must be seen to be lost, because a story that cannot fail proves nothing.  To
 * make the loss certain, the fault gc_nobody_marks keeps every hart from
 * marking from the beginning of a cycle until the story has been told.
 *
 * What a goroutine would keep in a register is kept as its complement in a
 * static that is no root.  Stacks are scanned conservatively, so a stale word
 * would keep alive what is to die.
 */
#include "gc/assist.h"
#include "gc/gc.h"
#include "gc/mark.h"
#include "gc/work.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"
#include "tests/unit/retired.h"

enum { N = 16 };

struct cell {
	struct cell *next;
	uint64_t     number;
};
GC_TYPE(cell, next);

static struct cell *cells[N];		/* a root */
static uintptr_t    hidden[N];		/* no root: complements */

static void
make_root(void)
{
	ROOT_ONCE(cells);
}

/* Make N chains of three cells: cells[i] leads to the first, which leads to the
 * second, which leads to the third.  hidden[i] is the third. */
static NOINLINE void
make_chains(void)
{
	for (int i = 0; i < N; i++) {
		gc_store(&cells[i], gc_new(&cell_type));
		gc_store(&cells[i]->next, gc_new(&cell_type));
		gc_store(&cells[i]->next->next, gc_new(&cell_type));
		hidden[i] = hide(cells[i]->next->next);
	}
}

static NOINLINE void
begin(void)
{
	make_root();
	gc_collect();
	make_chains();
	wipe_stack();
	held_cycle_begin();
}

/* Let the cycle end, sweep, and let the chains go. */
static NOINLINE void
end(void)
{
	held_cycle_end();
	for (int i = 0; i < N; i++)
		gc_store(&cells[i], NULL);
	gomaxprocs(num_hart());
}

/* Tell the story with the fault off: then all N objects are alive; and once
 * more with the fault on: then some are not. */
static void
both_ways(struct ktest *t, void (*story)(void), const char *fault)
{
	gomaxprocs(1);
	begin();
	story();
	end();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), N);
	gomaxprocs(1);
	begin();
	held_cycle_break(fault);
	story();
	end();
	EXPECT(t, hidden_count_alive(hidden, N) < N);
	gc_collect();
	gc_check_heap();
}

/* Take the last cell out of each chain, so that no marker finds it there. */
static NOINLINE void
unhook(void)
{
	for (int i = 0; i < N; i++)
		gc_store(&cells[i]->next->next, NULL);
}

/* MARKER-2 */
KTEST(gcconc, an_object_unlinked_while_marking_lives_through_it)
{
	both_ways(t, unhook, "gc_no_deletion");
}

/* Put each last cell, which no scan has found, behind a black object. */
static NOINLINE void
hang_behind_black(void)
{
	for (int i = 0; i < N; i++) {
		struct cell *black = gc_alloc(&cell_type, 1, GC_NOTRIGGER);

		*(void **)&cells[i]->next->next = NULL;	/* no barrier */
		gc_store(&black->next, unhide(hidden[i]));
		gc_store(&cells[i], black);
	}
}

KTEST(gcconc, nothing_white_is_hidden_behind_black)
{
	both_ways(t, hang_behind_black, "gc_no_insertion");
}

static NOINLINE void
allocate(void)
{
	for (int i = 0; i < N; i++)
		hidden[i] = hide(gc_alloc(&gc_ptr_type, 5000, GC_NOTRIGGER));
}

KTEST(gcconc, an_object_allocated_while_marking_is_black)
{
	both_ways(t, allocate, "gc_white_alloc");
}

/* On P1, cut the second cell out of each chain.  The barrier shades it; so what
 * is left grey on P1 is the only way to the last cell of each chain. */
static void
unhook_two_and_stay(void *unused)
{
	(void)unused;
	for (int i = 0; i < N; i++)
		gc_store(&cells[i]->next, NULL);
	retired_here();
}

static NOINLINE void
shade_and_retire(void)
{
	retired_begin();
	go(unhook_two_and_stay, NULL);
	retired_end();
}

KTEST_ON(gcconc, a_retired_p_hands_over_what_its_barrier_shaded, 2)
{								/* PROCS-4 */
	both_ways(t, shade_and_retire, "gc_no_retire_flush");
}

static ATOMIC(uint32_t) unhooked;

static void
unhook_and_end(void *unused)
{
	(void)unused;
	unhook();
	/* release: pairs with load_acquire of unhooked; publishes that unhook
	 * is over. */
	store_release(&unhooked, 1);
}

/* Let another P shade objects, and then have nothing to do. */
KTEST_ON(gcconc, a_p_that_goes_idle_keeps_nothing_grey, 2)	/* GATE-5 */
{
	gomaxprocs(2);
	begin();
	store_relaxed(&unhooked, 0);
	go(unhook_and_end, NULL);
	/* Do not yield: this P must not run that goroutine. */
	while (load_acquire(&unhooked) == 0)
		cpu_relax();
	EVENTUALLY(t, load_relaxed(&sched.npidle) == 1);
	world_stop("test");
	EXPECT(t, work_shared());
	for (struct p *p = sched.pidle; p != NULL; p = p->link)
		EXPECT(t, !work_has(gc_work_of(p->gc)));
	world_start();
	end();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), N);
}

/* Mark all that the scans of stacks have made grey. */
static void
mark_all_grey(void *unused)
{
	(void)unused;
	mark_drain(gc_work_of(this_p()->gc), NULL);
}

/* Put what this P holds on the shared list, where there is nothing else; then
 * mark until the first pause, and say whether there is work on the shared
 * list. */
static void
mark_a_little(void *left)
{
	struct gc_work   *w = gc_work_of(this_p()->gc);
	struct mark_limit limit = { .share = true };

	gc_share(this_p()->gc);
	mark_drain(w, &limit);
	*(bool *)left = work_shared();
}

KTEST(gcconc, a_marker_that_takes_all_grey_objects_leaves_half_to_others)
{
	bool left = false;

	gomaxprocs(1);
	begin();
	on_g0(mark_all_grey, NULL);
	unhook();
	on_g0(mark_a_little, &left);
	EXPECT(t, left);
	end();
	EXPECT_EQ(t, hidden_count_alive(hidden, N), N);
}

/* Let the snapshot of another M be all that keeps an object alive, and expect
 * that want objects, 1 or 0, survive a collection. */
static NOINLINE void
keep_by_snapshot(struct ktest *t, uint32_t want)
{
	struct m *m = (struct m *)harts[(this_m()->hart.index + 1) %
	    nharts_online];
	struct p **kept = m->allp_snapshot.ptr;
	uint64_t cycles = gc_cycles();

	/* No M but ours can get the only P, so nobody uses the snapshot. */
	hidden[0] = hide(gc_new_array(&gc_ptr_type, 5000));
	m->allp_snapshot.ptr = unhide(hidden[0]);
	wipe_stack();
	gc_params.stop_world = true;
	gc_start(cycles);
	m->allp_snapshot.ptr = kept;
	gc_params.stop_world = false;
	while (gc_sweep_one())
		;
	EXPECT_EQ(t, gc_cycles(), cycles + 1);
	EXPECT_EQ(t, hidden_count_alive(hidden, N), want);
}

KTEST_ON(gcconc, the_snapshot_of_every_m_is_a_root, 2)		/* ALLP-3 */
{
	gomaxprocs(1);
	memset(hidden, 0xff, sizeof(hidden));
	gc_collect();
	keep_by_snapshot(t, 1);
	gc_collect();
	fault_set("gc_no_m_roots", true);
	keep_by_snapshot(t, 0);
	fault_set("gc_no_m_roots", false);
	gomaxprocs(num_hart());
}

static NOINLINE uint64_t
assisted(void)
{
	uint64_t before = assist_bytes();

	begin();
	for (int i = 0; i < 20000; i++)
		gc_new(&cell_type);
	before = assist_bytes() - before;
	end();
	return before;
}

KTEST(gcconc, an_allocating_goroutine_helps_to_mark)
{
	gomaxprocs(1);
	EXPECT(t, assisted() > 0);
	gomaxprocs(1);
	fault_set("gc_no_assist", true);
	EXPECT_EQ(t, assisted(), 0);
	fault_set("gc_no_assist", false);
}

/* ---- graphs, mutated by all at once ---- */

enum { SLOTS = 512, STEPS = 30000 };

struct thing {
	struct thing *a, *b;
	uint64_t      id, check;	/* ~id while the thing is alive */
};
GC_TYPE(thing, a, b);

static struct thing *shared[SLOTS];	/* a root; each slot has an owner */
static ATOMIC(uint32_t) broken;

static bool
intact(const struct thing *x)
{
	return x == NULL || (x->check == ~x->id && (x->a == NULL ||
	    x->a->check == ~x->a->id) && (x->b == NULL ||
	    x->b->check == ~x->b->id));
}

/*
 * Change the slots of one owner: make things, and move pointers between them.
 * At times the only pointer to a thing is in a variable of this goroutine.
 */
static void
juggle(struct ktest *t, uint32_t who)
{
	struct rand r;
	struct thing *hand = NULL;

	rand_seed(&r, t->seed + who);
	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t k = rand_below(&r, SLOTS / 8) * 8 + who % 8;
		struct thing **slot = &shared[k], *x = *slot;

		if (!intact(x) || !intact(hand)) {
			add_relaxed(&broken, 1);	/* relaxed: a count */
			return;
		}
		switch (rand_below(&r, 6)) {
		case 0:			/* a new thing on top */
			x = gc_new(&thing_type);
			x->id = i;
			x->check = ~x->id;
			gc_store(&x->a, *slot);
			gc_store(slot, x);
			break;
		case 1:			/* into the hand, and only there */
			if (x != NULL) {
				hand = x->a;
				gc_store(&x->a, NULL);
			}
			break;
		case 2:			/* out of the hand */
			if (x != NULL) {
				gc_store(&x->b, hand);
				hand = NULL;
			}
			break;
		case 3:			/* swap the two pointers */
			if (x != NULL) {
				struct thing *y = x->a;

				gc_store(&x->a, x->b);
				gc_store(&x->b, y);
			}
			break;
		case 4:
			if (rand_below(&r, 20) == 0)
				gc_store(slot, NULL);
			break;
		default:
			if (i % 64 == 0)
				yield();
		}
	}
}

static ATOMIC(uint32_t) juggling;

static void
juggle_or_collect(struct ktest *t, uint32_t who)
{
	if (who < 8) {
		juggle(t, who);
		/* relaxed: a poll. */
		add_relaxed(&juggling, -1U);
		return;
	}
	while (load_relaxed(&juggling) != 0)
		gc_collect();
}

static void
juggle_all(struct ktest *t)
{
	ROOT_ONCE(shared);
	store_relaxed(&broken, 0);
	store_relaxed(&juggling, 8);
	gc_params.verify = true;
	crowd_run(t, 9, juggle_or_collect);
	gc_params.verify = false;
	EXPECT_EQ(t, load_relaxed(&broken), 0);
	gc_clear(&gc_ptr_type, shared, SLOTS);
	gc_collect();
	gc_check_heap();
}

KTEST(gcconc, eight_goroutines_juggle_objects_while_one_collects_all_the_time)
{
	juggle_all(t);
}

static void
resize_all_the_time(struct ktest *t, uint32_t i)
{
	(void)i;
	while (load_relaxed(&juggling) != 0) {	/* relaxed: a poll */
		gomaxprocs(1 + (int)rand_below(&t->rand, 8));
		yield();
	}
}

KTEST(gcconc, nothing_white_is_hidden_while_gomaxprocs_changes)
{
	struct crowd resizer;

	store_relaxed(&juggling, 8);
	crowd_init(&resizer, t, resize_all_the_time);
	crowd_go(&resizer);
	juggle_all(t);
	crowd_wait(&resizer);
	gomaxprocs(num_hart());
}
