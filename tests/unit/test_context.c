/*
 * test_context.c - contexts.
 *
 * Covers context.c (CTX-1 to CTX-4).  Links the whole runtime.
 */
#include "gc/gc.h"
#include "lib/str.h"
#include "tests/root_once.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { DEEP = 20000, KIDS = 200, ROUNDS = 200 };

static bool
is_closed(struct chan *c)
{
	bool ok;

	return chan_try_recv(c, NULL, &ok) && !ok;
}

static void
expect_live(struct ktest *t, struct context *ctx)
{
	EXPECT(t, ctx_err(ctx) == NULL);
	EXPECT(t, ctx_cause(ctx) == NULL);
	EXPECT(t, ctx_done(ctx) == NULL || !is_closed(ctx_done(ctx)));
}

static void
expect_ended(struct ktest *t, struct context *ctx, const char *err,
    const char *cause)
{
	EXPECT(t, ctx_err(ctx) == err);
	EXPECT(t, ctx_cause(ctx) == cause);
	EXPECT(t, is_closed(ctx_done(ctx)));
}

KTEST(context, the_background_context_never_ends_and_has_no_values)
{
	struct context *bg = ctx_background();

	EXPECT(t, ctx_done(bg) == NULL);
	EXPECT(t, ctx_err(bg) == NULL && ctx_cause(bg) == NULL);
	EXPECT(t, !ctx_deadline(bg, NULL));
	EXPECT(t, ctx_value(bg, bg) == NULL);
}

KTEST(context, a_cancel_reaches_all_contexts_below_and_none_above)
{
	struct context *top = ctx_with_cancel(ctx_background());
	struct context *mid = ctx_with_cancel(ctx_with_value(top, t, t));
	struct context *low = ctx_with_value(ctx_with_cancel(mid), t, t);
	struct context *side = ctx_with_cancel(top);
	struct chan *done = ctx_done(low);

	EXPECT(t, done == ctx_done(low));
	EXPECT(t, strcmp(ctx_canceled, "context canceled") == 0);
	EXPECT(t, strcmp(ctx_deadline_exceeded,
	    "context deadline exceeded") == 0);
	expect_live(t, low);
	ctx_cancel(mid, "enough");
	expect_ended(t, mid, ctx_canceled, ctx_cause(mid));
	expect_ended(t, low, ctx_canceled, ctx_cause(mid));
	EXPECT(t, strcmp(ctx_cause(mid), "enough") == 0);
	EXPECT(t, is_closed(done));
	expect_live(t, top);
	expect_live(t, side);
	ctx_cancel(mid, "again");	/* does nothing */
	EXPECT(t, strcmp(ctx_cause(low), "enough") == 0);
	ctx_cancel(top, NULL);
	expect_ended(t, side, ctx_canceled, ctx_canceled);
	expect_ended(t, ctx_with_cancel(top), ctx_canceled, ctx_canceled);
	EXPECT(t, strcmp(ctx_cause(low), "enough") == 0);
}

KTEST(context, a_value_is_that_of_the_nearest_context)
{
	static char one, two;
	struct context *a, *b, *c;

	a = ctx_with_value(ctx_background(), &one, &a);
	b = ctx_with_cancel(ctx_with_value(a, &two, &b));
	c = ctx_with_value(b, &one, &c);
	EXPECT(t, ctx_value(a, &one) == &a && ctx_value(a, &two) == NULL);
	EXPECT(t, ctx_value(b, &one) == &a && ctx_value(b, &two) == &b);
	EXPECT(t, ctx_value(c, &one) == &c && ctx_value(c, &two) == &b);
	EXPECT(t, ctx_value(ctx_without_cancel(c), &two) == &b);
	ctx_cancel(b, NULL);
	EXPECT(t, ctx_err(c) == ctx_canceled);
	expect_live(t, ctx_without_cancel(c));
}

KTEST(context, a_deadline_ends_the_context_and_all_below_it)
{
	int64_t now = now_ns(), at;
	struct context *soon = ctx_with_timeout(ctx_background(), NS_PER_MS);
	struct context *below = ctx_with_timeout(soon, NS_PER_S * 1000);
	struct context *late = ctx_with_deadline(ctx_background(),
	    now + NS_PER_S * 1000);

	EXPECT(t, ctx_deadline(soon, &at) && at >= now + NS_PER_MS);
	EXPECT(t, ctx_deadline(below, &at) && at < now + NS_PER_S * 1000);
	chan_recv(ctx_done(below), NULL);
	EXPECT(t, now_ns() >= now + NS_PER_MS);
	expect_ended(t, below, ctx_deadline_exceeded, ctx_deadline_exceeded);
	expect_ended(t, soon, ctx_deadline_exceeded, ctx_deadline_exceeded);
	expect_ended(t, ctx_with_timeout(ctx_background(), 0),
	    ctx_deadline_exceeded, ctx_deadline_exceeded);
	expect_live(t, late);
	ctx_cancel(late, NULL);
	expect_ended(t, late, ctx_canceled, ctx_canceled);
}

