/*
 * test_chan.c - channels: what Go's chan_test.go asks, and conservation.
 *
 * Covers chan.c (CHAN-1 to CHAN-4) and waitq.h.  Links the whole runtime.  What
 * ends the machine is in tests/apps/.
 */
#include "lib/str.h"
#include "runtime/chan.h"
#include "runtime/g.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

/* Does some goroutine wait at c? */
static bool
has_receiver(struct chan *c)
{
	return !waitq_empty(&c->recvq);
}

static bool
has_sender(struct chan *c)
{
	return !waitq_empty(&c->sendq);
}

/* ---- order, len and cap, for elements of every kind ---- */

struct odd { char text[13]; };
GC_TYPE_NOPTR(odd);
struct wide { int64_t a; void *p; int64_t b; };
GC_TYPE(wide, p);
struct half { int32_t x, y; };		/* 8 bytes, aligned to 4 */
GC_TYPE_NOPTR(half);

static const struct gc_type *const kinds[] = {
	&gc_int_type, &gc_byte_type, &gc_empty_type, &gc_ptr_type, &odd_type,
	&wide_type, &half_type,
};

enum { ELEM_MAX = 24 };

/* An element that tells i, where its type has room for it. */
static void
make_elem(const struct gc_type *type, uint64_t i, unsigned char *out)
{
	memset(out, 0, ELEM_MAX);
	for (size_t k = 0; k < type->size; k++)
		out[k] = (unsigned char)(i >> (k % 8 * 8) & 0xff) ^
		    (unsigned char)(k / 8);
}

static bool
is_elem(const struct gc_type *type, uint64_t i, const unsigned char *got)
{
	unsigned char want[ELEM_MAX];

	make_elem(type, i, want);
	return memcmp(want, got, ELEM_MAX) == 0;
}

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
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t cap = 1; cap <= 9; cap += 1 + cap / 4)
			fill_and_drain(t, kinds[k], cap, &rand);
}

KTEST(chan, without_room_or_partner_try_refuses)
{
	struct chan *c = chan_make(&gc_int_type, 0);
	int64_t v = 7;
	bool ok = true;

	EXPECT(t, !chan_try_send(c, &v));
	EXPECT(t, !chan_try_recv(c, &v, &ok));
	EXPECT_EQ(t, v, 7);
	EXPECT_EQ(t, chan_len(c) + chan_cap(c), 0);
}

KTEST(chan, nil_is_never_ready_and_has_no_length)
{
	int64_t v = 7;

	EXPECT(t, !chan_try_send(NULL, &v));
	EXPECT(t, !chan_try_recv(NULL, &v, NULL));
	EXPECT_EQ(t, chan_len(NULL) + chan_cap(NULL), 0);
}

/* ---- handing over ---- */

static struct chan *shared;	/* set by share(), a root */

static void
share(struct chan *c)
{
	static bool done;

	if (!done)
		gc_root(shared);
	done = true;
	gc_store(&shared, c);
}

static ATOMIC(uint64_t) passed;

static void
send_one_kind(struct ktest *t, uint32_t i)
{
	const struct gc_type *type = kinds[i];
	unsigned char elem[ELEM_MAX];

	(void)t;
	make_elem(type, 0x1234567890 + i, elem);
	chan_send(shared, elem);
	memset(elem, 0xee, sizeof(elem));
	add_release(&passed, 1);
}

KTEST(chan, an_unbuffered_send_ends_with_its_receive)
{
	for (uint32_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct crowd crowd;
		unsigned char elem[ELEM_MAX] = { 0 };

		share(chan_make(kinds[i], 0));
		store_relaxed(&passed, 0);
		crowd_init(&crowd, t, send_one_kind);
		store_relaxed(&crowd.next, i);
		crowd_go(&crowd);
		EVENTUALLY(t, has_sender(shared));
		EXPECT_EQ(t, load_acquire(&passed), 0);
		EXPECT_EQ(t, chan_len(shared), 0);
		EXPECT(t, chan_recv(shared, elem));
		EXPECT(t, is_elem(kinds[i], 0x1234567890 + i, elem));
		crowd_wait(&crowd);
		EXPECT_EQ(t, load_acquire(&passed), 1);
	}
}

