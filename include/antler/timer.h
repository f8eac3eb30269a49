/*
 * timer.h - timers and tickers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Something that happens later.  An object of the collected heap.  It happens
 * even if the program keeps no pointer to it. */
struct timer;

/*
 * Return a timer that sends once on its channel, when ns nanoseconds have
 * passed.  Here and below any ns is allowed: a timer with ns <= 0 is due at
 * once, and one that would be due after the end of the clock, which is 292
 * years away, is never due.  The element that it sends is an int64_t, the
 * now_ns() at which it was due.  chan_len and chan_cap of the channel are 0.  A
 * timer that the program no longer refers to is freed, whether or not it was
 * stopped.
 */
struct timer *timer_new(int64_t ns);

/* Return a ticker, which sends as a timer does, but every ns nanoseconds.  A
 * tick that is not received before the next one is dropped.  Panics if ns <= 0.
 */
struct timer *ticker_new(int64_t ns);

/* Return the channel of t, with elements of gc_int_type, or NULL if after_func
 * made t. */
struct chan;
struct chan *timer_chan(struct timer *t);

/* Return the channel of a new timer_new(ns). */
struct chan *after(int64_t ns);

/* Run fn(arg) in a goroutine of its own when ns nanoseconds have passed, or at
 * once if ns <= 0.  The object that arg points to is kept alive until fn
 * returns.  Returns the timer, which timer_stop and timer_reset take.  Panics
 * if fn is NULL. */
struct timer *after_func(int64_t ns, void (*fn)(void *arg), void *arg);

/*
 * Stop t.  Returns true if that was in time: then fn will not run, and no value
 * that t sent can be received any more.  Returns false if t was not set, if fn
 * has run, runs or is just about to, or if the value had been received.  A call
 * that races with the timer gets exactly one of these two outcomes.
 */
bool timer_stop(struct timer *t);

/* Set t, whether or not it is set, to be due when ns nanoseconds have passed.
 * Returns what timer_stop would have returned.  Panics if t is a ticker. */
bool timer_reset(struct timer *t, int64_t ns);

/* Let the ticker t tick every ns nanoseconds from now on.  Panics if ns <= 0,
 * or if t is no ticker. */
void ticker_reset(struct timer *t, int64_t ns);
