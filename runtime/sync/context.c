/*
 * context.c - contexts: a tree along which cancellation spreads.
 *
 * A context carries a value, or can be cancelled, or neither.  The contexts
 * that can be cancelled, the cancelers, form a tree of their own.  Each context
 * knows its nearest canceler: itself, or one above it.  Cancelling a canceler
 * cancels all contexts below it.  A canceler leaves its parent's list when it
 * is cancelled, so a parent that lives long holds only children that are still
 * of use.
 *
 *	CTX-1	err changes once, from NULL, under mutex, and cause is stored
 *		before.  So a goroutine that sees err also sees the cause.
 *	CTX-2	A child is on its parent's list only while err of both is NULL,
 *		except for the moment between the setting of the child's err
 *		and the child's leaving the list.
 *	CTX-3	The parent's mutex guards linked, and the list of children.  The
 *		goroutine that takes a child off the list clears linked; from
 *		then on prev and next of the child belong to that goroutine.
 *	CTX-4	done is closed once.  If the channel exists when err is set, the
 *		goroutine that sets err closes it; otherwise the goroutine that
 *		makes the channel sees err under the mutex, and closes it.
 *
 * To cancel a context:
 *
 *	1. under the mutex, set err and take all children off the list;
 *	2. close done, stop the timer, and start the function;
 *	3. do all this for each child.  The children still to be cancelled form
 *	   a list; there is no recursion, since trees may be deeper than stacks.
 *
 * Locking.  A goroutine holds at most one of these mutexes at a time.  While it
 * does, it calls nothing but the allocator, after_func, give_way, and the
 * closing of a channel on which nobody can wait yet.
 */
#include "gc/gc.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "lib/nanos.h"
#include "runtime/fail/seal.h"
#include "runtime/sched/preempt.h"

const char ctx_canceled[] = "context canceled";
const char ctx_deadline_exceeded[] = "context deadline exceeded";

/* Later than any deadline that a context has. */
#define NO_DEADLINE INT64_MAX

/* How many children are processed before the caller gives way. */
enum { PIECE = 64 };

/* All fields are immutable. */
struct context {
	struct context *parent;
	struct cancel  *canceler;	/* the nearest: this context, or one
					 * above; NULL if there is none */
	const void     *key;		/* NULL: the context has no value */
	void           *value;
	int64_t         deadline_ns;	/* the earliest of this context and
					 * those above, or NO_DEADLINE */
	struct seal     seal;		/* SEAL_CTX_ VALUE, CANCEL or AFTER */
};
GC_TYPE(context, parent, canceler, key, value);

/*
 * A context that can be cancelled.
 * Lock: mutex; for prev, next and linked it is the parent's mutex.
 * Field key:	[I] immutable	[L] by lock	[l] stored under lock
 */
struct cancel {
	struct context     ctx;		/* first */
	struct mutex       mutex;
	bool               linked;	/* [L] CTX-3 */
	struct cancel     *above;	/* [I] the next canceler, or NULL */
	struct cancel     *prev;	/* [L] */
	struct cancel     *next;	/* [L] */
	struct cancel     *children;	/* [L] the first */
	ATOMIC(const char *) err;	/* [l] CTX-1; NULL, ctx_canceled or
					 * ctx_deadline_exceeded */
	const char        *cause;	/* [l] */
	struct atomicptr   done;	/* [l] the channel; NULL until the first
					 * ctx_done */
	struct timer      *timer;	/* [L] for the deadline, or NULL */
	void             (*fn)(void *arg);	/* [L] to be started when the
						 * context is cancelled, or NULL
						 */
	void              *arg;		/* [L] */
};
GC_TYPE(cancel, ctx.parent, ctx.canceler, above, prev, next, children, cause,
    done.ptr_, timer, arg);

NORETURN COLD static void
panic_none(const void *ctx)
{
	go_panic("context: %p is not a context", ctx);
}

static struct context background = { .deadline_ns = NO_DEADLINE };

struct context *
ctx_background(void)
{
	return &background;
}

/* Panic unless ctx, which a program has passed, is a context.  Only for
 * functions that are FOR_PROGRAMS. */
INLINE void
check_ctx(const struct context *ctx)
{
	if (UNLIKELY(!seal_is(&ctx->seal, ctx, SEAL_CTX_CANCEL) &&
	    !seal_is(&ctx->seal, ctx, SEAL_CTX_VALUE) && ctx != &background))
		panic_none(ctx);
}

/* ---- the tree ---- */

/* Put c on above's list of children.  Returns NULL; or, if above is cancelled,
 * returns above's err and does nothing. */
static const char *
link_child(struct cancel *above, struct cancel *c)
{
	const char *err;

	mutex_lock(&above->mutex);
	err = load_relaxed(&above->err);	/* relaxed: locked */
	if (err == NULL) {
		gc_store(&c->next, above->children);
		if (above->children != NULL)
			gc_store(&above->children->prev, c);
		gc_store(&above->children, c);
		c->linked = true;
	}
	mutex_unlock(&above->mutex);
	return err;
}