static void
recv_one_kind(struct ktest *t, uint32_t i)
{
	unsigned char elem[ELEM_MAX] = { 0 };

	EXPECT(t, chan_recv(shared, elem));
	EXPECT(t, is_elem(kinds[i], i, elem));
}

KTEST(chan, a_waiting_receiver_is_handed_the_element)
{
	for (size_t cap = 0; cap < 2; cap++)
		for (uint32_t i = 0; i < ARRAY_LEN(kinds); i++) {
			struct crowd crowd;
			unsigned char elem[ELEM_MAX];

			share(chan_make(kinds[i], cap));
			crowd_init(&crowd, t, recv_one_kind);
			store_relaxed(&crowd.next, i);
			crowd_go(&crowd);
			EVENTUALLY(t, has_receiver(shared));
			make_elem(kinds[i], i, elem);
			EXPECT(t, chan_try_send(shared, elem));
			EXPECT_EQ(t, chan_len(shared), 0);
			crowd_wait(&crowd);
		}
}

enum { NLINE = 20 };

static int64_t in_line[NLINE];

static void
recv_in_line(struct ktest *t, uint32_t i)
{
	EXPECT(t, chan_recv(shared, &in_line[i]));
}

/* How many are on q, of a channel that nobody else uses now. */
static uint32_t
line_length(const struct waitq *q)
{
	uint32_t n = 0;

	for (const struct waitq *w = load_relaxed(&q->next); w != q;
	    w = load_relaxed(&w->next))
		n++;
	return n;
}

