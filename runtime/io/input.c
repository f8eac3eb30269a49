/*
 * input.c - the ring between the UART's handler and the reader; see input.h.
 */
#include "runtime/io/input.h"

#include "lib/check.h"

/* Returns whether the reader has taken so much that a waiting producer may go
 * on. */
static bool
half_is_free(uint32_t t, uint32_t h)
{
	return t - h <= INPUT_LEN / 2;
}

size_t
input_room(struct input *in)
{
	/* relaxed: only the producer stores tail (INPUT-2). */
	uint32_t t = load_relaxed(&in->tail);
	/* acquire: pairs with store_release of head in input_take; the reader
	 * is done with the slots that input_put fills. */
	uint32_t h = load_acquire(&in->head);

	ASSERT(t - h <= INPUT_LEN);				/* INPUT-1 */
	if (t - h < INPUT_LEN)
		return INPUT_LEN - (t - h);
	/* relaxed: the fence orders it. */
	store_relaxed(&in->held, 1);
	fence_seq_cst();	/* (i), with (j) in input_wanted */
	h = load_acquire(&in->head);
	if (!half_is_free(t, h))
		return 0;
	/* The reader may have seen held meanwhile.  Then it resumes a producer
	 * that does not wait, which changes nothing.  relaxed: held is a
	 * hint. */
	store_relaxed(&in->held, 0);
	return INPUT_LEN - (t - h);
}

void
input_put(struct input *in, const uint8_t *bytes, size_t n)
{
	/* relaxed: only the producer stores tail and ended (INPUT-2). */
	uint32_t t = load_relaxed(&in->tail);
	bool     end = load_relaxed(&in->ended) != 0;

	for (size_t i = 0; i < n && !end; i++) {
		if (in->coded && !in->escaped && bytes[i] == INPUT_DLE) {
			in->escaped = true;
			continue;
		}
		end = in->escaped && bytes[i] == INPUT_EOT;
		in->escaped = false;
		if (!end)
			in->ring[t++ % INPUT_LEN] = bytes[i];
	}
	/* release: pairs with load_acquire of tail in input_take; publishes the
	 * slots. */
	store_release(&in->tail, t);
	/* release: pairs with load_acquire of ended in input_is_over; publishes
	 * the last value of tail. */
	store_release(&in->ended, end);
}

size_t
input_take(struct input *in, uint8_t *buf, size_t n)
{
	/* relaxed: only the reader stores head (INPUT-2). */
	uint32_t h = load_relaxed(&in->head);
	/* acquire: pairs with store_release of tail in input_put; we see the
	 * bytes in the slots. */
	uint32_t t = load_acquire(&in->tail);
	size_t   i;

	for (i = 0; i < n && h != t; i++, h++)
		buf[i] = in->ring[h % INPUT_LEN];
	/* release: pairs with load_acquire of head in input_room; our reads of
	 * the slots end before the producer fills them again. */
	store_release(&in->head, h);
	return i;
}

bool
input_wanted(struct input *in)
{
	fence_seq_cst();	/* (j), with (i) in input_room */
	/* relaxed: the fence orders held; tail does not move while the producer
	 * waits, and only we move head. */
	if (load_relaxed(&in->held) == 0 ||
	    !half_is_free(load_relaxed(&in->tail), load_relaxed(&in->head)))
		return false;
	store_relaxed(&in->held, 0);
	return true;
}

bool
input_is_over(struct input *in)
{
	/* acquire: pairs with store_release of ended in input_put; the tail
	 * that we load is the last. */
	return load_acquire(&in->ended) != 0 &&
	    load_relaxed(&in->tail) == load_relaxed(&in->head);
}
