/*
 * test_select_kinds.c - selects that wait, at channels of every kind and in
 * every order.
 *
 * Covers select_wait.c: both ways to wait, and what makes a select change from
 * one way to the other way.
 */
#include "lib/str.h"
#include "tests/root_once.h"
#include "tests/unit/chans.h"

enum { MOST = 9 };	/* more cases than select keeps on the stack */

/* In a row of orders: the channel of the case before, and a nil channel. */
enum { SAME = -1, NIL = -2 };

/* The number of cases of a select, then for each case the index of its channel
 * in chans, which is sorted by address. */
static const int orders[][MOST + 1] = {
	{ 1, 0 },
	{ 2, 0, 1 },
	{ 2, 1, 0 },
	{ 3, 0, NIL, 1 },
	{ 3, 1, 0, SAME },
	{ 4, 0, 1, 2, 3 },
	{ 4, 3, 0, 2, 1 },
	{ 8, 0, 1, 2, 3, 4, 5, 6, 7 },
	{ 9, 8, 3, 5, 0, 1, 7, 2, 6, 4 },
};

static struct chan *chans[MOST];
static const int   *order;
static enum select_op op;
static const struct gc_type *type;
static ATOMIC(int32_t) went;

static void
select_in_order(struct ktest *t, uint32_t unused)
{
	struct select_case cases[MOST];
	unsigned char elems[MOST][ELEM_MAX];
	struct chan *c = NULL;
	int i;

	(void)unused;
	for (i = 0; i < order[0]; i++) {
		int which = order[i + 1];

		c = which == NIL ? NULL : which == SAME ? c : chans[which];
		make_elem(type, op == SELECT_SEND ? 5 : 0, elems[i]);
		cases[i] = (struct select_case){ .op = op, .chan = c,
			.value = elems[i] };
	}
	i = chan_select(cases, order[0]);
	EXPECT(t, cases[i].ok);
	EXPECT(t, op == SELECT_SEND || is_elem(type, 6, elems[i]));
	for (int k = 0; k < MOST; k++)
		if (chans[k] == cases[i].chan)
			store_release(&went, k);
}

/* Returns how many waiters stand in the lines of all channels together. */
static uint32_t
waiting(void)
{
	uint32_t n = 0;

	for (int i = 0; i < MOST; i++)
		n += receivers_in_line(chans[i]) +
		    senders_in_line(chans[i]);
	return n;
}

static void
make_chans(struct ktest *t, size_t cap)
{
	ROOT_ONCE(chans);
	for (int i = 0; i < MOST; i++) {
		unsigned char elem[ELEM_MAX];
		struct chan *c = chan_make(type, cap);
		int at = i;

		/* Keep chans sorted by address, in whatever order the heap
		 * allocates. */
		for (; at > 0 && chans[at - 1] > c; at--)
			gc_store(&chans[at], chans[at - 1]);
		gc_store(&chans[at], c);
		/* Fill the channel.  If it has a buffer, receive and send once
		 * more, so that the short ways of both are open.  Channels to
		 * receive from are emptied again. */
		make_elem(type, 7, elem);
		while (chan_try_send(c, elem))
			;
		if (cap > 0)
			EXPECT(t, chan_try_recv(c, NULL, NULL) &&
			    chan_try_send(c, elem));
		while (op == SELECT_RECV && chan_len(c) > 0)
			EXPECT(t, chan_recv(c, NULL));
	}
}

/* Let a select wait as order says, then serve it at chans[hit]. */
static void
wait_and_serve(struct ktest *t, size_t cap, int hit)
{
	unsigned char elem[ELEM_MAX] = { 0 };
	uint32_t in_line = 0;
	struct crowd crowd;

	make_chans(t, cap);
	for (int i = 0; i < order[0]; i++)
		in_line += order[i + 1] != NIL;
	store_relaxed(&went, -1);
	crowd_init(&crowd, t, select_in_order);
	crowd_go(&crowd);
	EVENTUALLY(t, waiting() == in_line);
	if (op == SELECT_RECV) {
		make_elem(type, 6, elem);
		chan_send(chans[hit], elem);
		if (cap > 0)
			EXPECT_EQ(t, chan_len(chans[hit]), 0);
	} else {
		EXPECT(t, chan_recv(chans[hit], elem));
		EXPECT(t, is_elem(type, cap > 0 ? 7 : 5, elem));
	}
	if (!EVENTUALLY(t, load_acquire(&went) >= 0)) {
		if (op == SELECT_RECV)		/* so that the test ends */
			chan_close(chans[hit]);
		while (load_acquire(&went) < 0)
			chan_try_recv(chans[hit], NULL, NULL);
	}
	crowd_wait(&crowd);
	EXPECT_EQ(t, load_acquire(&went), hit);
	EXPECT_EQ(t, waiting(), 0);
	EXPECT_EQ(t, chan_len(chans[hit]), op == SELECT_RECV ? 0 : cap);
}

KTEST(select, a_select_waits_at_channels_of_every_kind_in_every_order)
{
	for (uint32_t k = 0; k < NKINDS; k++)
		for (uint32_t o = 0; o < ARRAY_LEN(orders); o++)
			for (uint32_t i = 0; i < 4 && !ktest_failed(t); i++) {
				int at = 1 + (int)rand_below(&t->rand,
				    (uint32_t)orders[o][0]);

				type = chan_kinds[k];
				order = orders[o];
				op = i % 2 == 0 ? SELECT_SEND : SELECT_RECV;
				while (order[at] < 0)
					at--;
				wait_and_serve(t, i / 2 * 2, order[at]);
			}
}
