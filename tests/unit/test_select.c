/*
 * test_select.c - select: the claims of Go's own tests of select.
 *
 * Covers select.c, select_wait.c (SELECT-1, SELECT-2) and WAITQ-2, WAITQ-3.
 * Crowds are in test_select_crowd.c, channels of all kinds in
 * test_select_kinds.c.  All three link the whole runtime.
 */
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "runtime/chan/chan.h"
#include "runtime/sched/g.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

enum { MANY = 40 };	/* more cases than select keeps on the stack */

static struct chan *chans[MANY];
static int64_t      values[MANY];

static void
root_chans(void)
{
	ROOT_ONCE(chans);
}

static void
make_chans(uint32_t n, size_t cap)
{
	root_chans();
	for (uint32_t i = 0; i < n; i++)
		chans[i] = chan_make(&gc_int_type, cap);
}

/* cases[i] receives from, or sends values[i] to, chans[i]. */
static void
fill_cases(struct select_case *cases, uint32_t n, enum select_op op)
{
	for (uint32_t i = 0; i < n; i++)
		cases[i] = (struct select_case){ .op = op, .chan = chans[i],
			.value = &values[i] };
}

static bool
nobody_waits(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!waitq_empty(&chans[i]->recvq) ||
		    !waitq_empty(&chans[i]->sendq))
			return false;
	return true;
}

/*
 * Each of n ready cases should be taken in 1 / n of TURNS turns.  By
 * Hoeffding's inequality a fair choice is off by d or more with a probability
 * of at most 2 exp(-2 d^2 / TURNS), which is 1e-13 for the d below.  There are
 * fewer than 100 such checks.
 */
enum { TURNS = 12000, OFF_BY = 430 };