KTEST(context, a_tree_may_be_deeper_than_a_stack)
{
	struct context *top = ctx_with_cancel(ctx_background()), *low = top;

	for (int i = 0; i < DEEP; i++)
		low = ctx_with_cancel(low);
	ctx_cancel(top, NULL);
	expect_ended(t, low, ctx_canceled, ctx_canceled);
}

/* Go's TestParentFinishesChild looks at the parent's list of children; here the
 * size of the heap tells whether they are free. */
KTEST(context, children_that_are_cancelled_are_free)
{
	struct context *top = ctx_with_cancel(ctx_background());
	struct gc_stats before, after;

	gc_collect();
	gc_read_stats(&before);
	for (int i = 0; i < 5000; i++) {
		struct context *ctx = ctx_with_timeout(top, NS_PER_S * 1000);

		ctx_done(ctx);
		ctx_cancel(ctx, NULL);
	}
	gc_collect();
	gc_read_stats(&after);
	/* Much less than the contexts, which were more than 1,000,000 bytes. */
	EXPECT(t, after.heap_live < before.heap_live + 100000);
	ctx_cancel(top, NULL);
}

static struct atomic32 nrun;

static void
count_one(void *arg)
{
	atomic32_add(arg, 1);
}

KTEST(context, after_func_runs_once_or_is_stopped)
{
	struct context *ctx = ctx_with_cancel(ctx_background());
	struct ctx_after *stopped, *after;

	atomic32_store(&nrun, 0);
	stopped = ctx_after_func(ctx, count_one, &nrun);
	after = ctx_after_func(ctx, count_one, &nrun);
	EXPECT(t, ctx_after_stop(stopped));
	EXPECT(t, !ctx_after_stop(stopped));
	ctx_cancel(ctx, NULL);
	EVENTUALLY(t, atomic32_load(&nrun) == 1);
	EXPECT(t, !ctx_after_stop(after));
	ctx_after_func(ctx, count_one, &nrun);	/* runs at once */
	EVENTUALLY(t, atomic32_load(&nrun) == 2);
	EXPECT(t, ctx_after_stop(ctx_after_func(ctx_background(), count_one,
	    &nrun)));
}

static struct context *root;
static struct atomic32 ended;

/* Wait until a context below root has ended.  It ends by a cancel of its own,
 * by a timeout, or by the cancel of root. */
static void
wait_below(struct ktest *t, uint32_t i)
{
	struct context *ctx = i % 3 == 0 ? ctx_with_cancel(root) :
	    ctx_with_timeout(root, (1 + i % 7) * 100 * NS_PER_US);
	struct context *low = ctx_with_cancel(ctx);

	if (i % 5 == 0)
		ctx_after_stop(ctx_after_func(low, count_one, &nrun));
	if (i % 4 == 0)
		ctx_cancel(ctx, NULL);
	chan_recv(ctx_done(low), NULL);
	EXPECT(t, ctx_err(ctx) != NULL && ctx_err(low) != NULL);
	EXPECT(t, ctx_err(ctx) == ctx_err(low));
	atomic32_add(&ended, 1);
}

KTEST(context, all_contexts_below_end_beside_resizes_and_collections)
{
	struct adversary a;

	ROOT_ONCE(root);
	adversary_start(&a, t, ADVERSARY_ALL);
	for (int round = 0; round < ROUNDS / 20; round++) {
		struct crowd crowd;

		gc_store(&root, ctx_with_cancel(ctx_background()));
		atomic32_store(&ended, 0);
		crowd_init(&crowd, t, wait_below);
		for (int i = 0; i < KIDS; i++)
			crowd_go(&crowd);
		sleep_ns(round * 50 * NS_PER_US);
		ctx_cancel(root, "over");
		crowd_wait(&crowd);
		EXPECT_EQ(t, atomic32_load(&ended), KIDS);
	}
	adversary_stop(&a);
	gc_store(&root, NULL);
}
