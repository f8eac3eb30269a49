/*
 * test_chan_gc.c - channels of pointers and the collector.
 *
 * Covers gc_move and gc_clear in chan_ring.h.
 */
#include "tests/unit/chans.h"

enum { BIG = 256 * 1024, NBIG = 8 };

/* Not inlined, so that no pointer is left in the caller's frame. */
static NOINLINE void
send_big(struct chan *c)
{
	for (uint64_t i = 0; i < NBIG; i++) {
		uint64_t *big = gc_new_bytes(BIG);

		big[0] = i;
		chan_send(c, &big);
	}
}

static NOINLINE void
recv_big(struct ktest *t, struct chan *c)
{
	for (uint64_t i = 0; i < NBIG; i++) {
		uint64_t *big;

		chan_recv(c, &big);
		EXPECT_EQ(t, big[0], i);
	}
}

KTEST(chan, a_buffer_keeps_its_elements_alive_but_not_those_it_gave_away)
{
	struct chan *c = chan_make(&gc_ptr_type, NBIG);
	struct gc_stats before, with, without;

	gc_collect();
	gc_read_stats(&before);
	send_big(c);
	gc_collect();
	gc_read_stats(&with);
	/* Less one, for what was garbage of others before. */
	EXPECT(t, with.heap_live >= before.heap_live + (NBIG - 1) * BIG);
	recv_big(t, c);
	wipe_stack();
	gc_collect();
	gc_read_stats(&without);
	/* One may still be in a register or a dead slot of the stack. */
	EXPECT(t, without.heap_live <= with.heap_live - (NBIG - 2) * BIG);
	EXPECT_EQ(t, chan_len(c), 0);
}

static void
send_node_and_forget(struct ktest *t, uint32_t i)
{
	struct wide w = { .a = i, .p = gc_new_bytes(64), .b = ~(int64_t)i };

	(void)t;
	*(uint64_t *)w.p = i;
	chan_send(shared, &w);
}

KTEST(chan, what_a_waiting_sender_offers_survives_collections)
{
	struct crowd crowd;
	bool seen[NLINE] = { false };

	share(chan_make(&wide_type, 2));
	crowd_init(&crowd, t, send_node_and_forget);
	for (uint32_t i = 0; i < NLINE; i++)
		crowd_go(&crowd);
	EVENTUALLY(t, senders_in_line(shared) == NLINE - 2);
	for (uint32_t i = 0; i < NLINE; i++) {
		struct wide w;

		gc_collect();
		EXPECT(t, chan_recv(shared, &w));
		if (!EXPECT(t, w.a >= 0 && w.a < NLINE && w.b == ~w.a))
			break;
		EXPECT(t, !seen[w.a]);
		seen[w.a] = true;
		EXPECT_EQ(t, *(uint64_t *)w.p, w.a);
	}
	crowd_wait(&crowd);
}
