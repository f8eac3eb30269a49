/*
 * test_chan_pass.c - elements that one goroutine hands to another.
 *
 * Covers chan_pass.h (CHAN-4) and waitq.h (WAITQ-1).
 */
#include "lib/str.h"
#include "tests/unit/chans.h"

static ATOMIC(uint64_t) passed;

static void
send_one_kind(struct ktest *t, uint32_t i)
{
	const struct gc_type *type = chan_kinds[i];
	unsigned char elem[ELEM_MAX];

	(void)t;
	make_elem(type, 0x1234567890 + i, elem);
	chan_send(shared, elem);
	memset(elem, 0xee, sizeof(elem));
	add_release(&passed, 1);
}

KTEST(chan, an_unbuffered_send_ends_with_its_receive)
{
	for (uint32_t i = 0; i < NKINDS; i++) {
		struct crowd crowd;
		unsigned char elem[ELEM_MAX] = { 0 };

		share(chan_make(chan_kinds[i], 0));
		store_relaxed(&passed, 0);
		crowd_init(&crowd, t, send_one_kind);
		store_relaxed(&crowd.next, i);
		crowd_go(&crowd);
		EVENTUALLY(t, has_sender(shared));
		EXPECT_EQ(t, load_acquire(&passed), 0);
		EXPECT_EQ(t, chan_len(shared), 0);
		EXPECT(t, chan_recv(shared, elem));
		EXPECT(t, is_elem(chan_kinds[i], 0x1234567890 + i, elem));
		crowd_wait(&crowd);
		EXPECT_EQ(t, load_acquire(&passed), 1);
	}
}

static void
recv_one_kind(struct ktest *t, uint32_t i)
{
	unsigned char elem[ELEM_MAX] = { 0 };

	EXPECT(t, chan_recv(shared, elem));
	EXPECT(t, is_elem(chan_kinds[i], i, elem));
}

KTEST(chan, a_waiting_receiver_is_handed_the_element)
{
	for (size_t cap = 0; cap < 2; cap++)
		for (uint32_t i = 0; i < NKINDS; i++) {
			struct crowd crowd;
			unsigned char elem[ELEM_MAX];

			share(chan_make(chan_kinds[i], cap));
			crowd_init(&crowd, t, recv_one_kind);
			store_relaxed(&crowd.next, i);
			crowd_go(&crowd);
			EVENTUALLY(t, has_receiver(shared));
			make_elem(chan_kinds[i], i, elem);
			EXPECT(t, chan_try_send(shared, elem));
			EXPECT_EQ(t, chan_len(shared), 0);
			crowd_wait(&crowd);
		}
}

static int64_t in_line[NLINE];

static void
recv_in_line(struct ktest *t, uint32_t i)
{
	EXPECT(t, chan_recv(shared, &in_line[i]));
}

KTEST(chan, receivers_are_served_in_the_order_they_came)
{
	struct crowd crowd;

	share(chan_make(&gc_int_type, 3));
	crowd_init(&crowd, t, recv_in_line);
	for (uint32_t i = 0; i < NLINE; i++) {
		crowd_go(&crowd);
		EVENTUALLY(t, receivers_in_line(shared) == i + 1);
	}
	for (int64_t i = 0; i < NLINE; i++)
		chan_send(shared, &i);
	crowd_wait(&crowd);
	for (int64_t i = 0; i < NLINE; i++)
		EXPECT_EQ(t, in_line[i], i);
}

static void
send_in_line(struct ktest *t, uint32_t i)
{
	int64_t v = i;

	(void)t;
	chan_send(shared, &v);
}

KTEST(chan, senders_are_served_in_the_order_they_came)
{
	for (size_t cap = 0; cap <= 3; cap += 3) {
		struct crowd crowd;
		int64_t v;

		share(chan_make(&gc_int_type, cap));
		for (v = 100; v < 100 + (int64_t)cap; v++)
			EXPECT(t, chan_try_send(shared, &v));
		crowd_init(&crowd, t, send_in_line);
		for (uint32_t i = 0; i < NLINE; i++) {
			crowd_go(&crowd);
			EVENTUALLY(t, senders_in_line(shared) == i + 1);
		}
		for (int64_t want = 100; want < 100 + (int64_t)cap; want++)
			EXPECT(t, chan_recv(shared, &v) && v == want);
		for (int64_t want = 0; want < NLINE; want++)
			EXPECT(t, chan_recv(shared, &v) && v == want);
		crowd_wait(&crowd);
		EXPECT_EQ(t, chan_len(shared), 0);
	}
}

static void
send_and_count(struct ktest *t, uint32_t i)
{
	send_in_line(t, i);
	add_release(&passed, 1);
}

KTEST(chan, new_room_goes_to_a_waiting_sender_at_once)
{
	enum { CAP = 8 };
	struct crowd crowd;
	int64_t v;

	share(chan_make(&gc_int_type, CAP));
	store_relaxed(&passed, 0);
	/* First the short way out (CHAN-3) is open; then a sender comes that
	 * has to wait. */
	for (v = 0; v < CAP / 2; v++)
		chan_send(shared, &v);
	EXPECT(t, chan_recv(shared, &v));
	while (chan_try_send(shared, &v))
		;
	crowd_init(&crowd, t, send_and_count);
	crowd_go(&crowd);
	EVENTUALLY(t, has_sender(shared));
	EXPECT(t, chan_recv(shared, &v));
	EVENTUALLY(t, load_acquire(&passed) == 1);
	EXPECT_EQ(t, chan_len(shared), CAP);
	while (chan_try_recv(shared, &v, NULL))
		;
	crowd_wait(&crowd);
	EXPECT_EQ(t, v, 0);
}
