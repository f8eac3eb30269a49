/*
 * test_chan_gc.c - channels of pointers and the collector.
 *
 * Covers gc_move and gc_clear in chan_ring.h, and scan_waiter in gc_host.c.
 */
#include "tests/unit/chans.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

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
	/* One block less, because the collection may also have freed garbage of
	 * earlier tests. */
	EXPECT(t, with.heap_live >= before.heap_live + (NBIG - 1) * BIG);
	recv_big(t, c);
	wipe_stack();
	gc_collect();
	gc_read_stats(&without);
	/* A register or a dead slot of the stack may still lead to a block. */
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

KTEST(chan, an_element_of_a_waiting_sender_survives_collections)
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

/* ---- what only a waiting goroutine has ---- */

static ATOMIC(uintptr_t) hidden_chan, hidden_place;
static ATOMIC(struct g *) waiting;

/* Wait at a channel, and with a place for an element, that nothing but the wait
 * leads to. */
static NOINLINE void
wait_with(struct chan *c, uint64_t *place, bool send)
{
	/* relaxed: the yields of EVENTUALLY order it. */
	store_relaxed(&hidden_chan, hide(c));
	store_relaxed(&hidden_place, hide(place));
	if (send)
		chan_send(c, place);
	else
		chan_recv(c, place);
}

static void
wait_alone(void *send)
{
	store_relaxed(&waiting, self());
	wait_with(chan_make(&gc_int_type, 0), gc_new_bytes(64), send != NULL);
}

/* Meet the waiting goroutine at the end: find its channel by the hidden
 * address, and send or receive the element that it waits for. */
static void
meet(struct ktest *t, bool send)
{
	struct chan *c = unhide(load_relaxed(&hidden_chan));
	uint64_t word = 7;

	if (send)
		EXPECT(t, chan_recv(c, &word) && word == 0);
	else
		chan_send(c, &word);
}

static void
expect_kept(struct ktest *t, bool send)
{
	store_relaxed(&waiting, NULL);
	go(wait_alone, send ? t : NULL);
	EVENTUALLY(t, load_relaxed(&waiting) != NULL &&
	    is_parked(load_relaxed(&waiting)));
	wipe_stack();
	gc_collect();
	gc_collect();
	if (EXPECT(t, hidden_is_alive(load_relaxed(&hidden_place))) &&
	    EXPECT(t, hidden_is_alive(load_relaxed(&hidden_chan))))
		meet(t, send);
}

KTEST(chan, regress_a_waiting_receiver_keeps_its_channel_and_place_alive)
{
	expect_kept(t, false);
}

KTEST(chan, regress_a_waiting_sender_keeps_its_channel_and_element_alive)
{
	expect_kept(t, true);
}
