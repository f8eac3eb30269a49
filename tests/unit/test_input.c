/*
 * test_input.c - the ring of bytes that have arrived on the console, and the
 * code by which a pipe sends them.
 *
 * Covers INPUT-1 to INPUT-3.  Links runtime/io/input.c only.  Runs in the
 * guest, and on the host under the sanitizers (tools/host.mk).
 */
#include "kernel/clock.h"
#include "lib/str.h"
#include "runtime/io/input.h"
#include "tests/ktest.h"

enum { STREAM = 1000000, BURST = 64 };

/* After so long a wait the producer will never be resumed: no machine is that
 * slow. */
#define PATIENCE (30 * NS_PER_S)

typedef ATOMIC(uint32_t) counter;

static struct input in;
static counter      resumed;		/* how often the reader did resume it */

static void
reset(bool coded)
{
	memset(&in, 0, sizeof(in));
	in.coded = coded;
	/* Let the counters wrap soon.  relaxed: nobody else is here yet. */
	store_relaxed(&in.head, UINT32_MAX - 5);
	store_relaxed(&in.tail, UINT32_MAX - 5);
	store_relaxed(&resumed, 0);
}

static void
put(const char *bytes, size_t n)
{
	input_put(&in, (const uint8_t *)bytes, n);
}

/* Take what the ring holds.  Returns whether that was just these bytes. */
static bool
holds(const char *bytes, size_t n)
{
	uint8_t buf[300];

	return input_take(&in, buf, sizeof(buf)) == n &&
	    memcmp(buf, bytes, n) == 0;
}

KTEST(input, a_terminal_may_send_any_byte_and_has_no_end)
{
	reset(false);
	put("a\x10\x04\x10\x10z", 6);
	EXPECT(t, holds("a\x10\x04\x10\x10z", 6));
	EXPECT(t, !input_is_over(&in));
}

KTEST(input, a_pipe_carries_each_of_256_bytes)
{
	uint8_t bytes[256], coded[2];

	reset(true);
	for (uint32_t i = 0; i < 256; i++) {
		bytes[i] = (uint8_t)i;
		coded[0] = coded[1] = bytes[i];
		input_put(&in, coded, i == INPUT_DLE ? 2 : 1);
	}
	EXPECT(t, holds((const char *)bytes, 256));
	EXPECT(t, !input_is_over(&in));
}

KTEST(input, a_doubled_dle_before_an_eot_is_data)
{
	reset(true);
	put("\x10\x10\x04", 3);
	EXPECT(t, holds("\x10\x04", 2));
	EXPECT(t, !input_is_over(&in));
}

KTEST(input, the_end_is_seen_once_all_before_it_is_taken)
{
	reset(true);
	put("ab\x10", 3);
	put("\x04more", 5);
	put("and more", 8);
	EXPECT(t, !input_is_over(&in));
	EXPECT(t, holds("ab", 2));
	EXPECT(t, input_is_over(&in));
	put("\x10\x10x", 3);
	EXPECT(t, holds("", 0) && input_is_over(&in));
}

KTEST(input, an_end_alone_is_an_empty_input)
{
	reset(true);
	put("\x10\x04", 2);
	EXPECT(t, input_is_over(&in));
}

KTEST(input, a_full_ring_has_room_when_half_is_taken)	/* INPUT-1, INPUT-3 */
{
	static uint8_t buf[INPUT_LEN];
	size_t room;

	reset(false);
	for (uint32_t i = 0; i < INPUT_LEN; i++) {
		EXPECT_EQ(t, input_room(&in), INPUT_LEN - i);
		put("x", 1);
	}
	EXPECT_EQ(t, input_room(&in), 0);
	EXPECT_EQ(t, input_take(&in, buf, INPUT_LEN / 2 - 1),
	    INPUT_LEN / 2 - 1);
	EXPECT(t, !input_wanted(&in));
	EXPECT_EQ(t, input_take(&in, buf, 1), 1);
	EXPECT(t, input_wanted(&in) && !input_wanted(&in));
	room = input_room(&in);
	EXPECT_EQ(t, room, INPUT_LEN / 2);
}

/* Return the byte at a place in the stream.  The stream repeats after 251
 * bytes, which does not divide the length of the ring. */
static uint8_t
byte_at(size_t at)
{
	return (uint8_t)(at % 251);
}

/* Send the stream in bursts.  When there is no room, wait until the reader
 * resumes the producer. */
static void
produce(struct ktest *t)
{
	nanos_t give_up = clock_now() + PATIENCE;
	uint8_t bytes[BURST];
	size_t  at = 0;

	while (at < STREAM && !ktest_failed(t)) {
		/* relaxed: only a change of the count matters. */
		uint32_t seen = load_relaxed(&resumed);
		size_t   n = MIN(input_room(&in), (size_t)(STREAM - at));

		n = MIN(n, 1 + at % BURST);
		for (size_t i = 0; i < n; i++)
			bytes[i] = byte_at(at + i);
		input_put(&in, bytes, n);
		at += n;
		while (n == 0 && load_relaxed(&resumed) == seen &&
		    EXPECT(t, clock_now() < give_up))
			cpu_relax();
	}
}

/* Return how many bytes of the stream are in the ring, or a few less. */
static uint32_t
in_ring(void)
{
	/* relaxed: a hint. */
	return load_relaxed(&in.tail) - load_relaxed(&in.head);
}

/* Take the stream, each time when the ring is almost full: then the reader
 * takes bytes while the producer finds no room. */
static void
consume(struct ktest *t)
{
	static uint8_t buf[INPUT_LEN];
	nanos_t        give_up = clock_now() + PATIENCE;
	size_t         at = 0;

	while (at < STREAM && !ktest_failed(t)) {
		size_t least = MIN((size_t)(INPUT_LEN - BURST), STREAM - at);
		size_t n = 0;

		if (in_ring() >= least)
			n = input_take(&in, buf, sizeof(buf));
		if (n > 0 && input_wanted(&in))
			add_relaxed(&resumed, 1);	/* relaxed: a count */
		for (size_t i = 0; i < n; i++)
			if (buf[i] != byte_at(at + i)) {
				EXPECT_EQ(t, buf[i], byte_at(at + i));
				return;
			}
		at += n;
		EXPECT(t, clock_now() < give_up);
	}
}

static void
produce_or_consume(struct ktest *t, uint32_t hart)
{
	if (hart == 0)
		produce(t);
	else if (hart == 1)
		consume(t);
}

KTEST_ON(input, a_producer_that_waits_for_room_is_resumed, 2)	/* INPUT-3 */
{
	reset(false);
	ktest_on_every_hart(t, produce_or_consume);
	EXPECT_EQ(t, input_room(&in), INPUT_LEN);
}