static void
check_fairness(struct ktest *t, uint32_t n)
{
	struct select_case cases[MANY];
	uint32_t taken[MANY] = { 0 };

	make_chans(n, 1);
	for (uint32_t i = 0; i < n; i++)
		chan_send(chans[i], &values[i]);
	fill_cases(cases, n, SELECT_RECV);
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		int i = turn % 2 == 0 ? chan_select(cases, (int)n) :
		    chan_try_select(cases, (int)n);

		if (!EXPECT(t, i >= 0 && i < (int)n && cases[i].ok))
			return;
		taken[i]++;
		chan_send(chans[i], &values[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		EXPECT(t, taken[i] + OFF_BY > TURNS / n &&
		    taken[i] < TURNS / n + OFF_BY);
}

KTEST(select, each_ready_case_is_as_likely_as_the_others)
{
	check_fairness(t, 2);
	check_fairness(t, 3);
	check_fairness(t, 8);
	check_fairness(t, 12);
}

KTEST(select, a_channel_named_several_times_has_as_many_chances)
{
	struct select_case cases[4];
	uint32_t taken[4] = { 0 };

	make_chans(2, 1);
	fill_cases(cases, 2, SELECT_RECV);
	cases[2] = cases[3] = cases[1];
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		chan_try_send(chans[0], &values[0]);
		chan_try_send(chans[1], &values[1]);
		taken[chan_select(cases, 4)]++;
	}
	for (uint32_t i = 0; i < 4; i++)
		EXPECT(t, taken[i] + OFF_BY > TURNS / 4 &&
		    taken[i] < TURNS / 4 + OFF_BY);
}

KTEST(select, a_try_with_no_ready_case_takes_the_default)
{
	struct select_case cases[MANY];

	EXPECT_EQ(t, chan_try_select(cases, 0), -1);
	for (uint32_t n = 1; n <= MANY; n += 13) {
		make_chans(n, 0);
		fill_cases(cases, n, SELECT_RECV);
		EXPECT_EQ(t, chan_try_select(cases, (int)n), -1);
		fill_cases(cases, n, SELECT_SEND);
		EXPECT_EQ(t, chan_try_select(cases, (int)n), -1);
		EXPECT(t, nobody_waits(n));
	}
}

KTEST(select, a_nil_channel_is_never_ready)
{
	struct select_case cases[MANY];

	for (uint32_t n = 3; n <= MANY; n += 20) {
		make_chans(n, 1);
		fill_cases(cases, n, SELECT_SEND);
		for (uint32_t i = 0; i < n; i++)
			if (i != 1)
				cases[i].chan = NULL;
		for (uint32_t i = 2; i < n; i += 2)
			cases[i].op = SELECT_RECV;
		EXPECT_EQ(t, chan_select(cases, (int)n), 1);
		EXPECT_EQ(t, chan_try_select(cases, (int)n), -1);
	}
}

KTEST(select, a_closed_channel_is_always_ready_to_receive)
{
	struct select_case cases[MANY];

	for (uint32_t n = 1; n <= MANY; n += 13) {
		make_chans(n, 2);
		fill_cases(cases, n, SELECT_RECV);
		values[n - 1] = 5;
		chan_send(chans[n - 1], &values[n - 1]);
		chan_close(chans[n - 1]);
		values[n - 1] = 6;
		EXPECT_EQ(t, chan_select(cases, (int)n), n - 1);
		EXPECT(t, cases[n - 1].ok && values[n - 1] == 5);
		for (int i = 0; i < 3; i++) {
			values[n - 1] = 7;
			EXPECT_EQ(t, i == 0 ? chan_try_select(cases, (int)n) :
			    chan_select(cases, (int)n), n - 1);
			EXPECT(t, !cases[n - 1].ok && values[n - 1] == 0);
		}
	}
}

/* ---- waiting ---- */

static ATOMIC(int32_t) chosen;
static uint32_t        ncases;
static enum select_op  op;

static void
select_all(struct ktest *t, uint32_t unused)
{
	struct select_case cases[MANY];
	int i;

	(void)unused;
	fill_cases(cases, ncases, op);
	i = chan_select(cases, (int)ncases);
	EXPECT(t, cases[i].ok);
	store_release(&chosen, i);
}

/* Returns true if a select waits at each of the first n channels. */
static bool
all_wait(uint32_t n)
{
	uint32_t waiting = 0;

	for (uint32_t i = 0; i < n; i++)
		waiting += !waitq_empty(op == SELECT_SEND ? &chans[i]->sendq :
		    &chans[i]->recvq);
	return waiting == n;
}

KTEST(select, a_waiting_select_is_woken_by_any_case_and_leaves_all_lines)
{
	static const uint32_t sizes[] = { 1, 2, 5, 8, 9, MANY };

	for (uint32_t k = 0; k < 2 * ARRAY_LEN(sizes); k++) {
		uint32_t n = sizes[k / 2];
		uint32_t hit = rand_below(&t->rand, n);
		struct crowd crowd;
		int64_t v = 1000 + k;

		ncases = n;
		op = k % 2 == 0 ? SELECT_RECV : SELECT_SEND;
		make_chans(n, 0);
		values[hit] = 5;
		crowd_init(&crowd, t, select_all);
		crowd_go(&crowd);
		EVENTUALLY(t, all_wait(n));
		if (op == SELECT_RECV)
			chan_send(chans[hit], &v);
		else
			EXPECT(t, chan_recv(chans[hit], &v) && v == 5);
		crowd_wait(&crowd);
		EXPECT_EQ(t, load_acquire(&chosen), hit);
		EXPECT(t, op == SELECT_SEND || values[hit] == 1000 + k);
		EXPECT(t, nobody_waits(n));
	}
}

static void
select_a_close(struct ktest *t, uint32_t unused)
{
	struct select_case cases[MANY];
	int64_t mine[MANY];
	int i;

	(void)unused;
	for (uint32_t k = 0; k < ncases; k++) {
		mine[k] = 9;
		cases[k] = (struct select_case){ .op = SELECT_RECV,
			.chan = chans[k], .value = &mine[k] };
	}
	i = chan_select(cases, (int)ncases);
	EXPECT(t, i >= 0 && !cases[i].ok && mine[i] == 0);
}

KTEST(select, several_closes_at_once_wake_each_select_once)
{
	for (int round = 0; round < 20; round++) {
		struct crowd crowd;

		ncases = round % 2 == 0 ? 7 : MANY;
		make_chans(ncases, 0);
		crowd_init(&crowd, t, select_a_close);
		for (int i = 0; i < 10; i++)
			crowd_go(&crowd);
		if (round % 4 < 2)
			yield();
		for (uint32_t i = 0; i < ncases; i++)
			chan_close(chans[(i * 11 + (uint32_t)round) % ncases]);
		crowd_wait(&crowd);
		EXPECT(t, nobody_waits(ncases));
	}
}

/* ---- both directions ---- */

enum { SWAPS = 500 };

static ATOMIC(uint64_t) sum_sent, sum_received;

/* Send to or receive from the only channel, whichever is possible first. */
static void
swap_with_others(struct ktest *t, uint32_t i)
{
	int64_t out, in;
	struct select_case cases[] = {
		{ .op = SELECT_SEND, .chan = chans[0], .value = &out },
		{ .op = SELECT_RECV, .chan = chans[0], .value = &in },
	};

	for (int64_t k = 0; k < SWAPS; k++) {
		out = i * SWAPS + k;
		in = -1;
		if (chan_select(cases, 2) == 0) {
			/* relaxed: sums, read after the crowd has gone. */
			add_relaxed(&sum_sent, (uint64_t)out + 1);
		} else {
			/* A select never receives what it sends itself. */
			EXPECT(t, cases[1].ok && in >= 0 && in / SWAPS != i);
			add_relaxed(&sum_received, (uint64_t)in + 1);
		}
	}
}

KTEST(select, a_send_and_a_receive_of_one_select_never_meet_each_other)
{
	store_relaxed(&sum_sent, 0);
	store_relaxed(&sum_received, 0);
	make_chans(1, 0);
	/* Each exchange takes one turn of each goroutine, so with two
	 * goroutines both end at the same time. */
	crowd_run(t, 2, swap_with_others);
	EXPECT_EQ(t, load_relaxed(&sum_sent), load_relaxed(&sum_received));
	EXPECT(t, nobody_waits(1));
}

/* Each of two goroutines sends on one of two channels and receives on the
 * other, in opposite orders.  They would deadlock if select took the locks in
 * the order of the cases. */
static void
cross(struct ktest *t, uint32_t i)
{
	int64_t out = i, in;

	for (int k = 0; k < SWAPS; k++) {
		struct select_case cases[] = {
			{ .op = SELECT_SEND, .chan = chans[i], .value = &out },
			{ .op = SELECT_RECV, .chan = chans[1 - i],
				.value = &in },
		};
		int went = chan_select(cases, 2);

		EXPECT(t, went == 0 || (cases[1].ok && in == 1 - (int64_t)i));
	}
}

KTEST(select, selects_in_crossed_orders_do_not_deadlock)
{
	for (size_t cap = 0; cap < 2; cap++) {
		make_chans(2, cap);
		crowd_run(t, 2, cross);
		EXPECT(t, nobody_waits(2));
	}
}

/* ---- the default case is a statement about one moment ---- */

enum { PLACES = 8, LOOKS = 20000 };

static ATOMIC(uint32_t) stop_moving;

/* Keep at least one token in some channel at every moment, and move it to
 * another channel again and again. */
static void
move_token(struct ktest *t, uint32_t unused)
{
	struct rand rand;
	uint32_t at = 0;
	int64_t v = 0;

	(void)unused;
	rand_seed(&rand, t->seed);
	/* relaxed: only to stop. */
	while (load_relaxed(&stop_moving) == 0) {
		uint32_t to = (at + 1 + rand_below(&rand, PLACES - 1)) % PLACES;

		chan_send(chans[to], &v);
		EXPECT(t, chan_recv(chans[at], &v));
		at = to;
		if (at == 0)
			yield();	/* on one hart nobody else would run */
	}
}

KTEST(select, the_default_is_taken_only_if_at_one_moment_no_case_was_ready)
{
	struct select_case cases[PLACES];
	struct crowd crowd;

	make_chans(PLACES, 4);
	fill_cases(cases, PLACES, SELECT_RECV);
	chan_send(chans[0], &values[0]);
	store_relaxed(&stop_moving, 0);
	crowd_init(&crowd, t, move_token);
	crowd_go(&crowd);
	for (int k = 0; k < LOOKS && !ktest_failed(t); k++) {
		int i = chan_try_select(cases, PLACES);

		/* The token that was taken is put back before the next look. */
		if (EXPECT(t, i >= 0))
			chan_send(chans[i], &values[i]);
		if (k % 8 == 0)
			yield();
	}
	store_relaxed(&stop_moving, 1);
	crowd_wait(&crowd);
}

static void
try_select_two(struct ktest *t, uint32_t unused)
{
	struct select_case cases[2];

	(void)t, (void)unused;
	fill_cases(cases, 2, SELECT_RECV);
	store_release(&chosen, chan_try_select(cases, 2));
}

KTEST_ON(select, a_select_misses_no_change_behind_its_back, 2)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;
	struct crowd crowd;
	int64_t v = 3;

	make_chans(2, 1);
	chan_send(chans[1], &v);
	crowd_init(&crowd, t, try_select_two);
	sync_point_arm("select_looking", 1);
	crowd_go(&crowd);
	while (!sync_point_caught("select_looking") && now_ns() < give_up)
		cpu_relax();
	EXPECT(t, sync_point_caught("select_looking"));
	/* The select has looked at the first channel but not yet at the
	 * second. */
	chan_send(chans[0], &v);
	EXPECT(t, chan_recv(chans[1], &v));
	sync_point_release("select_looking");
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_acquire(&chosen), 0);
}

