/*
 * test_give_way.c - long calls give way in the middle, and every call on its
 * return (PREEMPT-1, PREEMPT-3, PREEMPT-4, TRIP-1).
 *
 * With the fault always_give_way each look in the middle of a call counts as a
 * preemption, whether the P is wanted or not.
 */
#include "gc/gc.h"
#include "gc/slot.h"
#include "kernel/page.h"
#include "kernel/redirect.h"
#include "kernel/syncpoint.h"
#include "kernel/tripwire.h"
#include "lib/str.h"
#include "runtime/chan/chan.h"
#include "runtime/fail/touch.h"
#include "runtime/fail/waiting.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/sema.h"
#include "tests/preempt/calls.h"
#include "tests/preempt/inlined.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/held_cycle.h"
#include "tests/unit/hidden.h"

/* How often somebody gave way while fn(n) ran.  Others do not, but by a tick,
 * so the number is at least that of fn. */
static uint64_t
count(void (*fn)(uint64_t n), uint64_t n)
{
	uint64_t before;

	fault_set("always_give_way", true);
	before = preempt_count();
	fn(n);
	fault_set("always_give_way", false);
	return preempt_count() - before;
}

/* ---- memory ---- */

enum { WORDS = 8192 };			/* 64 KiB, 16 pieces */

static struct {
	void **words;
	char  *bytes;
} on;

static void
make_words(void)
{
	ROOT_ONCE(on);
	gc_store(&on.words, gc_new_array(&gc_ptr_type, WORDS));
	gc_store(&on.bytes, gc_new_bytes(8 * WORDS));
}

static void
forget_words(void)
{
	gc_store(&on.words, NULL);
	gc_store(&on.bytes, NULL);
}

static void
move_up(uint64_t n)
{
	gc_move(&gc_ptr_type, on.words, on.words + 1, n - 1);
}

static void
move_down(uint64_t n)
{
	gc_move(&gc_ptr_type, on.words + 1, on.words, n - 1);
}

static void
clear(uint64_t n)
{
	gc_clear(&gc_ptr_type, on.words, n);
}

static void
move_bytes(uint64_t n)
{
	gc_move(&gc_byte_type, on.bytes, on.bytes + 1, 8 * n - 1);
	gc_move(&gc_byte_type, on.bytes + 1, on.bytes, 8 * n - 1);
	gc_clear(&gc_byte_type, on.bytes, 8 * n);
}

static void
append(uint64_t n)
{
	struct slice s = slice_append(&gc_ptr_type, (struct slice){ 0 },
	    on.words, n);

	gc_keep_alive(s.ptr);
}

static void
allocate(uint64_t n)
{
	gc_keep_alive(gc_new_array(&gc_ptr_type, n));
}

KTEST(give_way, a_move_of_pointers_gives_way_after_each_piece)
{
	make_words();
	EXPECT(t, count(move_up, WORDS) >= 15);
	EXPECT(t, count(move_down, WORDS) >= 15);
	forget_words();
}

KTEST(give_way, a_clear_of_pointers_gives_way_after_each_piece)
{
	make_words();
	EXPECT(t, count(clear, WORDS) >= 15);
	forget_words();
}

KTEST(give_way, moves_and_clears_of_bytes_give_way_after_each_piece)
{
	make_words();
	EXPECT(t, count(move_bytes, WORDS) >= 3 * 7);
	forget_words();
}

KTEST(give_way, an_append_gives_way_while_it_zeroes_and_while_it_copies)
{
	make_words();
	EXPECT(t, count(append, WORDS) >= 7 + 15);
	forget_words();
}

KTEST(give_way, a_large_allocation_gives_way_while_it_zeroes)
{
	EXPECT(t, count(allocate, WORDS) >= 7);
}

