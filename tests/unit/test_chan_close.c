/*
 * test_chan_close.c - closed channels, and misuse.
 *
 * Covers chan_close, and what a send and a receive do after it.
 */
#include "lib/str.h"
#include "tests/unit/chans.h"

KTEST(chan, a_closed_channel_gives_what_it_has_and_then_zeroes)
{
	for (uint32_t k = 0; k < NKINDS; k++) {
		struct chan *c = chan_make(chan_kinds[k], 4);
		unsigned char elem[ELEM_MAX];
		bool ok = true;

		for (uint64_t i = 1; i <= 3; i++) {
			make_elem(chan_kinds[k], i, elem);
			chan_send(c, elem);
		}
		chan_close(c);
		for (uint64_t i = 1; i <= 3; i++) {
			memset(elem, 0, sizeof(elem));
			EXPECT_EQ(t, chan_len(c), 4 - i);
			EXPECT(t, chan_recv(c, elem));
			EXPECT(t, is_elem(chan_kinds[k], i, elem));
		}
		for (int i = 0; i < 3; i++) {
			memset(elem, 0, sizeof(elem));
			memset(elem, 0xee, chan_kinds[k]->size);
			EXPECT(t, !chan_recv(c, elem));
			for (size_t b = 0; b < sizeof(elem); b++)
				EXPECT_EQ(t, elem[b], 0);
			EXPECT(t, chan_try_recv(c, elem, &ok) && !ok);
			EXPECT(t, !chan_recv(c, NULL));
		}
	}
}

KTEST(chan, a_closed_buffer_that_has_wrapped_around_is_drained_in_order)
{
	enum { CAP = 6 };
	int64_t v;

	for (int64_t skip = 0; skip <= CAP; skip++)
		for (int64_t taken = 0; taken <= CAP; taken++) {
			struct chan *c = chan_make(&gc_int_type, CAP);

			for (v = 0; v < skip; v++)
				chan_send(c, &v);
			for (int64_t i = 0; i < skip; i++)
				chan_recv(c, &v);
			for (v = 1; v <= CAP; v++)
				chan_send(c, &v);
			for (int64_t i = 1; i <= taken; i++)
				EXPECT(t, chan_recv(c, &v) && v == i);
			chan_close(c);
			for (int64_t i = taken + 1; i <= CAP; i++)
				EXPECT(t, chan_recv(c, &v) && v == i);
			EXPECT(t, !chan_recv(c, &v) && v == 0);
			EXPECT_EQ(t, chan_len(c), 0);
		}
}

static void
recv_a_close(struct ktest *t, uint32_t i)
{
	int64_t v = 77 + i;

	EXPECT(t, !chan_recv(shared, &v));
	EXPECT_EQ(t, v, 0);
}

KTEST(chan, a_close_wakes_every_waiting_receiver)
{
	for (size_t cap = 0; cap < 2; cap++) {
		struct crowd crowd;

		share(chan_make(&gc_int_type, cap));
		crowd_init(&crowd, t, recv_a_close);
		for (uint32_t i = 0; i < NLINE; i++)
			crowd_go(&crowd);
		EVENTUALLY(t, receivers_in_line(shared) == NLINE);
		chan_close(shared);
		crowd_wait(&crowd);
	}
}

/* ---- misuse ---- */

static void
send_word(void *c)
{
	int64_t v = 1;

	chan_send(c, &v);
}

static void
try_send_word(void *c)
{
	int64_t v = 1;

	chan_try_send(c, &v);
}

static void
close_it(void *c)
{
	chan_close(c);
}

static void
make_huge(void *cap)
{
	chan_make(&wide_type, (size_t)cap);
}

KTEST(chan, misuse_panics_in_gos_words_and_leaves_the_channel_usable)
{
	for (size_t cap = 0; cap < 3; cap++) {
		struct chan *c = chan_make(&gc_int_type, cap);

		chan_close(c);
		for (int i = 0; i < 3; i++) {
			EXPECT(t, panics_with(send_word, c,
			    "send on closed channel"));
			EXPECT(t, panics_with(try_send_word, c,
			    "send on closed channel"));
			EXPECT(t, panics_with(close_it, c,
			    "close of closed channel"));
			EXPECT(t, !chan_recv(c, NULL));
		}
	}
	EXPECT(t, panics_with(close_it, NULL, "close of nil channel"));
	EXPECT(t, panics_with(make_huge, (void *)(SIZE_MAX / 8),
	    "makechan: size out of range"));
	EXPECT(t, panics_with(make_huge, (void *)SIZE_MAX,
	    "makechan: size out of range"));
	EXPECT(t, panics_with(make_huge, (void *)(1UL << 46),
	    "makechan: size out of range"));
}

static void
send_until_closed(struct ktest *t, uint32_t i)
{
	(void)i;
	EXPECT(t, panics_with(send_word, shared, "send on closed channel"));
}

KTEST(chan, a_close_makes_every_waiting_sender_panic)
{
	for (size_t cap = 0; cap < 2; cap++) {
		struct crowd crowd;
		int64_t v = 9;

		share(chan_make(&gc_int_type, cap));
		if (cap > 0)
			chan_send(shared, &v);
		crowd_init(&crowd, t, send_until_closed);
		for (uint32_t i = 0; i < NLINE; i++)
			crowd_go(&crowd);
		EVENTUALLY(t, senders_in_line(shared) == NLINE);
		chan_close(shared);
		crowd_wait(&crowd);
		/* The elements of waiting senders are gone; one in the buffer
		 * is not. */
		EXPECT_EQ(t, chan_recv(shared, &v), cap > 0);
		EXPECT(t, !chan_recv(shared, &v));
	}
}

static int64_t plain_data;

static void
read_plain_after_close(struct ktest *t, uint32_t i)
{
	(void)i;
	chan_recv(shared, NULL);
	EXPECT_EQ(t, plain_data, 42);
}

KTEST(chan, writes_before_a_close_are_seen_after_it)
{
	for (int round = 0; round < 20; round++) {
		struct crowd crowd;

		plain_data = 0;
		share(chan_make(&gc_empty_type, 0));
		crowd_init(&crowd, t, read_plain_after_close);
		for (int i = 0; i < 4; i++)
			crowd_go(&crowd);
		if (round % 2 == 0)
			yield();
		plain_data = 42;
		chan_close(shared);
		crowd_wait(&crowd);
	}
}
