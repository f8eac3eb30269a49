/*
 * chan.h - channels and select.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "goroutine.h"

/*
 * A channel as in Go: it carries elements of one type and has room for cap of
 * them in its buffer.  A sender that finds no room waits for a receiver, or for
 * room.  Elements arrive in the order in which they were sent, and waiting
 * senders and receivers are served in the order in which they came.
 *
 * What the sender did before a send is seen by the receiver after the receive
 * of that element.  The k-th receive from a channel with room for n is seen by
 * the sender when its (k + n)-th send completes.  What was done before a close
 * is seen by a receiver that returns because of it.
 *
 * A NULL channel is Go's nil channel: sends and receives wait for ever.
 */
struct chan;	/* collected; opaque */
struct gc_type;

/* Return a new channel with room for cap elements of the type elem, whose size
 * may be 0.  Panics if no machine has so much memory ("makechan: size out of
 * range").  Fatal if this one has not. */
struct chan *chan_make(const struct gc_type *elem, size_t cap);

/* Types of elements without pointers: an int64_t; a byte; and one of no bytes,
 * for channels that only signal. */
extern const struct gc_type gc_int_type, gc_byte_type, gc_empty_type;

/*
 * The rest of chan_send and chan_recv, called such that the compiler saves only
 * the registers that it needs (ANTLER_LIGHT_CLOBBERS_).
 */
#if defined(__riscv)
#define ANTLER_CALL_LIGHT_(fn_, c_, value_)                                \
	({                                                                 \
		register uintptr_t a0_ __asm__("a0") = (uintptr_t)(c_);    \
		register uintptr_t a1_ __asm__("a1") = (uintptr_t)(value_); \
									   \
		__asm__ volatile("call " #fn_                              \
		    : "+r"(a0_), "+r"(a1_) : : ANTLER_LIGHT_CLOBBERS_);    \
		a0_;                                                       \
	})
#else
#define ANTLER_CALL_LIGHT_(fn_, c_, value_) fn_(c_, value_)
#endif
void      antler_chan_send(struct chan *c, const void *value);
uintptr_t antler_chan_recv(struct chan *c, void *out);

/* Send a copy of the element at value, which need not be aligned.  Waits until
 * there is room or a receiver.  Panics if c is closed, also while the caller
 * waits ("send on closed channel"). */
static inline void
chan_send(struct chan *c, const void *value)
{
	(void)ANTLER_CALL_LIGHT_(antler_chan_send, c, value);
}

/* Receive an element into *out, which need not be aligned, or drop it if out is
 * NULL.  Waits until there is one.  Returns false, and zeroes *out, if c is
 * closed and all of its elements have been received. */
static inline bool
chan_recv(struct chan *c, void *out)
{
	return ANTLER_CALL_LIGHT_(antler_chan_recv, c, out) != 0;
}

/* Send or receive as chan_send and chan_recv do, but return false instead of
 * waiting; then *out is as it was.  If chan_try_recv returns true, *ok is what
 * chan_recv would have returned; ok may be NULL. */
bool chan_try_send(struct chan *c, const void *value);
bool chan_try_recv(struct chan *c, void *out, bool *ok);

/* Close c: nothing can be sent any more.  Receivers, waiting or to come, get
 * the elements that are left and then false.  Panics if c is NULL ("close of
 * nil channel") or closed ("close of closed channel"). */
void chan_close(struct chan *c);

/* Return how many elements are in the buffer of c, and how many have room
 * there. Both return 0 if c is NULL. */
size_t chan_len(struct chan *c);
size_t chan_cap(struct chan *c);

/*
 * One case of a select.  The caller must not touch the cases before the select
 * returns.  A case whose chan is NULL is never ready.
 *
 *	struct select_case cases[] = {
 *		{ .op = SELECT_RECV, .chan = c, .value = &x },
 *		{ .op = SELECT_SEND, .chan = d, .value = &y },
 *	};
 *	switch (chan_select(cases, 2)) { ... }
 */
enum select_op { SELECT_SEND, SELECT_RECV };
struct select_case {
	enum select_op op;
	bool           ok;	/* set by a receive: what chan_recv returns */
	struct chan   *chan;
	void          *value;	/* as for chan_send or chan_recv */
};

/*
 * Perform one of the n cases and return its index.  If several are ready, one
 * of them is chosen at random, each with the same probability.  If none is
 * ready, chan_select waits until one is (for ever if n is 0), and
 * chan_try_select returns -1, as for a default case.  Panics as chan_send does,
 * and if n < 0.
 */
int antler_chan_select(struct select_case *cases, int n);
static inline int
chan_select(struct select_case *cases, int n)
{
	return (int)ANTLER_CALL_LIGHT_(antler_chan_select, cases, n);
}

int chan_try_select(struct select_case *cases, int n);