/* ---- a select that is chosen for before it has parked ---- */

static ATOMIC(uint32_t) has_sent;

static void
select_or_send(struct ktest *t, uint32_t i)
{
	int64_t v = 5;

	if (i == 0) {
		select_all(t, i);
		return;
	}
	chan_send(chans[1], &v);
	store_release(&has_sent, 1);
}

KTEST_ON(select, a_waker_of_a_select_waits_until_it_is_off_its_stack, 3)
{
	struct crowd crowd;
	nanos_t give_up = now_ns() + PATIENCE_NS;

	ncases = 3;
	op = SELECT_RECV;
	make_chans(ncases, 0);
	store_relaxed(&has_sent, 0);
	store_relaxed(&chosen, -1);
	crowd_init(&crowd, t, select_or_send);
	sync_point_arm("select_before_park", 1);
	crowd_go(&crowd);
	while (!sync_point_caught("select_before_park") && now_ns() < give_up)
		cpu_relax();
	EXPECT(t, sync_point_caught("select_before_park"));
	crowd_go(&crowd);
	hold_ns(5 * NS_PER_MS);
	EXPECT_EQ(t, load_acquire(&has_sent), 0);
	EXPECT_EQ(t, load_acquire(&chosen), -1);
	sync_point_release("select_before_park");
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_acquire(&chosen), 1);
	EXPECT_EQ(t, values[1], 5);
}