/* What a move overwrites, and what it moves, in all its pieces. */
KTEST(give_way, a_move_in_pieces_shades_all_that_it_overwrites)
{
	static uintptr_t hidden[WORDS];
	uint64_t before;

	make_words();
	for (uint32_t i = 0; i < WORDS; i++) {
		gc_store(&on.words[i], gc_new_bytes(8));
		hidden[i] = hide(on.words[i]);
	}
	gc_collect();
	held_cycle_begin();
	fault_set("always_give_way", true);
	before = preempt_count();
	gc_move(&gc_ptr_type, on.words, on.words + WORDS / 2, WORDS / 2);
	gc_clear(&gc_ptr_type, on.words, WORDS);
	fault_set("always_give_way", false);
	EXPECT(t, preempt_count() - before >= 7 + 15);
	wipe_stack();
	held_cycle_end();
	EXPECT_EQ(t, hidden_count_alive(hidden, WORDS), WORDS);
	forget_words();
	gc_collect();
	EXPECT(t, hidden_count_alive(hidden, WORDS) < WORDS / 8);
	gc_check_heap();
}

static volatile bool moved;

static void
rotate(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	for (int k = 0; k < 20; k++) {
		void *first = on.words[0];

		gc_move(&gc_ptr_type, on.words, on.words + 1, WORDS - 1);
		gc_store(&on.words[WORDS - 1], first);
		first = on.words[WORDS - 1];
		gc_move(&gc_ptr_type, on.words + 1, on.words, WORDS - 1);
		gc_store(&on.words[0], first);
	}
	moved = true;
}

KTEST(give_way, collections_between_the_pieces_of_a_move_lose_nothing)
{
	struct crowd crowd;

	make_words();
	for (uint32_t i = 0; i < WORDS; i++) {
		uint64_t *number = gc_new_bytes(8);

		*number = i;
		gc_store(&on.words[i], number);
	}
	moved = false;
	fault_set("always_give_way", true);
	crowd_init(&crowd, t, rotate);
	crowd_go(&crowd);
	do
		gc_collect();
	while (!moved);
	crowd_wait(&crowd);
	fault_set("always_give_way", false);
	for (uint32_t i = 0; i < WORDS && !ktest_failed(t); i++)
		EXPECT_EQ(t, *(uint64_t *)on.words[i], i);
	forget_words();
	gc_check_heap();
}

static void
allocate_and_look(struct ktest *t, uint32_t unused)
{
	(void)unused;
	for (int k = 0; k < 20; k++) {
		size_t  n = WORDS + (size_t)k * 512;
		void  **words = gc_new_array(&gc_ptr_type, n);

		for (size_t i = 0; i < n && !ktest_failed(t); i++)
			EXPECT(t, words[i] == NULL);
		memset(words, 0x11, n * 8);	/* for whoever has it next */
		gc_clear(&gc_ptr_type, words, n);
		memset(words, 0x11, 8);
		gc_keep_alive(words);
	}
	moved = true;
}

KTEST(give_way, a_large_object_is_zero_though_collections_came_between)
{
	struct crowd crowd;

	moved = false;
	fault_set("always_give_way", true);
	crowd_init(&crowd, t, allocate_and_look);
	crowd_go(&crowd);
	do
		gc_collect();
	while (!moved);
	crowd_wait(&crowd);
	fault_set("always_give_way", false);
	gc_check_heap();
}

static void
touch(uint64_t n)
{
	touch_in(on.bytes, n);
	touch_out(on.bytes, n);
}

KTEST(give_way, a_look_at_a_large_buffer_gives_way_after_each_piece)
{
	make_words();
	gc_store(&on.bytes, gc_new_bytes(9 * MIB));
	EXPECT(t, count(touch, 9 * MIB) >= 2 * 2);
	forget_words();
}

/* ---- waking many ---- */

enum { MANY = 400 };

static struct {
	struct chan     *chan;
	struct context  *ctx;
	struct rwmutex   rw;
	struct waitgroup group;
	struct mutex     mutex;
	struct cond      cond;
	ATOMIC(uint32_t) here, woken, wrong;
} many;

