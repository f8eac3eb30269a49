/*
 * chan.h - channels and select.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "goroutine.h"

/*
 * A Go channel: of elements of one type, with room for cap of them; those sent
 * into one without room wait for a receiver.  First in, first out, and so are
 * those who wait.  Everything before a send is seen after its receive, and the
 * k-th receive of a channel with room for n before the (k + n)-th send
 * completes; a close is seen by who receives because of it.
 *
 * A NULL channel is Go's nil one: sends and receives wait for ever.
 */
struct chan;	/* collected; opaque */
struct gc_type;

/* Make a channel.  elem may be any type, of size 0 too.  Panics if no machine
 * has that much memory ("makechan: size out of range"). */
struct chan *chan_make(const struct gc_type *elem, size_t cap);

/* Element types without pointers: an int64_t, a byte, and nothing at all, for
 * channels that only signal. */
extern const struct gc_type gc_int_type, gc_byte_type, gc_empty_type;

/*
 * The rest of chan_send and chan_recv, called in a way that the compiler saves
 * what registers it really needs; see ANTLER_LIGHT_CLOBBERS_.
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

/* Send the element at value, which is copied, and need not be aligned.  Waits
 * for room or a receiver.  Panics if c is or becomes closed ("send on closed
 * channel"). */
static inline void
chan_send(struct chan *c, const void *value)
{
	(void)ANTLER_CALL_LIGHT_(antler_chan_send, c, value);
}

/* Receive an element into *out, which need not be aligned (NULL: throw it
 * away); waits for one.  Returns false if c is closed and all has been
 * received: then *out is zeroed. */
static inline bool
chan_recv(struct chan *c, void *out)
{
	return ANTLER_CALL_LIGHT_(antler_chan_recv, c, out) != 0;
}

/* The same, unless they would have to wait: then they return false, and *out is
 * as it was.  *ok (or NULL) is what chan_recv would have returned. */
bool chan_try_send(struct chan *c, const void *value);
bool chan_try_recv(struct chan *c, void *out, bool *ok);

/* Let no more be sent.  Those that wait to receive, or do later, get what is
 * there and then false.  Panics: "close of nil channel", "close of closed
 * channel". */
void chan_close(struct chan *c);

/* Elements that wait in c's buffer, and how many can.  0 for NULL. */
size_t chan_len(struct chan *c);
size_t chan_cap(struct chan *c);

/*
 * Go's select.  The cases are the caller's until it returns.  A case whose chan
 * is NULL is never ready.
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
	bool           ok;	/* of a receive that went: chan_recv's result */
	struct chan   *chan;
	void          *value;	/* as in chan_send, chan_recv */
};

/*
 * Do one of n cases and return its index; of those that can go one at random,
 * all as likely.  If none can, chan_select waits for one (for ever if n is 0)
 * and chan_try_select returns -1: the default case.
 */
int antler_chan_select(struct select_case *cases, int n);
static inline int
chan_select(struct select_case *cases, int n)
{
	return (int)ANTLER_CALL_LIGHT_(antler_chan_select, cases, n);
}

int chan_try_select(struct select_case *cases, int n);