/* ---- misuse ---- */

static void
select_send_on_closed(void *arg)
{
	int64_t v = 0;
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = chans[1], .value = &v },
		{ .op = SELECT_SEND, .chan = chans[0], .value = &v },
	};

	if (arg != NULL)
		chan_select(cases, 2);
	else
		chan_try_select(cases, 2);
}

static void
expect_panic(struct ktest *t, uint32_t unused)
{
	struct panic_info why = { .text = "" };

	(void)unused;
	EXPECT(t, !try_call(select_send_on_closed, t, &why));
	EXPECT(t, strcmp(why.text, "send on closed channel") == 0);
}

KTEST(select, a_send_to_a_closed_channel_panics_now_and_when_it_waits)
{
	struct panic_info why = { .text = "" };
	struct crowd crowd;

	make_chans(2, 0);
	crowd_init(&crowd, t, expect_panic);
	crowd_go(&crowd);
	EVENTUALLY(t, !waitq_empty(&chans[0]->sendq));
	chan_close(chans[0]);
	crowd_wait(&crowd);
	expect_panic(t, 0);
	EXPECT(t, !try_call(select_send_on_closed, NULL, &why));
	EXPECT(t, strcmp(why.text, "send on closed channel") == 0);
	EXPECT(t, nobody_waits(2));
}