static void
make_many_root(void)
{
	ROOT_ONCE(many);
}

static void
start_many(struct ktest *t, struct crowd *crowd,
    void (*fn)(struct ktest *t, uint32_t i))
{
	make_many_root();
	store_relaxed(&many.here, 0);
	store_relaxed(&many.woken, 0);
	store_relaxed(&many.wrong, 0);
	crowd_init(crowd, t, fn);
	for (uint32_t i = 0; i < MANY; i++)
		crowd_go(crowd);
	EVENTUALLY(t, load_relaxed(&many.here) == MANY);
}

static void
end_many(struct ktest *t, struct crowd *crowd)
{
	crowd_wait(crowd);
	EXPECT_EQ(t, load_relaxed(&many.woken), MANY);
	EXPECT_EQ(t, load_relaxed(&many.wrong), 0);
}

/* Who has said that it is here, does it wait? */
static bool
all_wait(const char *why)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < allg_count(); i++) {
		struct g *gp = allg_at(i);

		if (g_status(gp) == G_WAITING && waiting_why(gp) != NULL &&
		    strcmp(waiting_why(gp), why) == 0)
			n++;
	}
	return n >= MANY;
}

static void
receive(struct ktest *t, uint32_t i)
{
	int64_t x = 1;

	(void)t, (void)i;
	add_relaxed(&many.here, 1);
	if (chan_recv(many.chan, &x) || x != 0)
		add_relaxed(&many.wrong, 1);
	add_relaxed(&many.woken, 1);
}

static void
close_many(uint64_t n)
{
	(void)n;
	chan_close(many.chan);
}

KTEST(give_way, a_close_gives_way_while_it_wakes_many_receivers)
{
	struct crowd crowd;

	make_many_root();
	gc_store(&many.chan, chan_make(&gc_int_type, 0));
	start_many(t, &crowd, receive);
	EVENTUALLY(t, all_wait("chan receive"));
	EXPECT(t, count(close_many, 0) >= MANY / 64 - 1);
	end_many(t, &crowd);
	gc_store(&many.chan, NULL);
}

static void
send(void *unused)
{
	int64_t x = 7;

	(void)unused;
	add_relaxed(&many.here, 1);
	chan_send(many.chan, &x);
}

static void
send_and_fail(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	if (try_call(send, NULL, NULL))
		add_relaxed(&many.wrong, 1);
	add_relaxed(&many.woken, 1);
}

static volatile bool taken_enough;

/* From the moment that it is closed it has nothing. */
static void
take_what_there_is(struct ktest *t, uint32_t i)
{
	int64_t x;

	(void)t, (void)i;
	while (!taken_enough) {
		/* relaxed: once set it stays so. */
		bool ok, closed = load_relaxed(&many.chan->kind) & CHAN_CLOSED;

		if (closed && chan_try_recv(many.chan, &x, &ok) && ok)
			add_relaxed(&many.wrong, 1);
		yield();
	}
}

KTEST(give_way, senders_that_a_close_has_yet_to_wake_send_nothing)
{
	struct crowd crowd, takers;

	make_many_root();
	gc_store(&many.chan, chan_make(&gc_int_type, 0));
	start_many(t, &crowd, send_and_fail);
	EVENTUALLY(t, all_wait("chan send"));
	taken_enough = false;
	crowd_init(&takers, t, take_what_there_is);
	crowd_go(&takers);
	EXPECT(t, count(close_many, 0) >= MANY / 64 - 1);
	taken_enough = true;
	crowd_wait(&takers);
	end_many(t, &crowd);
	gc_store(&many.chan, NULL);
}

static void
read_lock(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	add_relaxed(&many.here, 1);
	rw_rlock(&many.rw);
	add_relaxed(&many.woken, 1);
	rw_runlock(&many.rw);
}

