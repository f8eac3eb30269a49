/*
 * group.c - groups of goroutines that work for one result.
 *
 * The first error that one of the goroutines returns is the error of the group.
 * It cancels the context of the group, so that the other goroutines may give
 * up.
 */
#include "gc/gc.h"
#include "lib/check.h"
#include "runtime/fail/seal.h"
#include "runtime/sched/sema.h"

struct group {
	struct context  *ctx;		/* [I] cancelled by the first error */
	struct atomicptr err;		/* the first error: const char * */
	struct waitgroup wg;
	struct sema      places;	/* if limited: a permit for each
					 * goroutine that may run */
	bool             limited;
	struct seal      seal;		/* SEAL_GROUP */
};
GC_TYPE(group, ctx, err.ptr_);

struct group_call {
	struct group *group;
	const char *(*fn)(void *arg);
	void         *arg;
};
GC_TYPE(group_call, group, arg);

/* Panic unless g, which a program has passed, is a group.  Only for functions
 * that are FOR_PROGRAMS. */
INLINE void
check_group(const struct group *g)
{
	if (UNLIKELY(!seal_is(&g->seal, g, SEAL_GROUP)))
		go_panic("errgroup: %p is not a group", (const void *)g);
}

struct group *
group_new(struct context *parent)
{
	struct group *g = gc_new(&group_type);

	seal_set(&g->seal, g, SEAL_GROUP);
	if (parent != NULL)
		gc_store(&g->ctx, ctx_with_cancel(parent));
	return g;
}

FOR_PROGRAMS struct context *
group_ctx(struct group *g)
{
	check_group(g);
	return g->ctx != NULL ? g->ctx : ctx_background();
}

FOR_PROGRAMS void
group_set_limit(struct group *g, int n)
{
	uint32_t active;

	check_group(g);
	active = (uint32_t)(g->wg.state_ >> 32);
	if (active > 0)
		go_panic("errgroup: modify limit while %u goroutines in the "
		    "semaphore are still active", active);
	g->limited = n >= 0;
	sema_init(&g->places, n > 0 ? (uint32_t)n : 0);
}

/* Give the place back.  Called also if the function ended by a panic or
 * goexit(). */
static void
leave(void *arg)
{
	struct group *g = arg;

	if (g->limited)
		sema_release(&g->places);
	wg_done(&g->wg);
}

static FOR_PROGRAMS void
call(void *arg)
{
	struct group_call *c = arg;
	struct group *g = c->group;
	const char *err;

	defer(leave, g);
	err = c->fn(c->arg);
	if (err != NULL && atomicptr_cas(&g->err, NULL, (void *)err) &&
	    g->ctx != NULL)
		ctx_cancel(g->ctx, err);
}

static void
check_fn(const char *(*fn)(void *arg))
{
	if (fn == NULL)
		/* Panic here, not in the new goroutine. */
		go_panic("go of nil func value");
}

/* Start fn(arg) in a goroutine of g.  The caller has taken a permit of places,
 * if g is limited; the goroutine gives it back. */
static void
begin(struct group *g, const char *(*fn)(void *arg), void *arg)
{
	struct group_call *c = gc_new(&group_call_type);

	gc_store(&c->group, g);
	c->fn = fn;
	gc_store(&c->arg, arg);
	wg_add(&g->wg, 1);
	go(call, c);
}

FOR_PROGRAMS void
group_go(struct group *g, const char *(*fn)(void *arg), void *arg)
{
	check_group(g);
	check_fn(fn);
	if (g->limited)
		sema_acquire_why(&g->places, "errgroup.Group.Go");
	begin(g, fn, arg);
}

FOR_PROGRAMS bool
group_try_go(struct group *g, const char *(*fn)(void *arg), void *arg)
{
	check_group(g);
	check_fn(fn);
	if (g->limited && !sema_try_acquire(&g->places))
		return false;
	begin(g, fn, arg);
	return true;
}

FOR_PROGRAMS const char *
group_wait(struct group *g)
{
	const char *err;

	check_group(g);
	wg_wait(&g->wg);
	err = atomicptr_load(&g->err);
	if (g->ctx != NULL)
		ctx_cancel(g->ctx, err);
	return err;
}
