/*
 * soak_time.c - timers, tickers, sleeps, contexts (SOAK-4, SOAK-5).
 */
#include "tests/preempt/soak_internal.h"

enum { SETTINGS = 12, TICKS = 8, SLEEPS = 15, WORKERS = 6 };

/* ---- after_func ---- */

struct alarm {
	struct atomic64 rung;
};

static void
ring(void *arg)
{
	struct alarm *a = arg;

	atomic64_add(&a->rung, 1);
}

/* Each setting of an alarm either rings or is taken back, however stops and
 * resets race with the alarm. */
void
soak_alarm(struct rand *rand, void *arg)
{
	struct alarm *a = gc_new_bytes(sizeof(*a));
	struct timer *t = after_func(soak_ns(rand), ring, a);
	uint64_t      set = 1, taken = 0;

	(void)arg;
	for (int i = 0; i < SETTINGS; i++) {
		soak_pause(rand);
		if (rand_below(rand, 3) == 0) {
			taken += timer_stop(t);
			continue;
		}
		taken += timer_reset(t, soak_ns(rand));
		set++;
	}
	/* The alarm comes, or the watcher of the soak says that nothing
	 * moves. */
	while (atomic64_load(&a->rung) + taken < set)
		sleep_ns(20 * SOAK_US);
	taken += timer_stop(t);
	sleep_ns(soak_ns(rand));
	SOAK_LAW(atomic64_load(&a->rung) + taken == set, "%lu rung, %lu taken",
	    atomic64_load(&a->rung), taken);
}

/* ---- channels of timers ---- */

static bool
look(struct timer *t, struct rand *rand, bool wait)
{
	int64_t            when, due = 0;
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = timer_chan(t), .value = &when },
		{ .op = SELECT_RECV, .value = &due },
	};

	if (wait && rand_below(rand, 2) == 0)
		return chan_recv(timer_chan(t), &when);
	if (!wait && rand_below(rand, 2) == 0)
		return chan_try_recv(timer_chan(t), &when, NULL);
	cases[1].chan = after(soak_ns(rand));
	return chan_select(cases, 2) == 0;
}

/* Only this goroutine uses the timer.  So a stop or a reset is in time if and
 * only if the value of the last setting was not received. */
void
soak_timer(struct rand *rand, void *arg)
{
	int64_t       ns = soak_ns(rand), from = now_ns(), when;
	struct timer *t = timer_new(ns);
	bool          set = true, stopped;

	(void)arg;
	for (int i = 0; i < SETTINGS; i++) {
		switch (rand_below(rand, 4)) {
		case 0:
			stopped = timer_stop(t);
			SOAK_LAW(stopped == set, "stop says %u", stopped);
			set = false;
			break;
		case 1:
			ns = soak_ns(rand);
			from = now_ns();
			stopped = timer_reset(t, ns);
			SOAK_LAW(stopped == set, "reset says %u", stopped);
			set = true;
			break;
		default:
			if (look(t, rand, set)) {
				SOAK_LAW(set, "a value of no setting");
				SOAK_LAW(now_ns() >= from + ns, "too early");
				set = false;
			}
		}
		soak_pause(rand);
	}
	stopped = timer_stop(t);
	SOAK_LAW(stopped == set, "the last stop says %u", stopped);
	SOAK_LAW(!chan_try_recv(timer_chan(t), &when, NULL), "stale value");
}

void
soak_ticker(struct rand *rand, void *arg)
{
	int64_t       period = 20 * SOAK_US + soak_ns(rand), last = 0, when;
	struct timer *t = ticker_new(period);

	(void)arg;
	for (int i = 0; i < TICKS; i++) {
		bool ok = chan_recv(timer_chan(t), &when);

		SOAK_LAW(ok && when > last && when <= now_ns(),
		    "tick %ld after %ld", when, last);
		last = when;
		if (rand_below(rand, 4) == 0)
			ticker_reset(t, period = 20 * SOAK_US + soak_ns(rand));
		soak_pause(rand);
	}
	timer_stop(t);
	SOAK_LAW(!chan_try_recv(timer_chan(t), &when, NULL), "stale tick");
}

void
soak_sleeper(struct rand *rand, void *arg)
{
	(void)arg;
	for (int i = 0; i < SLEEPS; i++) {
		int64_t ns = soak_ns(rand), from = now_ns();

		sleep_ns(ns);
		SOAK_LAW(now_ns() - from >= ns, "slept %ld", now_ns() - from);
	}
}

/* ---- contexts ---- */

struct work {
	struct context *ctx;
};
GC_TYPE(work, ctx);

static void
count_run(void *arg)
{
	atomic32_add(arg, 1);
}

/* Work until the context ends. */
static void
work_under(struct rand *rand, void *arg)
{
	struct work     *w = arg;
	struct atomic32 *ran = gc_new_bytes(sizeof(*ran));
	struct ctx_after *after_it = ctx_after_func(w->ctx, count_run, ran);
	bool             stopped = false;

	for (;;) {
		struct select_case cases[] = {
			{ .op = SELECT_RECV, .chan = ctx_done(w->ctx) },
			{ .op = SELECT_RECV, .chan = after(soak_ns(rand)) },
		};

		if (chan_select(cases, 2) == 0)
			break;
		if (rand_below(rand, 50) == 0)
			ctx_cancel(w->ctx, "had enough");
		if (!stopped && rand_below(rand, 20) == 0)
			stopped = ctx_after_stop(after_it);
		soak_pause(rand);
	}
	SOAK_LAW(ctx_err(w->ctx) != NULL && ctx_cause(w->ctx) != NULL, "");
	/* The function is stopped or runs; a run may still be on its way. */
	if (!stopped)
		while (atomic32_load(ran) == 0)
			sleep_ns(20 * SOAK_US);
	SOAK_LAW(!ctx_after_stop(after_it), "stopped twice, or after it ran");
	SOAK_LAW(atomic32_load(ran) == !stopped, "ran %u times",
	    atomic32_load(ran));
}

void
soak_contexts(struct rand *rand, void *arg)
{
	struct context  *root = ctx_with_timeout(ctx_background(),
	    2 * soak_ns(rand));
	struct context  *ctx = root;
	struct waitgroup done = { 0 };

	(void)arg;
	for (int i = 0; i < WORKERS; i++) {
		struct work *w = gc_new(&work_type);

		if (rand_below(rand, 3) == 0)
			ctx = root;
		ctx = rand_below(rand, 2) == 0 ? ctx_with_cancel(ctx) :
		    ctx_with_timeout(ctx, 4 * soak_ns(rand));
		gc_store(&w->ctx, ctx);
		soak_child(rand, work_under, w, &done);
	}
	if (rand_below(rand, 2) == 0) {
		soak_pause(rand);
		ctx_cancel(root, "the round is over");
	}
	wg_wait(&done);
	SOAK_LAW(ctx_err(ctx) != NULL, "");
}
