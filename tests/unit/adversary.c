/*
 * adversary.c - see adversary.h.
 */
#include "tests/unit/adversary.h"

#include "tests/unit/crowd.h"

/* Let other goroutines run for a while: an adversary that never yielded would
 * be all that runs. */
static void
rest(struct adversary *a)
{
	/* relaxed: a count. */
	add_relaxed(&a->rounds, 1);
	for (int i = 0; i < 20; i++)
		yield();
}

static void
resize(void *arg)
{
	struct adversary *a = arg;
	uint32_t most = 2 * (uint32_t)num_hart();

	/* relaxed: the flag only says when to stop; also in collect and
	 * adversary_stop. */
	while (load_relaxed(&a->stop) == 0) {
		gomaxprocs(1 + (int)rand_below(&a->rand, most));
		rest(a);
	}
	wg_done(&a->done);
}

static void
collect(void *arg)
{
	struct adversary *a = arg;

	while (load_relaxed(&a->stop) == 0) {
		gc_collect();
		rest(a);
	}
	wg_done(&a->done);
}

void
adversary_start(struct adversary *a, struct ktest *t, unsigned what)
{
	*a = (struct adversary){ 0 };
	rand_seed(&a->rand, t->seed ^ 0xad7e);
	if (what & ADVERSARY_RESIZE) {
		wg_add(&a->done, 1);
		go_named("resizer", resize, a);
	}
	if (what & ADVERSARY_COLLECT) {
		wg_add(&a->done, 1);
		go_named("collector", collect, a);
	}
}

void
adversary_stop(struct adversary *a)
{
	store_relaxed(&a->stop, 1);
	wg_wait(&a->done);
	gomaxprocs(num_hart());
}

void
adversary_crowd(struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i), unsigned what)
{
	struct adversary a;
	struct crowd crowd;

	crowd_init(&crowd, t, fn);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(&crowd);
	if (what != 0)
		adversary_start(&a, t, what);
	crowd_wait(&crowd);
	if (what != 0)
		adversary_stop(&a);
}
