/*
 * input.h - what has arrived on the console and has not been read.
 *
 * A ring of bytes between the UART's handler, the producer, and the goroutine
 * that reads.  There is one of each at a time, so the ring needs no lock:
 *
 *	INPUT-1	0 <= tail - head <= INPUT_LEN, as the producer sees it.  Both
 *		run freely and wrap; only their difference means anything.
 *	INPUT-2	Only the producer stores tail, ring[], escaped and ended; only
 *		the reader stores head.
 *	INPUT-3	A producer that found no room (input_room) is told when half
 *		of the ring is free: either it sees that itself, or the
 *		reader's input_wanted returns true.
 *
 * The two sides of INPUT-3 race as in Dekker's algorithm:
 *
 *	producer, ring full		reader
 *	  held = 1			  head += taken
 *	  fence (i)			  fence (j)
 *	  half free?  go on		  held?  resume the producer
 *
 * A serial line has no end, and a terminal needs none; but a file has.  When
 * the launcher passes a pipe or a file on, the line is coded as in the
 * transparent mode of binary synchronous communication (ISO 1745 names the
 * characters): DLE EOT is the end, DLE DLE is one DLE, and each other byte
 * stands for itself.  So all 256 bytes arrive, and nothing in a file looks like
 * its end.
 *
 * Rejected: to take a single EOT for the end, since files contain it; a break
 * condition, which QEMU sends only through its multiplexer, a byte at a time;
 * the length of the input ahead of it, which a pipe does not know.
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
 *		[p] the producer's alone	[a] atomic
 *		[I] immutable after init
 */
struct input {
	ATOMIC(uint32_t) tail;			/* [P] next to fill */
	ATOMIC(uint32_t) head;			/* [R] next to take */
	ATOMIC(uint32_t) ended;			/* [P] DLE EOT has come */
	ATOMIC(uint32_t) held;			/* [a] INPUT-3 */
	bool             coded;			/* [I] DLE means something */
	bool             escaped;		/* [p] the last byte was DLE */
	uint8_t          ring[INPUT_LEN];	/* [P] */
};

/*
 * How many bytes input_put takes now.  The producer.  After 0 it waits until
 * the reader resumes it (INPUT-3).
 */
size_t input_room(struct input *in) MUST_USE;

/* Take n bytes that have arrived, at most what input_room said.  What comes
 * after the end is dropped.  The producer. */
void input_put(struct input *in, const uint8_t *bytes, size_t n);

/* Move up to n bytes from the ring to buf, and return how many there were.  The
 * reader. */
size_t input_take(struct input *in, uint8_t *buf, size_t n) MUST_USE;

/* Returns whether the producer waits for room and there is some now; the caller
 * then resumes it.  The reader, after input_take. */
bool input_wanted(struct input *in) MUST_USE;

/* Returns whether the end has come and all before it has been taken.  The
 * reader. */
bool input_is_over(struct input *in) MUST_USE;
