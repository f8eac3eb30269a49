/*
 * soak_fates.c - how goroutines end, wait by hand, compute and share (SOAK-1,
 * SOAK-5, SOAK-6).
 */
#include "tests/preempt/hog.h"
#include "tests/preempt/soak_internal.h"

enum { PANICS = 8, DEPTH = 12, ROUNDS = 25, TERMS = 4000, JOBS = 10 };

/* ---- panics ---- */

struct fall {
	struct rand *rand;
	uint32_t     depth;
	uint32_t     caught;		/* deferred calls that have run */
};

static void
count_deferred(void *arg)
{
	struct fall *f = arg;

	f->caught++;
}

static void
fall(struct fall *f, uint32_t depth)
{
	defer(count_deferred, f);
	soak_pause(f->rand);
	if (depth == 0)
		go_panic_value(f, "fell %u deep", f->depth);
	fall(f, depth - 1);
}

static void
begin_to_fall(void *arg)
{
	struct fall *f = arg;

	fall(f, f->depth);
}

void
soak_panics(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < PANICS; i++) {
		struct panic_info why = { 0 };
		struct fall f = { .rand = rand,
			.depth = rand_below(rand, DEPTH) };
		bool well = try_call(begin_to_fall, &f, &why);

		SOAK_LAW(!well && why.value == &f, "%u", well);
		SOAK_LAW(f.caught == f.depth + 1, "%u of %u", f.caught,
		    f.depth + 1);
	}
}

/* ---- goexit ---- */

struct leave {
	uint32_t         depth;
	struct atomic32  deferred;
	struct waitgroup done;
};

static void
count_leave(void *arg)
{
	struct leave *l = arg;

	atomic32_add(&l->deferred, 1);
}

static void
exit_below(struct rand *rand, struct leave *l, uint32_t depth)
{
	defer(count_leave, l);
	soak_pause(rand);
	if (depth == 0)
		goexit();
	exit_below(rand, l, depth - 1);
}

static void
leave(struct rand *rand, void *arg)
{
	struct leave *l = arg;

	exit_below(rand, l, l->depth);
	soak_fail("goexit returns");
}

void
soak_exits(struct rand *rand, void *arg)
{
	struct leave l = { .depth = rand_below(rand, DEPTH) };

	(void)arg;
	soak_child(rand, leave, &l, &l.done);
	wg_wait(&l.done);
	SOAK_LAW(atomic32_load(&l.deferred) == l.depth + 1, "%u of %u",
	    atomic32_load(&l.deferred), l.depth + 1);
}

/* ---- park and ready: one token between two goroutines ---- */

struct pair {
	struct g        *first, *second;
	uint64_t         count;		/* changed by the token's holder */
	struct waitgroup done;
};

static void
second_of_pair(struct rand *rand, void *arg)
{
	struct pair *p = arg;

	p->second = self();
	ready(p->first);
	for (int i = 0; i < ROUNDS; i++) {
		park("soak second");
		p->count++;
		soak_pause(rand);
		ready(p->first);
	}
}

void
soak_parks(struct rand *rand, void *arg)
{
	struct pair p = { .first = self() };

	(void)arg;
	soak_child(rand, second_of_pair, &p, &p.done);
	park("soak first");
	for (uint64_t i = 0; i < ROUNDS; i++) {
		SOAK_LAW(p.count == 2 * i, "%lu in round %lu", p.count, i);
		p.count++;
		ready(p.second);
		soak_pause(rand);
		park("soak first");
	}
	wg_wait(&p.done);
	SOAK_LAW(p.count == 2 * ROUNDS, "%lu", p.count);
}

/* ---- computing, and holding a hart ---- */

void
soak_computes(struct rand *rand, void *arg)
{
	uint64_t n = TERMS * (1 + rand_below(rand, 400));
	double   once = hog_series(n);

	(void)arg;
	hog_for(1000000 + rand_below(rand, 5000000));
	SOAK_LAW(hog_series(n) == once, "%lu terms", n);
}

static void
hold_hart(void *arg)
{
	int64_t until = now_ns() + *(int64_t *)arg;

	while (now_ns() < until)
		;
}

void
soak_blocks(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		int64_t ns = soak_ns(rand);

		blocking_call(hold_hart, &ns);
		soak_pause(rand);
	}
}

/* ---- groups ---- */

struct jobs {
	struct atomic32 begun, running;
	uint32_t        most;
	bool            bad;
};

static const char *
do_job(void *arg)
{
	struct jobs *j = arg;
	uint32_t     running = atomic32_add(&j->running, 1);
	struct rand  rand;

	SOAK_LAW(running <= j->most, "%u of %u", running, j->most);
	rand_seed(&rand, atomic32_add(&j->begun, 1));
	soak_pause(&rand);
	soak_pause(&rand);
	atomic32_add(&j->running, (uint32_t)-1);
	return j->bad ? "bad job" : NULL;
}

void
soak_group(struct rand *rand, void *arg)
{
	struct context *parent = ctx_with_timeout(ctx_background(),
	    soak_ns(rand));
	struct group *group = group_new(parent);
	struct jobs   j = { .most = 1 + rand_below(rand, JOBS),
		.bad = rand_below(rand, 2) == 0 };
	uint32_t      n = 0;
	const char   *error;

	(void)arg;
	group_set_limit(group, (int)j.most);
	while (n < JOBS) {
		if (rand_below(rand, 2) == 0)
			group_go(group, do_job, &j);
		else if (!group_try_go(group, do_job, &j))
			continue;
		n++;
	}
	error = group_wait(group);
	SOAK_LAW((error != NULL) == j.bad, "%u", j.bad);
	SOAK_LAW(atomic32_load(&j.begun) == JOBS, "%u",
	    atomic32_load(&j.begun));
	SOAK_LAW(ctx_err(group_ctx(group)) != NULL, "cancelled");
	ctx_cancel(parent, NULL);
}

/* ---- a pool ---- */

struct tool {
	struct atomic32 users;
};

static void *
make_tool(void *arg)
{
	(void)arg;
	return gc_new_bytes(sizeof(struct tool));
}

static struct pool tools = { .make = make_tool };

void
soak_pool(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct tool *tool = pool_get(&tools);

		SOAK_LAW(atomic32_add(&tool->users, 1) == 1, "shared");
		soak_pause(rand);
		atomic32_add(&tool->users, (uint32_t)-1);
		pool_put(&tools, tool);
	}
}