KTEST(chan, receivers_are_served_in_the_order_they_came)
{
	struct crowd crowd;

	share(chan_make(&gc_int_type, 3));
	crowd_init(&crowd, t, recv_in_line);
	for (uint32_t i = 0; i < NLINE; i++) {
		crowd_go(&crowd);
		EVENTUALLY(t, line_length(&shared->recvq) == i + 1);
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
			EVENTUALLY(t, line_length(&shared->sendq) == i + 1);
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

KTEST(chan, room_goes_to_who_waits_to_send_at_once)
{
	enum { CAP = 8 };
	struct crowd crowd;
	int64_t v;

	share(chan_make(&gc_int_type, CAP));
	store_relaxed(&passed, 0);
	/* The short way out is open, and then comes somebody who waits. */
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

/* ---- close ---- */

KTEST(chan, a_closed_channel_gives_what_it_has_and_then_zeroes)
{
	for (uint32_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct chan *c = chan_make(kinds[k], 4);
		unsigned char elem[ELEM_MAX];
		bool ok = true;

		for (uint64_t i = 1; i <= 3; i++) {
			make_elem(kinds[k], i, elem);
			chan_send(c, elem);
		}
		chan_close(c);
		for (uint64_t i = 1; i <= 3; i++) {
			memset(elem, 0, sizeof(elem));
			EXPECT_EQ(t, chan_len(c), 4 - i);
			EXPECT(t, chan_recv(c, elem));
			EXPECT(t, is_elem(kinds[k], i, elem));
		}
		for (int i = 0; i < 3; i++) {
			memset(elem, 0, sizeof(elem));
			memset(elem, 0xee, kinds[k]->size);
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

KTEST(chan, a_close_wakes_all_who_wait_to_receive)
{
	for (size_t cap = 0; cap < 2; cap++) {
		struct crowd crowd;

		share(chan_make(&gc_int_type, cap));
		crowd_init(&crowd, t, recv_a_close);
		for (uint32_t i = 0; i < NLINE; i++)
			crowd_go(&crowd);
		EVENTUALLY(t, line_length(&shared->recvq) == NLINE);
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

static bool
panics_with(void (*fn)(void *), void *arg, const char *text)
{
	struct panic_info why = { .text = "" };

	return !try_call(fn, arg, &why) && strcmp(why.text, text) == 0;
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

KTEST(chan, a_close_makes_all_who_wait_to_send_panic)
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
		EVENTUALLY(t, line_length(&shared->sendq) == NLINE);
		chan_close(shared);
		crowd_wait(&crowd);
		/* What waited is gone, what was in the buffer is not. */
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

KTEST(chan, what_was_done_before_a_close_is_seen_after_it)
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

/* ---- the collector ---- */

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
	EVENTUALLY(t, line_length(&shared->sendq) == NLINE - 2);
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

/* ---- conservation: all that is sent is received, once ---- */

enum { NSENDERS = 12, NRECEIVERS = 9, EACH = 700 };

static ATOMIC(uint32_t) received_times[NSENDERS * EACH];
static ATOMIC(uint32_t) senders_left;

static void
send_share(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed + i);
	for (int64_t k = 0; k < EACH; k++) {
		int64_t v = i * EACH + k;

		if (rand_below(&rand, 4) != 0)
			chan_send(shared, &v);
		else
			while (!chan_try_send(shared, &v))
				yield();
		if (rand_below(&rand, 16) == 0)
			yield();
	}
	if (add_acq_rel(&senders_left, (uint32_t)-1) == 1)
		chan_close(shared);
}

static void
recv_share(struct ktest *t, uint32_t i)
{
	int64_t v, last[NSENDERS];
	bool ok = true;

	for (int k = 0; k < NSENDERS; k++)
		last[k] = -1;
	while (ok) {
		if (i % 3 != 0) {
			ok = chan_recv(shared, &v);
		} else if (!chan_try_recv(shared, &v, &ok)) {
			yield();
			continue;
		}
		if (!ok)
			break;
		if (!EXPECT(t, v >= 0 && v < NSENDERS * EACH))
			break;
		/* relaxed: a count. */
		EXPECT_EQ(t, add_relaxed(&received_times[v], 1), 0);
		/* What one sender sends comes in order. */
		EXPECT(t, v > last[v / EACH]);
		last[v / EACH] = v;
	}
}

static void
send_or_recv_share(struct ktest *t, uint32_t i)
{
	if (i < NSENDERS)
		send_share(t, i);
	else
		recv_share(t, i - NSENDERS);
}

static void
conserve(struct ktest *t, size_t cap, unsigned adversaries)
{
	struct adversary adversary;

	share(chan_make(&gc_int_type, cap));
	for (uint32_t i = 0; i < ARRAY_LEN(received_times); i++)
		store_relaxed(&received_times[i], 0);
	store_relaxed(&senders_left, NSENDERS);
	adversary_start(&adversary, t, adversaries);
	crowd_run(t, NSENDERS + NRECEIVERS, send_or_recv_share);
	adversary_stop(&adversary);
	for (uint32_t i = 0; i < ARRAY_LEN(received_times); i++)
		if (!EXPECT_EQ(t, load_relaxed(&received_times[i]), 1))
			break;
}

KTEST(chan, nothing_is_lost_or_doubled_without_a_buffer)
{
	conserve(t, 0, 0);
}

KTEST(chan, nothing_is_lost_or_doubled_with_a_buffer)
{
	conserve(t, 1, 0);
	conserve(t, 10, 0);
}

KTEST(chan, nothing_is_lost_while_ps_and_collections_come_and_go)
{
	conserve(t, 0, ADVERSARY_ALL);
	conserve(t, 5, ADVERSARY_ALL);
}

/* Words: the short way in and out, which wraps around and must agree with the
 * long one about where it is. */
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

/* ---- the prime sieve, Go's first example ---- */

static void
sieve_generate(void *arg)
{
	struct chan *out = arg;

	for (int64_t i = 2; i <= 300; i++)
		chan_send(out, &i);
	chan_close(out);
}

struct filter {
	struct chan *in, *out;
	int64_t      prime;
};
GC_TYPE(filter, in, out);

static void
sieve_filter(void *arg)
{
	struct filter *f = arg;
	int64_t v;

	while (chan_recv(f->in, &v))
		if (v % f->prime != 0)
			chan_send(f->out, &v);
	chan_close(f->out);
}

KTEST(chan, a_prime_sieve_of_goroutines_finds_the_primes)
{
	struct chan *in = chan_make(&gc_int_type, 0);
	int64_t prime, sum = 0, n = 0;

	go(sieve_generate, in);
	while (chan_recv(in, &prime)) {
		struct filter *f = gc_new(&filter_type);

		gc_store(&f->in, in);
		gc_store(&f->out, chan_make(&gc_int_type, 0));
		f->prime = prime;
		sum += prime;
		n++;
		in = f->out;
		go(sieve_filter, f);
	}
	EXPECT_EQ(t, n, 62);		/* primes below 300 */
	EXPECT_EQ(t, sum, 8275);
}
