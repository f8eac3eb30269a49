/*
 * timer.h - timers and tickers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Something that happens at a time to come.  A collected object: it happens
 * also if nobody keeps a pointer to it. */
struct timer;

/*
 * A timer that sends the time on its channel, once, ns nanoseconds from now; a
 * ticker that does so every ns nanoseconds (panics if ns <= 0), dropping ticks
 * that nobody takes.  Here and below any ns is allowed: a timer of ns <= 0 is
 * due at once, and one beyond the end of the clock, which is 292 years away, is
 * never due.  What is sent is the now_ns() at which it was due.  The
 * channel has no length and no capacity to be seen.  What nobody refers to any
 * more is freed, also if it was never stopped.
 */
struct timer *timer_new(int64_t ns);
struct timer *ticker_new(int64_t ns);

/* Its channel, of gc_int_type (NULL for after_func); that of timer_new(ns). */
struct chan;
struct chan *timer_chan(struct timer *t);
struct chan *after(int64_t ns);

/* Run fn(arg) in a goroutine of its own once ns nanoseconds have passed (at
 * once if ns <= 0).  arg is kept alive until then.  Panics if fn is NULL. */
struct timer *after_func(int64_t ns, void (*fn)(void *arg), void *arg);

/*
 * Take t back.  True: in time; fn will not run, and no value from before can be
 * received.  False: it was not set, or fn runs, ran or is just about to, or the
 * value had been received.  Exactly one of the two, however close the race.
 */
bool timer_stop(struct timer *t);

/* Set t for ns from now, whether or not it is set, and return what timer_stop
 * would have. */
bool timer_reset(struct timer *t, int64_t ns);

/* The same for a ticker, which from now on ticks every ns nanoseconds.  Panics
 * if ns <= 0, or if it is none; so does timer_reset of a ticker. */
void ticker_reset(struct timer *t, int64_t ns);