static void
unlock_many(uint64_t n)
{
	(void)n;
	rw_unlock(&many.rw);
}

KTEST(give_way, an_unlock_gives_way_while_it_wakes_many_readers)
{
	struct crowd crowd;

	rw_lock(&many.rw);
	start_many(t, &crowd, read_lock);
	EVENTUALLY(t, all_wait("sync.RWMutex.RLock"));
	EXPECT(t, count(unlock_many, 0) >= MANY / SEM_PIECE - 1);
	end_many(t, &crowd);
}

static void
await_group(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	add_relaxed(&many.here, 1);
	wg_wait(&many.group);
	add_relaxed(&many.woken, 1);
}

static void
end_group(uint64_t n)
{
	(void)n;
	wg_done(&many.group);
}

KTEST(give_way, the_last_of_a_group_gives_way_while_it_wakes_many)
{
	struct crowd crowd;

	wg_add(&many.group, 1);
	start_many(t, &crowd, await_group);
	EVENTUALLY(t, all_wait("sync.WaitGroup.Wait"));
	EXPECT(t, count(end_group, 0) >= MANY / SEM_PIECE - 1);
	end_many(t, &crowd);
}

static void
await_signal(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	mutex_lock(&many.mutex);
	add_relaxed(&many.here, 1);
	cond_wait(&many.cond);
	mutex_unlock(&many.mutex);
	add_relaxed(&many.woken, 1);
}

static void
broadcast(uint64_t n)
{
	(void)n;
	cond_broadcast(&many.cond);
}

KTEST(give_way, a_broadcast_gives_way_while_it_wakes_many)
{
	struct crowd crowd;

	cond_init(&many.cond, &many.mutex);
	start_many(t, &crowd, await_signal);
	EVENTUALLY(t, all_wait("sync.Cond.Wait"));
	EXPECT(t, count(broadcast, 0) >= MANY / SEM_PIECE - 1);
	end_many(t, &crowd);
}

static void
cancel(uint64_t n)
{
	(void)n;
	ctx_cancel(many.ctx, NULL);
}

/* Once while it takes them off, once while it cancels them. */
KTEST(give_way, a_cancel_of_many_contexts_gives_way_twice_for_each_piece)
{
	struct context *last = NULL;

	make_many_root();
	gc_store(&many.ctx, ctx_with_cancel(ctx_background()));
	for (int i = 0; i < MANY; i++)
		last = ctx_with_cancel(many.ctx);
	EXPECT(t, count(cancel, 0) >= 2 * (MANY / 64));
	EXPECT(t, ctx_err(last) == ctx_canceled);
	gc_store(&many.ctx, NULL);
}

/* ---- panics, selects ---- */

KTEST(give_way, a_recovery_gives_way_while_it_unwinds)
{
	EXPECT(t, count(calls_panic_below, 40) >= 40);
}

enum { CASES = 1000 };

static struct select_case *cases;	/* in a root */

static void
select_none(uint64_t n)
{
	(void)chan_try_select(cases, (int)n);
}

/* To look, to gather and to sort them. */
KTEST(give_way, a_select_of_many_cases_gives_way_until_it_locks_them)
{
	struct select_case *k;
	void **chans;

	cases = k = gc_new_bytes(CASES * sizeof(*k));
	chans = gc_new_array(&gc_ptr_type, CASES);
	for (int i = 0; i < CASES; i++) {
		gc_store(&chans[i], chan_make(&gc_int_type, 1));
		k[CASES - 1 - i] = (struct select_case){ .op = SELECT_RECV,
			.chan = chans[i] };
	}
	EXPECT(t, count(select_none, CASES) >= 3 + 4 + 3);
	gc_keep_alive(chans);
	gc_keep_alive(k);
	cases = NULL;
}

/* ---- on its return ---- */

static void
look_at_count(uint64_t *at)
{
	/* relaxed: ours. */
	*at = load_relaxed(&this_m()->npreempt);
}

