/*
 * test_group.c - groups of goroutines with one result.
 *
 * Covers group.c.  Links the whole runtime.
 */
#include "lib/str.h"
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { MANY = 200, LIMIT = 3 };

static struct atomic32 nrun, inside, most, let_go;

static const char *
succeed(void *arg)
{
	(void)arg;
	atomic32_add(&nrun, 1);
	return NULL;
}

KTEST(group, a_group_without_errors_returns_none)
{
	struct group *g = group_new(NULL);

	atomic32_store(&nrun, 0);
	for (int i = 0; i < MANY; i++)
		group_go(g, succeed, NULL);
	EXPECT(t, group_wait(g) == NULL);
	EXPECT_EQ(t, atomic32_load(&nrun), MANY);
	EXPECT(t, group_ctx(g) == ctx_background());
}

static const char *
fail_after_cancel(void *arg)
{
	chan_recv(ctx_done(arg), NULL);
	return "too late";
}

static const char *
fail(void *arg)
{
	(void)arg;
	yield();
	return "first";
}

KTEST(group, the_first_error_wins_and_ends_the_others)
{
	struct context *parent = ctx_with_cancel(ctx_background());
	struct group *g = group_new(parent);

	for (int i = 0; i < MANY; i++)
		group_go(g, fail_after_cancel, group_ctx(g));
	group_go(g, fail, NULL);
	EXPECT(t, strcmp(group_wait(g), "first") == 0);
	EXPECT(t, ctx_err(group_ctx(g)) == ctx_canceled);
	EXPECT(t, strcmp(ctx_cause(group_ctx(g)), "first") == 0);
	EXPECT(t, ctx_err(parent) == NULL);
	ctx_cancel(parent, NULL);
}

KTEST(group, a_groups_context_ends_with_the_wait_or_the_parent)
{
	struct context *parent = ctx_with_cancel(ctx_background());
	struct group *g = group_new(parent), *h = group_new(parent);

	group_go(g, succeed, NULL);
	EXPECT(t, group_wait(g) == NULL);
	EXPECT(t, ctx_err(group_ctx(g)) == ctx_canceled);
	group_go(h, fail_after_cancel, group_ctx(h));
	ctx_cancel(parent, NULL);
	EXPECT(t, strcmp(group_wait(h), "too late") == 0);
}

static const char *
leave(void *arg)
{
	(void)arg;
	goexit();
}

KTEST(group, a_member_that_calls_goexit_is_not_waited_for_and_frees_its_place)
{
	struct group *g = group_new(NULL);

	group_set_limit(g, 1);
	for (int i = 0; i < 3; i++)
		group_go(g, leave, NULL);
	EXPECT(t, group_wait(g) == NULL);
}

static const char *
stay(void *arg)
{
	uint32_t n = atomic32_add(&inside, 1), seen = atomic32_load(&most);

	(void)arg;
	while (n > seen && !atomic32_cas(&most, seen, n))
		seen = atomic32_load(&most);
	while (atomic32_load(&let_go) == 0)
		yield();
	atomic32_add(&inside, (uint32_t)-1);
	return NULL;
}

KTEST(group, no_more_functions_run_at_once_than_the_limit)
{
	struct group *g = group_new(NULL);
	struct adversary a;

	atomic32_store(&inside, 0);
	atomic32_store(&most, 0);
	atomic32_store(&let_go, 0);
	group_set_limit(g, LIMIT);
	for (int i = 0; i < LIMIT; i++)
		EXPECT(t, group_try_go(g, stay, NULL));
	EXPECT(t, !group_try_go(g, stay, NULL));
	EVENTUALLY(t, atomic32_load(&inside) == LIMIT);
	atomic32_store(&let_go, 1);
	adversary_start(&a, t, ADVERSARY_ALL);
	for (int i = 0; i < MANY; i++)
		group_go(g, stay, NULL);	/* waits for a free place */
	EXPECT(t, group_wait(g) == NULL);
	adversary_stop(&a);
	EXPECT_EQ(t, atomic32_load(&most), LIMIT);
	group_set_limit(g, 0);
	EXPECT(t, !group_try_go(g, stay, NULL));
	group_set_limit(g, -1);
	EXPECT(t, group_try_go(g, succeed, NULL));
	EXPECT(t, group_wait(g) == NULL);
}
