/*
 * test_chan_try.c - operations that do not block, and are refused.
 *
 * Covers chan_look.h and CHAN-5: such operations take no lock, and are right.
 * That they need the fence in chan_look.h cannot be seen on an emulator, which
 * does not reorder memory accesses as a machine with a weak memory model does.
 */
#include "lib/str.h"
#include "tests/unit/chans.h"

/* ---- without the lock ---- */

static ATOMIC(uint32_t) tried;
static struct gate      at_lock;

/* Try to receive from shared, or to send to it, by a try and by a select.  Both
 * must be refused. */
static void
try_both_ways(struct ktest *t, enum select_op op)
{
	unsigned char elem[ELEM_MAX] = { 0 };
	struct select_case one = { .op = op, .chan = shared, .value = elem };

	EXPECT(t, op == SELECT_SEND ? !chan_try_send(shared, elem) :
	    !chan_try_recv(shared, elem, NULL));
	EXPECT_EQ(t, chan_try_select(&one, 1), -1);
}

static void
try_while_locked(struct ktest *t, uint32_t op)
{
	if (!gate_hold(t, &at_lock, 2))
		return;
	try_both_ways(t, (enum select_op)op);
	store_release(&tried, 1);
}

static void
expect_no_lock_needed(struct ktest *t, enum select_op op)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;
	struct crowd crowd;
	bool in_time;

	store_relaxed(&tried, 0);
	store_relaxed(&at_lock.n, 0);
	crowd_init(&crowd, t, try_while_locked);
	store_relaxed(&crowd.next, op);
	crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&at_lock.n) == 1);
	chan_lock(shared);
	add_release(&at_lock.n, 1);
	while (!(in_time = load_acquire(&tried) != 0) && now_ns() < give_up)
		cpu_relax();
	chan_unlock(shared);
	EXPECT(t, in_time);
	crowd_wait(&crowd);
}

KTEST_ON(chan, polling_takes_no_lock, 2)
{
	for (uint32_t i = 0; i < NKINDS; i++)
		for (size_t cap = 0; cap < 3; cap++) {
			unsigned char elem[ELEM_MAX] = { 0 };

			share(chan_make(chan_kinds[i], cap));
			/* With a buffer, the first operation that is refused
			 * leaves a note (CHAN-5), which serves all later
			 * ones. */
			try_both_ways(t, SELECT_RECV);
			expect_no_lock_needed(t, SELECT_RECV);
			while (chan_try_send(shared, elem))
				;
			expect_no_lock_needed(t, SELECT_SEND);
			if (ktest_failed(t))
				return;
		}
}

/* ---- what has been refused ---- */

/* The ways to send or receive one element that do not have to wait: a send or
 * receive, a try, a select, a select that tries. */
enum { NWAYS = 4 };

static void
do_one(struct ktest *t, struct chan *c, enum select_op op, uint32_t way,
    unsigned char *elem)
{
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = NULL },
		{ .op = op, .chan = c, .value = elem },
	};
	bool ok = true;

	if (way == 0 && op == SELECT_SEND)
		chan_send(c, elem);
	else if (way == 0)
		EXPECT(t, chan_recv(c, elem));
	else if (way == 1 && op == SELECT_SEND)
		EXPECT(t, chan_try_send(c, elem));
	else if (way == 1)
		EXPECT(t, chan_try_recv(c, elem, &ok) && ok);
	else if (way == 2)
		EXPECT_EQ(t, chan_select(cases + 1, 1), 0);
	else
		EXPECT_EQ(t, chan_try_select(cases, 2), 1);
}

/* Let operations be refused by an empty and by a full buffer, and then succeed,
 * both in the given way and by a try.  Each round does this at other slots of
 * the ring. */
