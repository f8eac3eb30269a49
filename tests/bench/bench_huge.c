/*
 * bench_huge.c - a heap of 4 GiB with 50 million objects (MEM=6G); an op is an
 * object.
 */
#include "gc/cycle.h"
#include "gc/gc.h"
#include "tests/bench/bench.h"
#include "tests/root_once.h"

enum { OBJECTS = 50 * 1000 * 1000, CHAINS = 1 << 16 };

struct huge {
	struct huge *next, *other;
	uint64_t     number, filling[7];
};
GC_TYPE(huge, next, other);

static struct huge **chains;

/* Build chains of objects.  Each object also has a pointer into some other
 * chain. */
static void
build(void)
{
	ROOT_ONCE(chains);
	gc_store(&chains, gc_new_array(&gc_ptr_type, CHAINS));
	for (uint64_t i = 0; i < OBJECTS; i++) {
		struct huge **chain = &chains[i % CHAINS];
		struct huge *o = gc_new(&huge_type);

		o->number = i;
		gc_store(&o->next, *chain);
		gc_store(&o->other, chains[(i * 7919) % CHAINS]);
		gc_store(chain, o);
	}
}

/* Returns how many objects are in their own chain. */
static uint64_t
count(void)
{
	uint64_t n = 0;

	for (uint64_t c = 0; c < CHAINS; c++)
		for (struct huge *o = chains[c]; o != NULL; o = o->next)
			n += o->number % CHAINS == c;
	return n;
}

static void
report(struct bench *b)
{
	struct gc_stats s;

	gc_read_stats(&s);
	bench_extra(b, (double)s.heap_live / (double)(1024 * MIB), "GiB-live");
	bench_extra(b, (double)s.heap_sys / (double)(1024 * MIB), "GiB-held");
	bench_extra(b, (double)s.num_gc, "gcs");
	bench_extra(b, (double)cycle_take_longest() / NS_PER_US, "max-us");
}

BENCH(Huge4G, OBJECTS, 5500)
{
	cycle_take_longest();
	bench_start(b);
	build();
	bench_stop(b);
	if (count() != OBJECTS)
		bench_skip(b, "objects are missing");
	report(b);
}

/* A full collection of that heap, which is built here if it is not there
 * yet. */
BENCH(HugeCollect4G, OBJECTS, 5500)
{
	if (chains == NULL)
		build();
	gc_collect();
	cycle_take_longest();
	bench_start(b);
	gc_collect();
	bench_stop(b);
	report(b);
	if (count() != OBJECTS)
		bench_skip(b, "objects are missing");
	gc_store(&chains, NULL);
	gc_release_memory();
}
