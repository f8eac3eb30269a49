/*
 * bench_gc.c - the collected heap: allocating, and collecting.
 *
 * The benchmarks do the same work as in the Go program that they are measured
 * against.  As there, each allocation is stored in a global, so it pays for one
 * gc_store, too.
 */
#include "gc/cycle.h"
#include "kernel/clock.h"
#include "tests/bench/bench.h"
#include "tests/preempt/trees.h"
#include "tests/root_once.h"

struct p16 { struct p16 *a, *b; };
struct p64 { struct p64 *a, *b; uint64_t c[6]; };
struct p1k { struct p1k *a, *b; uint64_t c[126]; };
struct n16 { uint64_t c[2]; };
struct n64 { uint64_t c[8]; };
struct n1k { uint64_t c[128]; };
GC_TYPE(p16, a, b);
GC_TYPE(p64, a, b);
GC_TYPE(p1k, a, b);
GC_TYPE_NOPTR(n16);
GC_TYPE_NOPTR(n64);
GC_TYPE_NOPTR(n1k);

static void *sink;	/* a root */

static void
make_root(void)
{
	ROOT_ONCE(sink);
}

static void
report_gc(struct bench *b, const struct gc_stats *before)
{
	struct gc_stats after;

	gc_read_stats(&after);
	bench_extra(b, (double)(after.num_gc - before->num_gc), "gcs");
}

/* A macro makes the loop anew for each type, so that gc_new sees a constant. */
#define ALLOC_LOOP(n, type)                                                 \
	for (uint64_t i_ = 0; i_ < (n); i_++)                               \
		gc_store(&sink, gc_new(type))

#define ALLOC_BENCH(name, ops, type)                                        \
	BENCH(name, ops, 0)                                                 \
	{                                                                   \
		struct gc_stats before;                                     \
		make_root();                                                \
		ALLOC_LOOP(b->n / 10, type);                                \
		gc_read_stats(&before);                                     \
		bench_start(b);                                             \
		ALLOC_LOOP(b->n, type);                                     \
		bench_stop(b);                                              \
		report_gc(b, &before);                                      \
		gc_store(&sink, NULL);                                      \
	}

ALLOC_BENCH(Alloc16Ptr, 2000000, &p16_type)
ALLOC_BENCH(Alloc16, 2000000, &n16_type)
ALLOC_BENCH(Alloc64Ptr, 2000000, &p64_type)
ALLOC_BENCH(Alloc64, 2000000, &n64_type)
ALLOC_BENCH(Alloc1KPtr, 400000, &p1k_type)
ALLOC_BENCH(Alloc1K, 400000, &n1k_type)

struct n8 { uint64_t c; };
GC_TYPE_NOPTR(n8);
ALLOC_BENCH(Alloc8, 2000000, &n8_type)

/* Bytes without a type. */
#define TINY_BENCH(name, ops, size)                                         \
	BENCH(name, ops, 0)                                                 \
	{                                                                   \
		struct gc_stats before;                                     \
		make_root();                                                \
		for (uint64_t i = 0; i < b->n / 10; i++)                    \
			gc_store(&sink, gc_new_bytes(size));                \
		gc_read_stats(&before);                                     \
		bench_start(b);                                             \
		for (uint64_t i = 0; i < b->n; i++)                         \
			gc_store(&sink, gc_new_bytes(size));                \
		bench_stop(b);                                              \
		report_gc(b, &before);                                      \
		gc_store(&sink, NULL);                                      \
	}

TINY_BENCH(AllocTiny1, 2000000, 1)
TINY_BENCH(AllocTiny8, 2000000, 8)

/* ---- the barrier, while nobody marks ---- */

enum { STORES = 1000000 };

static void *kept[8];

BENCH(Store, STORES, 0)
{
	bench_start(b);
	for (uint32_t i = 0; i < STORES; i++)
		gc_store(&kept[i % 8], &kept);
	bench_stop(b);
}

GC_INLINES_BARRIERS static void
store_inlined(void)
{
	for (uint32_t i = 0; i < STORES; i++)
		gc_store_inlined(&kept[i % 8], &kept);
}

BENCH(StoreInlined, STORES, 0)
{
	bench_start(b);
	store_inlined();
	bench_stop(b);
}