/* Take c off its parent's list, if it is there. */
static void
unlink_child(struct cancel *c)
{
	struct cancel *above = c->above;

	if (above == NULL)
		return;
	mutex_lock(&above->mutex);
	if (c->linked) {
		if (c->prev != NULL)
			gc_store(&c->prev->next, c->next);
		else
			gc_store(&above->children, c->next);
		if (c->next != NULL)
			gc_store(&c->next->prev, c->prev);
		gc_store(&c->next, NULL);
		gc_store(&c->prev, NULL);
		c->linked = false;
	}
	mutex_unlock(&above->mutex);
}

/* Take all children off c, whose mutex is held, and put them in front of the
 * list rest, which is linked by next.  Returns the new list. */
static struct cancel *
orphan(struct cancel *c, struct cancel *rest)
{
	struct cancel *first = c->children, *last = NULL, *kid;
	uint32_t n = 0;

	for (kid = first; kid != NULL; kid = kid->next) {
		gc_store(&kid->prev, NULL);
		kid->linked = false;			/* CTX-3 */
		last = kid;
		if (++n % PIECE == 0)
			give_way();
	}
	if (last == NULL)
		return rest;
	gc_store(&last->next, rest);
	gc_store(&c->children, NULL);
	return first;
}

/* Cancel c, but not its children, which are put in front of the list *todo.
 * Returns false, and does nothing, if c is cancelled already. */
static bool
cancel_one(struct cancel *c, const char *err, const char *cause,
    struct cancel **todo)
{
	struct timer *timer = NULL;
	struct chan *done = NULL;
	void (*fn)(void *arg) = NULL;
	void *arg = NULL;

	mutex_lock(&c->mutex);
	if (load_relaxed(&c->err) != NULL) {	/* relaxed: locked */
		mutex_unlock(&c->mutex);
		return false;
	}
	gc_store(&c->cause, cause);
	/* release: pairs with load_acquire in ctx_err and ctx_cause. */
	store_release(&c->err, err);			/* CTX-1 */
	done = atomicptr_load(&c->done);		/* CTX-4 */
	timer = c->timer;
	fn = c->fn;
	arg = c->arg;
	gc_store(&c->timer, NULL);
	gc_store(&c->arg, NULL);
	*todo = orphan(c, *todo);
	mutex_unlock(&c->mutex);
	if (done != NULL)
		chan_close(done);
	if (timer != NULL)
		timer_stop(timer);
	if (fn != NULL)
		go(fn, arg);
	return true;
}

static void
cancel(struct cancel *c, const char *err, const char *cause)
{
	struct cancel *todo = NULL;
	uint32_t n = 0;

	if (cause == NULL)
		cause = err;
	if (!cancel_one(c, err, cause, &todo))
		return;
	unlink_child(c);				/* CTX-2 */
	while ((c = todo) != NULL) {
		todo = c->next;
		gc_store(&c->next, NULL);
		cancel_one(c, err, cause, &todo);
		if (++n % PIECE == 0)
			give_way();
	}
}

/* ---- making contexts ---- */

/* Make ctx, which is new, a child of parent. */
INLINE void
init(struct context *ctx, struct context *parent)
{
	gc_store(&ctx->parent, parent);
	gc_store(&ctx->canceler, parent->canceler);
	ctx->deadline_ns = parent->deadline_ns;
}

INLINE void
check_parent(const struct context *parent)
{
	if (parent == NULL)
		go_panic("cannot create context from nil parent");
	check_ctx(parent);
}

/* Make a child of parent that can be cancelled.  If fn is not NULL, fn(arg)
 * starts in a goroutine of its own when the child is cancelled. */
static FOR_PROGRAMS struct cancel *
new_cancel(struct context *parent, void (*fn)(void *arg), void *arg)
{
	struct cancel *c, *above;
	const char *err;

	check_parent(parent);
	c = gc_new(&cancel_type);
	seal_set(&c->ctx.seal, c, fn == NULL ? SEAL_CTX_CANCEL :
	    SEAL_CTX_AFTER);
	above = parent->canceler;
	init(&c->ctx, parent);
	gc_store(&c->ctx.canceler, c);
	gc_store(&c->above, above);
	c->fn = fn;
	gc_store(&c->arg, arg);
	err = above != NULL ? link_child(above, c) : NULL;
	if (err != NULL)
		cancel(c, err, above->cause);
	return c;
}

struct context *
ctx_with_cancel(struct context *parent)
{
	return &new_cancel(parent, NULL, NULL)->ctx;
}

static void
expire(void *arg)
{
	cancel(arg, ctx_deadline_exceeded, NULL);
}

