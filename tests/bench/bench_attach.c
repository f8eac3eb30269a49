/*
 * bench_attach.c - finalizers, cleanups, weak pointers; and the statistics.
 *
 * An object is 64 bytes without pointers.  A record is attached to each of
 * ATTACHED objects in an array, oldest first.
 */
#include "gc/gc.h"
#include "tests/bench/bench.h"
#include "tests/root_once.h"

enum { ATTACHED = 100000, KEPT = 100 };

struct thing {
	uint64_t c[8];
};
GC_TYPE_NOPTR(thing);

static void **things;		/* a root */
static uint64_t ran;

static void
make_things(uint64_t n)
{
	ROOT_ONCE(things);
	gc_store(&things, gc_new_array(&gc_ptr_type, n));
	for (uint64_t i = 0; i < n; i++)
		gc_store(&things[i], gc_new(&thing_type));
	gc_collect();
}

static void
drop_things(uint64_t n)
{
	ran = 0;
	gc_store(&things, NULL);
	gc_collect();
	/* Stale words on stacks may keep a few. */
	while (ran + KEPT < n)
		yield();
}

static void
finalize(void *obj, void *arg)
{
	(void)obj, (void)arg;
	ran++;
}

static void
clean_up(void *arg)
{
	(void)arg;
	ran++;
}

BENCH(SetFinalizer, ATTACHED, 0)
{
	make_things(b->n);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		gc_set_finalizer(things[i], finalize, NULL);
	bench_stop(b);
	drop_things(b->n);
}

BENCH(AddCleanup, ATTACHED, 0)
{
	make_things(b->n);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		gc_add_cleanup(things[i], clean_up, NULL);
	bench_stop(b);
	drop_things(b->n);
}

/* From the moment when the objects are unreachable until all cleanups have run,
 * the collection included. */
BENCH(RunCleanup, ATTACHED, 0)
{
	make_things(b->n);
	for (uint64_t i = 0; i < b->n; i++)
		gc_add_cleanup(things[i], clean_up, NULL);
	bench_start(b);
	drop_things(b->n);
	bench_stop(b);
}

BENCH(WeakMake, ATTACHED, 0)
{
	make_things(b->n);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		weak_make(things[i]);
	bench_stop(b);
	gc_store(&things, NULL);
}

BENCH(WeakMakeAgain, ATTACHED, 0)
{
	make_things(64);
	for (uint64_t i = 0; i < 64; i++)
		weak_make(things[i]);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		weak_make(things[i % 64]);
	bench_stop(b);
	gc_store(&things, NULL);
}

BENCH(WeakValue, 10 * ATTACHED, 0)
{
	struct weak w;

	make_things(1);
	w = weak_make(things[0]);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		weak_value(w);
	bench_stop(b);
	gc_store(&things, NULL);
}

BENCH(MemReadStats, 1000, 0)
{
	static struct mem_stats stats;

	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		mem_read_stats(&stats);
	bench_stop(b);
}
