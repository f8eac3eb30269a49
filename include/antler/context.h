/*
 * context.h - contexts, which tell goroutines to stop, and groups of
 * goroutines.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * A context as in Go: it tells the goroutines that work on something when to
 * give up, and carries values to them.  Contexts form a tree, and to cancel one
 * cancels all below it.  They are objects of the collected heap; a context that
 * is cancelled is no longer referred to by its parent.  Every function here
 * panics if the context that it is given is NULL.
 */
struct context;
struct chan;

/* Return the root of all contexts, which is never cancelled and has neither a
 * deadline nor values. */
struct context *ctx_background(void);

/*
 * Return a child of parent that is cancelled by ctx_cancel, or when its parent
 * is cancelled, or at its deadline: at the instant at_ns of the clock of
 * now_ns(), or after ns nanoseconds.  All values are allowed.  A deadline in
 * the past, however far, cancels the context at once; one beyond the end of the
 * clock, which is 292 years away, never does, nor does at_ns = INT64_MAX.  A
 * program should cancel a context with a deadline when the work is done, which
 * frees its timer.
 */
struct context *ctx_with_cancel(struct context *parent);
struct context *ctx_with_deadline(struct context *parent, int64_t at_ns);
struct context *ctx_with_timeout(struct context *parent, int64_t ns);

/* Return a child of parent for which ctx_value(child, key) is value.  key is an
 * address that no other package of the program uses as a key. */
struct context *ctx_with_value(struct context *parent, const void *key,
    void *value);

/* Return a child of parent that is not cancelled when its parent is, and has no
 * deadline, but has the parent's values. */
struct context *ctx_without_cancel(struct context *parent);

/* Cancel ctx, which ctx_with_cancel, ctx_with_deadline or ctx_with_timeout
 * made, and all contexts below it.  Does nothing if ctx is cancelled
 * already.  cause is the string that ctx_cause will return, which is not
 * copied, or NULL. */
void ctx_cancel(struct context *ctx, const char *cause);

/* Return the channel that is closed when ctx is cancelled, or NULL if ctx
 * cannot be cancelled. */
struct chan *ctx_done(struct context *ctx);

/* Return NULL if ctx is not cancelled, else ctx_canceled or
 * ctx_deadline_exceeded. */
const char *ctx_err(struct context *ctx);

/* Return the cause that was given to the ctx_cancel which cancelled ctx, or
 * what ctx_err returns if none was given. */
const char *ctx_cause(struct context *ctx);
extern const char ctx_canceled[];		/* "context canceled" */
extern const char ctx_deadline_exceeded[];	/* "context deadline ..." */

/* Return true if ctx has a deadline, and store it into *at_ns.  at_ns may be
 * NULL. */
bool  ctx_deadline(struct context *ctx, int64_t *at_ns);

/* Return the value for key of ctx, or else of the nearest context above it that
 * has one, or else NULL. */
void *ctx_value(struct context *ctx, const void *key);

/* Run fn(arg) in a goroutine of its own when ctx is cancelled.  ctx_after_stop
 * takes that back: it returns true if it came in time, so that fn will not run.
 */
struct ctx_after;
struct ctx_after *ctx_after_func(struct context *ctx, void (*fn)(void *arg),
    void *arg);
bool ctx_after_stop(struct ctx_after *after);

/*
 * A group of goroutines that work for one result, as Go's errgroup.  A function
 * of the group returns NULL, or an error: a string, which is not copied.  The
 * first error cancels the context of the group, and group_wait returns it.
 */

/* Return a new group.  Its context is a child of parent; if parent is NULL it
 * is ctx_background(), which nothing cancels. */
struct group *group_new(struct context *parent);

/* Return the context of g. */
struct context *group_ctx(struct group *g);

/* Run fn(arg) in a new goroutine of g.  Waits while as many run as the limit
 * allows. */
void group_go(struct group *g, const char *(*fn)(void *arg), void *arg);

/* Wait until all goroutines of g have ended, and cancel its context.  Returns
 * the first error, or NULL. */
const char *group_wait(struct group *g);

/* Let at most n goroutines of g run at a time; any number if n < 0.  Panics
 * while one runs. */
void group_set_limit(struct group *g, int n);

/* Do what group_go does, but return false instead of waiting. */
bool group_try_go(struct group *g, const char *(*fn)(void *arg), void *arg);