static void
refuse_and_go(struct ktest *t, const struct gc_type *type, size_t cap,
    uint32_t way)
{
	struct chan *c = chan_make(type, cap);
	unsigned char elem[ELEM_MAX] = { 0 };
	uint64_t sent = 0, received = 0;
	bool any;

	for (uint32_t round = 0; round < 4 * cap && !ktest_failed(t); round++) {
		size_t n = 1 + round % cap;

		EXPECT(t, !chan_try_recv(c, elem, NULL));
		EXPECT(t, !chan_try_recv(c, elem, NULL));
		for (size_t i = 0; i < n; i++) {
			make_elem(type, sent++, elem);
			do_one(t, c, SELECT_SEND, way, elem);
		}
		/* Otherwise do_one would wait for ever. */
		if (!EXPECT_EQ(t, chan_len(c), n))
			return;
		memset(elem, 0, sizeof(elem));
		EXPECT(t, chan_try_recv(c, elem, NULL));
		EXPECT(t, is_elem(type, received++, elem));
		do {
			make_elem(type, sent, elem);
			any = chan_try_send(c, elem);
			sent += any;
		} while (any);
		EXPECT(t, !chan_try_send(c, elem));
		if (!EXPECT_EQ(t, chan_len(c), cap))
			return;
		for (size_t i = 0; i < n; i++) {
			memset(elem, 0, sizeof(elem));
			do_one(t, c, SELECT_RECV, way, elem);
			EXPECT(t, is_elem(type, received++, elem));
		}
		make_elem(type, sent++, elem);
		EXPECT(t, chan_try_send(c, elem));
		do {
			memset(elem, 0, sizeof(elem));
			any = chan_try_recv(c, elem, NULL);
			EXPECT(t, !any || is_elem(type, received, elem));
			received += any;
		} while (any);
		EXPECT_EQ(t, received, sent);
	}
}

KTEST(chan, a_refused_operation_succeeds_as_soon_as_it_can)
{
	for (uint32_t i = 0; i < NKINDS; i++)
		for (size_t cap = 1; cap < 6; cap++)
			for (uint32_t way = 0; way < NWAYS; way++)
				refuse_and_go(t, chan_kinds[i], cap, way);
}

static void
try_send_elem(void *c)
{
	unsigned char elem[ELEM_MAX] = { 0 };

	chan_try_send(c, elem);
}

KTEST(chan, a_refused_operation_sees_a_later_close)
{
	for (uint32_t i = 0; i < NKINDS; i++)
		for (size_t cap = 0; cap < 3; cap++) {
			unsigned char elem[ELEM_MAX] = { 0 };
			bool ok = true;

			share(chan_make(chan_kinds[i], cap));
			try_both_ways(t, SELECT_RECV);
			chan_close(shared);
			EXPECT(t, chan_try_recv(shared, elem, &ok) && !ok);

			share(chan_make(chan_kinds[i], cap));
			while (chan_try_send(shared, elem))
				;
			try_both_ways(t, SELECT_SEND);
			chan_close(shared);
			EXPECT(t, panics_with(try_send_elem, shared,
			    "send on closed channel"));
		}
}

/* The sender finds room, or waits for it, by itself: only the receiver
 * polls. */
static void
send_some(struct ktest *t, uint32_t n)
{
	(void)t;
	for (int64_t v = 0; v < (int64_t)n; v++)
		chan_send(shared, &v);
}

KTEST(chan, a_poller_gets_all_that_another_sends)
{
	enum { N = 20000 };

	for (size_t cap = 0; cap < 4; cap++) {
		struct crowd crowd;
		int64_t v, want = 0;

		share(chan_make(&gc_int_type, cap));
		crowd_init(&crowd, t, send_some);
		store_relaxed(&crowd.next, N);
		crowd_go(&crowd);
		for (; want < N && !ktest_failed(t); want++) {
			EVENTUALLY(t, chan_try_recv(shared, &v, NULL));
			EXPECT_EQ(t, v, want);
		}
		for (; want < N; want++)
			chan_recv(shared, NULL);
		crowd_wait(&crowd);
	}
}
