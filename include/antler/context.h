/*
 * context.h - contexts, which call work off, and groups of goroutines.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Go's context: what a piece of work is told from above, to give up above all.
 * Contexts form a tree; cancelling one cancels all made of it.  Objects of the
 * heap; those that are cancelled let go of each other.  A NULL parent is a
 * panic.
 */
struct context;
struct chan;

/* Never cancelled, no deadline, no values: the root of all others. */
struct context *ctx_background(void);

/*
 * A child that is cancelled by ctx_cancel, by its parent's end, or when its
 * time has come: at the instant at_ns of the clock of now_ns(), or after ns
 * nanoseconds.  Any value is allowed: a time in the past, however far, ends the
 * context at once, and a timeout beyond the end of the clock, which is 292
 * years away, never ends it.  at_ns = INT64_MAX is no deadline.  A context with
 * a deadline should be cancelled when the work is done, so that its timer is
 * freed.
 */
struct context *ctx_with_cancel(struct context *parent);
struct context *ctx_with_deadline(struct context *parent, int64_t at_ns);
struct context *ctx_with_timeout(struct context *parent, int64_t ns);

/* A child that says value to who asks for key, an address that nobody else
 * uses; and one that the parent's end does not reach. */
struct context *ctx_with_value(struct context *parent, const void *key,
    void *value);
struct context *ctx_without_cancel(struct context *parent);

/* Cancel a context that one of the first three made, and all below it; again is
 * nothing.  cause, or NULL, is a string for ctx_cause; not copied. */
void ctx_cancel(struct context *ctx, const char *cause);

/* A channel that is closed when ctx is cancelled; NULL if it cannot be. */
struct chan *ctx_done(struct context *ctx);

/* NULL, or one of the two when ctx is cancelled; and why: what the first cancel
 * above said, else the same as ctx_err. */
const char *ctx_err(struct context *ctx);
const char *ctx_cause(struct context *ctx);
extern const char ctx_canceled[];		/* "context canceled" */
extern const char ctx_deadline_exceeded[];	/* "context deadline ..." */

/* Has ctx a deadline?  Then *at_ns (or NULL) is it. */
bool  ctx_deadline(struct context *ctx, int64_t *at_ns);

/* What the nearest of ctx and those above says to key, or NULL. */
void *ctx_value(struct context *ctx, const void *key);

/* Run fn(arg) in a goroutine of its own when ctx is cancelled.  Stop returns
 * true if that was in time: fn will not run. */
struct ctx_after;
struct ctx_after *ctx_after_func(struct context *ctx, void (*fn)(void *arg),
    void *arg);
bool ctx_after_stop(struct ctx_after *after);

/*
 * Go's errgroup: goroutines that work for one result.  The first that returns
 * an error (a string, not copied) cancels the group's context, a child of
 * parent; its error is what group_wait returns, NULL if all went well.  parent
 * may be NULL: then there is nothing to cancel.
 */
struct group *group_new(struct context *parent);
struct context *group_ctx(struct group *g);
void group_go(struct group *g, const char *(*fn)(void *arg), void *arg);
const char *group_wait(struct group *g);	/* cancels the context, too */

/* No more than n at a time: group_go waits for a place, group_try_go returns
 * false.  n < 0 is no limit.  Panics while any runs. */
void group_set_limit(struct group *g, int n);
bool group_try_go(struct group *g, const char *(*fn)(void *arg), void *arg);