/* In the runtime's text, the P is wanted. */
static void
be_wanted(void *before)
{
	struct trapframe frame = { .pc = (uintptr_t)preempt_leave };
	bool were_on = irq_save();

	frame.x[4] = (uintptr_t)this_g();
	look_at_count(before);
	/* release: as in p_attend. */
	or_release(&this_p()->attention, ATTN_TICK);
	preempt_leave(&frame);
	irq_restore(were_on);
}

KTEST(give_way, a_call_that_gave_no_way_is_preempted_on_its_return)
{
	uint64_t before = 0, after = 0;
	struct m *m;

	/* Alone on this P, and so on this M. */
	m_pin();
	m = this_m();
	m_unpin();
	calls_copy_after(be_wanted, &before, &after,
	    (const volatile uint64_t *)&m->npreempt);
	EXPECT(t, this_m() != m || after > before);
}

/* A place for what a redirection saves. */
struct room {
	uint8_t below[2048];
	uint64_t top[2];
} ALIGNED(16);

/* Is a goroutine preempted where an interrupt finds it at pc, with ra? */
static bool
stops_at(uintptr_t pc, uintptr_t ra)
{
	struct room room;
	struct trapframe frame = { .pc = pc };
	bool were_on = irq_save(), stops;

	frame.x[1] = ra;
	frame.x[2] = (uintptr_t)room.top;
	frame.x[4] = (uintptr_t)this_g();
	/* release: as in p_attend. */
	or_release(&this_p()->attention, ATTN_TICK);
	preempt_leave(&frame);
	stops = frame.pc != pc;
	irq_restore(were_on);
	return stops;
}

KTEST(give_way, a_routine_of_lib_is_preempted_if_a_program_has_called_it)
{
	uintptr_t program = (uintptr_t)calls_run;

	EXPECT(t, stops_at((uintptr_t)memset, program));
	EXPECT(t, stops_at((uintptr_t)memmove, program));
	EXPECT(t, stops_at((uintptr_t)strlen, program));
	EXPECT(t, stops_at((uintptr_t)format, 0));
	EXPECT(t, stops_at((uintptr_t)ctx_value, 0));
	EXPECT(t, !stops_at((uintptr_t)memset, (uintptr_t)gc_clear));
	EXPECT(t, !stops_at((uintptr_t)gc_clear, program));
	yield();
}

/* In text with inlined barriers, behind a call, it is not between a test and
 * its store. */
KTEST(give_way, inlined_text_is_preempted_where_a_call_has_returned_to_it)
{
	uintptr_t pc = (uintptr_t)inlined_swap + 8;

	EXPECT(t, stops_at(pc, pc));
	yield();
	EXPECT(t, !stops_at(pc, pc + 2));
	yield();
}

enum { CALLERS = 12 };

static struct calls callers[CALLERS];

/* A long call of the runtime that never looks. */
static void
hold(uint64_t n)
{
	while (n-- > 0)
		cpu_relax();
}

static void
call_without_end(struct ktest *t, uint32_t i)
{
	static const struct long_call what = { .name = "hold", .call = hold };
	struct calls *c = &callers[i];

	(void)t;
	*c = (struct calls){ .what = &what, .n = 20000 };
	calls_run(c);
}

/* Between two calls there are a few instructions of the program. */
KTEST(give_way, goroutines_that_only_call_do_not_keep_the_others_out)
{
	struct crowd crowd;

	crowd_init(&crowd, t, call_without_end);
	for (uint32_t i = 0; i < CALLERS; i++)
		crowd_go(&crowd);
	for (int i = 0; i < 20; i++)
		yield();
	gc_collect();
	for (uint32_t i = 0; i < CALLERS; i++)
		EVENTUALLY(t, callers[i].rounds > 0);
	for (uint32_t i = 0; i < CALLERS; i++)
		callers[i].stop = 1;
	crowd_wait(&crowd);
}
