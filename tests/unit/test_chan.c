/*
 * test_chan.c - buffers of channels: all elements that there is room for come
 * out in order and whole.
 *
 * Covers chan_ring.h (CHAN-1 to CHAN-3) and chan.c.  Handing over, closing, the
 * collector and crowds are tested in test_chan_pass.c, test_chan_close.c,
 * test_chan_gc.c and test_chan_crowd.c.  Together these files ask all that Go's
 * chan_test.go asks.  All of them link the whole runtime.  Errors that end the
 * machine are tested in tests/apps/.
 */
#include "lib/str.h"
#include "tests/unit/chans.h"

static void
fill_and_drain(struct ktest *t, const struct gc_type *type, size_t cap,
    struct rand *rand)
{
	struct chan *c = chan_make(type, cap);
	unsigned char elem[ELEM_MAX] = { 0 };
	uint64_t sent = 0, received = 0;
	bool ok;

	EXPECT_EQ(t, chan_cap(c), cap);
	while (received < 5 * cap && !ktest_failed(t)) {
		uint64_t n = rand_below(rand, (uint32_t)cap + 2);

		for (; n > 0; n--) {
			make_elem(type, sent, elem);
			EXPECT_EQ(t, chan_try_send(c, elem),
			    sent - received < cap);
			sent += sent - received < cap;
			EXPECT_EQ(t, chan_len(c), sent - received);
		}
		for (n = rand_below(rand, (uint32_t)cap + 2); n > 0; n--) {
			bool any = received < sent;

			memset(elem, 0, sizeof(elem));
			ok = false;
			EXPECT_EQ(t, chan_try_recv(c, elem, &ok), any);
			EXPECT(t, !any || (ok && is_elem(type, received,
			    elem)));
			received += any;
			EXPECT_EQ(t, chan_len(c), sent - received);
		}
	}
}

KTEST(chan, elements_come_out_whole_and_in_order)
{
	struct rand rand;

	rand_seed(&rand, t->seed);
	for (size_t k = 0; k < NKINDS; k++)
		for (size_t cap = 1; cap <= 9; cap += 1 + cap / 4)
			fill_and_drain(t, chan_kinds[k], cap, &rand);
}

KTEST(chan, a_try_without_room_or_partner_is_refused)
{
	struct chan *c = chan_make(&gc_int_type, 0);
	int64_t v = 7;
	bool ok = true;

	EXPECT(t, !chan_try_send(c, &v));
	EXPECT(t, !chan_try_recv(c, &v, &ok));
	EXPECT_EQ(t, v, 7);
	EXPECT_EQ(t, chan_len(c) + chan_cap(c), 0);
}

KTEST(chan, a_nil_channel_is_never_ready_and_has_no_length)
{
	int64_t v = 7;

	EXPECT(t, !chan_try_send(NULL, &v));
	EXPECT(t, !chan_try_recv(NULL, &v, NULL));
	EXPECT_EQ(t, chan_len(NULL) + chan_cap(NULL), 0);
}

/* Elements of one word have a short way into the buffer and out of it.  The
 * positions in the buffer wrap around, and the short way must agree with the
 * long one about them. */
KTEST(chan, the_short_way_and_the_long_way_agree)
{
	struct chan *c = chan_make(&gc_int_type, 5);
	struct rand rand;
	int64_t in = 0, out = 0, v;

	rand_seed(&rand, t->seed);
	for (int i = 0; i < 20000 && !ktest_failed(t); i++) {
		if (in - out < 5 && rand_below(&rand, 2) == 0) {
			v = in++;
			if (rand_below(&rand, 2) == 0)
				chan_send(c, &v);
			else
				EXPECT(t, chan_try_send(c, &v));
		} else if (in > out) {
			v = -1;
			EXPECT(t, chan_recv(c, rand_below(&rand, 8) == 0 ?
			    NULL : &v));
			EXPECT(t, v == out || v == -1);
			out++;
		}
		EXPECT_EQ(t, chan_len(c), in - out);
	}
}