FOR_PROGRAMS struct context *
ctx_with_deadline(struct context *parent, int64_t at_ns)
{
	struct cancel *c = new_cancel(parent, NULL, NULL);
	/* The program may pass any at_ns, so the difference may overflow. */
	nanos_t left = nanos_sub(at_ns, now_ns());

	if (parent->deadline_ns <= at_ns)
		return &c->ctx;		/* the parent's deadline is earlier */
	c->ctx.deadline_ns = at_ns;	/* no other goroutine reads it yet */
	if (left <= 0) {
		cancel(c, ctx_deadline_exceeded, NULL);
		return &c->ctx;
	}
	mutex_lock(&c->mutex);
	/* The parent may have been cancelled meanwhile, and c with it.
	 * relaxed: under the lock. */
	if (load_relaxed(&c->err) == NULL)
		gc_store(&c->timer, after_func(left, expire, c));
	mutex_unlock(&c->mutex);
	return &c->ctx;
}

FOR_PROGRAMS struct context *
ctx_with_timeout(struct context *parent, int64_t ns)
{
	return ctx_with_deadline(parent, MIN(nanos_add(now_ns(), ns),
	    NO_DEADLINE - 1));
}

FOR_PROGRAMS struct context *
ctx_with_value(struct context *parent, const void *key, void *value)
{
	struct context *ctx;

	check_parent(parent);
	if (key == NULL)
		go_panic("nil key");
	ctx = gc_new(&context_type);
	seal_set(&ctx->seal, ctx, SEAL_CTX_VALUE);
	init(ctx, parent);
	gc_store(&ctx->key, key);
	gc_store(&ctx->value, value);
	return ctx;
}

FOR_PROGRAMS struct context *
ctx_without_cancel(struct context *parent)
{
	struct context *ctx;

	check_parent(parent);
	ctx = gc_new(&context_type);
	seal_set(&ctx->seal, ctx, SEAL_CTX_VALUE);
	init(ctx, parent);
	gc_store(&ctx->canceler, NULL);
	ctx->deadline_ns = NO_DEADLINE;
	return ctx;
}

/* ---- using them ---- */

FOR_PROGRAMS void
ctx_cancel(struct context *ctx, const char *cause)
{
	check_ctx(ctx);
	if (ctx->canceler == NULL || &ctx->canceler->ctx != ctx)
		go_panic("context: cancel of a context that has no cancel");
	cancel(ctx->canceler, ctx_canceled, cause);
}

FOR_PROGRAMS const char *
ctx_err(struct context *ctx)
{
	check_ctx(ctx);
	/* acquire: pairs with store_release in cancel_one. */
	return ctx->canceler != NULL ? load_acquire(&ctx->canceler->err) :
	    NULL;
}

FOR_PROGRAMS const char *
ctx_cause(struct context *ctx)
{
	return ctx_err(ctx) != NULL ? ctx->canceler->cause : NULL;
}

FOR_PROGRAMS struct chan *
ctx_done(struct context *ctx)
{
	struct chan *done, *fresh;
	struct cancel *c;

	check_ctx(ctx);
	c = ctx->canceler;
	if (c == NULL)
		return NULL;	/* never cancelled: a receive waits for ever */
	done = atomicptr_load(&c->done);
	if (done != NULL)
		return done;
	fresh = chan_make(&gc_empty_type, 0);
	mutex_lock(&c->mutex);
	done = atomicptr_load(&c->done);
	if (done == NULL) {
		done = fresh;
		/* relaxed: locked. */
		if (load_relaxed(&c->err) != NULL)
			chan_close(done);		/* CTX-4 */
		atomicptr_store(&c->done, done);
	}
	mutex_unlock(&c->mutex);
	return done;
}

FOR_PROGRAMS bool
ctx_deadline(struct context *ctx, int64_t *at_ns)
{
	check_ctx(ctx);
	if (ctx->deadline_ns == NO_DEADLINE)
		return false;
	if (at_ns != NULL)
		*at_ns = ctx->deadline_ns;
	return true;
}

AS_PROGRAM void *
ctx_value(struct context *ctx, const void *key)
{
	if (ctx == NULL)
		return NULL;
	check_ctx(ctx);
	for (; ctx != NULL; ctx = ctx->parent)
		if (ctx->key == key && key != NULL)
			return ctx->value;
	return NULL;
}

FOR_PROGRAMS struct ctx_after *
ctx_after_func(struct context *ctx, void (*fn)(void *arg), void *arg)
{
	if (fn == NULL)
		go_panic("ctx_after_func of nil func value");
	return (struct ctx_after *)new_cancel(ctx, fn, arg);
}

FOR_PROGRAMS bool
ctx_after_stop(struct ctx_after *after)
{
	struct cancel *c = (struct cancel *)after;
	bool first;

	if (UNLIKELY(!seal_is(&c->ctx.seal, c, SEAL_CTX_AFTER)))
		panic_none(after);
	mutex_lock(&c->mutex);
	first = load_relaxed(&c->err) == NULL;	/* relaxed: locked */
	if (first) {
		c->fn = NULL;
		gc_store(&c->arg, NULL);
		/* release: as in cancel_one. */
		store_release(&c->err, ctx_canceled);
	}
	mutex_unlock(&c->mutex);
	if (first)
		unlink_child(c);
	return first;
}
