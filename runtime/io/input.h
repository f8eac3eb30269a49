/*
 * input.h - the bytes that have arrived on the console and have not been read.
 *
 * A ring of bytes between the UART's handler, the producer, and the goroutine
 * that reads.  There is one producer and one reader at a time, so the ring
 * needs no lock:
 *
 *	INPUT-1	0 <= tail - head <= INPUT_LEN, as the producer sees it.  Both
 *		counters run freely and wrap; only their difference means
 *		anything.
 *	INPUT-2	Only the producer stores tail, ring[], escaped and ended; only
 *		the reader stores head.
 *	INPUT-3	A producer that found no room (input_room) learns when half of
 *		the ring is free: either the producer sees that itself, or the
 *		reader's input_wanted returns true.
 *
 * The two sides of INPUT-3 race as in Dekker's algorithm:
 *
 *	producer, ring full		reader
 *	  held = 1			  head += taken
 *	  fence (i)			  fence (j)
 *	  half free?  go on		  held?  resume the producer
 *
 * A serial line has no end, and a terminal needs none; but a file has an end.
 * When the launcher sends a pipe or a file, the line is coded as in the
 * transparent mode of binary synchronous communication (ISO 1745 names the
 * characters): DLE EOT is the end, DLE DLE is one DLE, and each other byte
 * stands for itself.  So all 256 bytes can be sent, and nothing in a file looks
 * like its end.
 *
 * Rejected: taking a single EOT for the end, because files contain it; a break
 * condition, because QEMU sends that only through its multiplexer, a byte at a
 * time; sending the length of the input first, because the length of a pipe is
 * not known.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

enum {
	INPUT_LEN = 4096,
	INPUT_EOT = 0x04,
	INPUT_DLE = 0x10,
};

_Static_assert((INPUT_LEN & (INPUT_LEN - 1)) == 0,
    "counters wrap at 2^32, so INPUT_LEN must divide it");

/*
 * Field key:	[P] stored by the producer, loaded by any (INPUT-2)
 *		[R] stored by the reader, loaded by the producer
 *		[p] used by the producer only	[a] atomic
 *		[I] immutable after init
 */
struct input {
	ATOMIC(uint32_t) tail;			/* [P] next slot to fill */
	ATOMIC(uint32_t) head;			/* [R] next slot to take */
	ATOMIC(uint32_t) ended;			/* [P] DLE EOT has come */
	ATOMIC(uint32_t) held;			/* [a] the producer waits:
						 * INPUT-3 */
	bool             coded;			/* [I] DLE is a code */
	bool             escaped;		/* [p] the last byte was DLE */
	uint8_t          ring[INPUT_LEN];	/* [P] */
};

/*
 * Returns how many bytes input_put would take now.  If it returns 0, the
 * producer must wait until the reader resumes it (INPUT-3).  Called by the
 * producer.
 */
size_t input_room(struct input *in) MUST_USE;

/* Store n bytes that have arrived, at most as many as input_room returned.
 * Bytes that come after the end are dropped.  Called by the producer. */
void input_put(struct input *in, const uint8_t *bytes, size_t n);

/* Move up to n bytes from the ring to buf.  Returns how many were moved.
 * Called by the reader. */
size_t input_take(struct input *in, uint8_t *buf, size_t n) MUST_USE;

/* Returns whether the producer waits for room and half of the ring is free now;
 * the caller then resumes the producer.  Called by the reader, after
 * input_take. */
bool input_wanted(struct input *in) MUST_USE;

/* Returns whether the end has come and everything before it has been taken.
 * Called by the reader. */
bool input_is_over(struct input *in) MUST_USE;