/* ---- BinaryTrees16; an op is the whole program ---- */

BENCH(BinaryTrees16, 1, 0)
{
	struct gc_stats before;

	gc_read_stats(&before);
	bench_start(b);
	if (trees_run(16) != trees_right(16))
		bench_skip(b, "the count is wrong");
	bench_stop(b);
	report_gc(b, &before);
}

/* ---- Mark64B: a collection of 200 MiB of live nodes; an op is a node ---- */

enum { LISTS = 1024, PER_LIST = 3200 };

struct node {
	struct node *next, *other;
	uint64_t     payload[6];
};
GC_TYPE(node, next, other);

static struct node *heads[LISTS];	/* roots */

static void
build_lists(int per_list)
{
	struct node *prev = NULL;

	for (int k = 0; k < per_list; k++)
		for (int i = 0; i < LISTS; i++) {
			struct node *n = gc_new(&node_type);

			gc_store(&n->next, heads[i]);
			gc_store(&n->other, prev);
			gc_store(&heads[i], n);
			if (k % 7 == 0)
				prev = n;
		}
}

/* Build the lists, with heads as a root. */
static void
build_lists_rooted(int per_list)
{
	ROOT_ONCE(heads);
	build_lists(per_list);
}

static void
drop_lists(void)
{
	for (int i = 0; i < LISTS; i++)
		gc_store(&heads[i], NULL);
	gc_collect();
}

BENCH(Mark64B, (uint64_t)LISTS * PER_LIST, 1024)
{
	struct gc_stats before, after;

	build_lists_rooted(PER_LIST);
	gc_collect();
	gc_read_stats(&before);
	bench_start(b);
	gc_collect();
	bench_stop(b);
	gc_read_stats(&after);
	/* The pauses of both stops. */
	bench_extra(b, (double)(after.pause_total_ns - before.pause_total_ns),
	    "pause-ns");
	bench_extra(b, (double)after.heap_live / MIB, "live-MiB");
	drop_lists();
}

/*
 * CollectSmall: one goroutine collects a small heap, 4 MiB; an op is a
 * collection.  Under -icount the clock counts the instructions of all harts
 * together, so ns/op with 1 hart and with 8 harts tell what the idle harts
 * cost.
 */
enum { FEW_PER_LIST = 64 };

BENCH(CollectSmall, 100, 0)
{
	build_lists_rooted(FEW_PER_LIST);
	gc_collect();
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		gc_collect();
	bench_stop(b);
	drop_lists();
}

/*
 * ---- Pause: the longest stop of a collection; an op is one ----
 *
 * There are 200 MiB of live nodes, and a goroutine that allocates before each
 * collection, with 1, 8 and 64 Ps, and then with 100,000 parked goroutines.  A
 * pause begins with the wish to stop and ends when the world runs again; under
 * -icount ns are instructions.
 */
enum { PAUSE_CYCLES = 2, PAUSE_GS = 100000 };

static struct waitgroup pause_release, pause_done;

static void
wait_for_release(void *unused)
{
	(void)unused;
	wg_wait(&pause_release);
	wg_done(&pause_done);
}

static void
pauses(struct bench *b, int procs, const char *unit)
{
	gomaxprocs(procs);
	gc_collect();
	cycle_take_longest();
	for (int i = 0; i < PAUSE_CYCLES; i++) {
		ALLOC_LOOP(10000, &p64_type);
		gc_collect();
	}
	bench_extra(b, (double)cycle_take_longest(), unit);
}

BENCH(Pause, PAUSE_CYCLES, 2048)
{
	make_root();
	build_lists_rooted(PER_LIST);
	bench_start(b);
	pauses(b, 1, "ns-1P");
	bench_stop(b);
	pauses(b, 8, "ns-8P");
	pauses(b, 64, "ns-64P");
	wg_add(&pause_release, 1);
	wg_add(&pause_done, PAUSE_GS);
	for (int i = 0; i < PAUSE_GS; i++)
		go(wait_for_release, NULL);
	yield();
	pauses(b, 1, "ns-1P-100kG");
	wg_done(&pause_release);
	wg_wait(&pause_done);
	gomaxprocs(num_hart());
	drop_lists();
}
