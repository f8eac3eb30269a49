/*
 * test_memstats.c - the numbers of mem_read_stats agree with each other and
 * with what has been done.
 *
 * Covers gc/memstats.c, runtime/collect/memstats.c.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "gc/sizeclass.h"
#include "lib/str.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

enum { K = 3000 };

/* A type of a size that nothing else uses. */
struct rare {
	struct rare *next;
	uint64_t     more[28];
};
GC_TYPE(rare, next);

static struct rare     *list;		/* a root */
static struct mem_stats a, b;		/* too large for a stack */

static void
setup(void)
{
	ROOT_ONCE(list);
	gc_store(&list, NULL);
	gc_collect();
}

static NOINLINE void
build(void)
{
	for (int i = 0; i < K; i++) {
		struct rare *x = gc_new(&rare_type);

		gc_store(&x->next, list);
		gc_store(&list, x);
	}
}

static NOINLINE void
drop(void)
{
	gc_store(&list, NULL);
	wipe_stack();
	gc_collect();
}

static void
expect_sound(struct ktest *t, const struct mem_stats *s)
{
	uint64_t mallocs = 0, frees = 0;

	EXPECT_EQ(t, s->alloc, s->heap_alloc);
	EXPECT_EQ(t, s->heap_objects, s->mallocs - s->frees);
	EXPECT_EQ(t, s->heap_sys, s->heap_inuse + s->heap_idle);
	EXPECT(t, s->heap_released <= s->heap_idle);
	EXPECT(t, s->heap_alloc <= s->heap_inuse);
	EXPECT(t, s->heap_alloc <= s->total_alloc);
	EXPECT_EQ(t, s->sys, s->heap_sys + s->stack_sys + s->gc_sys +
	    s->other_sys);
	EXPECT(t, s->stack_inuse >= num_goroutine() * 4096);
	EXPECT(t, s->gc_cpu_ppm <= 1000000);
	for (uint32_t i = 0; i < s->nsizes; i++) {
		EXPECT(t, s->by_size[i].mallocs >= s->by_size[i].frees);
		EXPECT(t, i == 0 || s->by_size[i].size >
		    s->by_size[i - 1].size);
		mallocs += s->by_size[i].mallocs;
		frees += s->by_size[i].frees;
	}
	/* The rest are large objects. */
	EXPECT(t, mallocs <= s->mallocs && frees <= s->frees);
}

KTEST(memstats, the_statistics_count_each_object_by_its_size)
{
	unsigned class = sizeclass_of(sizeof(struct rare)) - 1;

	setup();
	mem_read_stats(&a);
	build();
	mem_read_stats(&b);
	EXPECT_EQ(t, b.by_size[class].size, 240);
	EXPECT_EQ(t, b.by_size[class].mallocs - a.by_size[class].mallocs, K);
	EXPECT_EQ(t, b.by_size[class].frees, a.by_size[class].frees);
	EXPECT_EQ(t, b.mallocs - a.mallocs, K);
	EXPECT_EQ(t, b.total_alloc - a.total_alloc, K * 240);
	/* A cycle that began by itself may have freed objects of others. */
	EXPECT(t, b.heap_alloc - a.heap_alloc <= K * 240);
	expect_sound(t, &b);
	drop();
	mem_read_stats(&a);
	EXPECT_EQ(t, a.by_size[class].frees - b.by_size[class].frees, K);
	expect_sound(t, &a);
}

enum {
	LARGE = 16,
	LARGE_LEN = 1000,
	LARGE_BYTES = LARGE_LEN * sizeof(struct rare),
};

static struct rare *large[LARGE];	/* a root */

static NOINLINE void
build_large(void)
{
	ROOT_ONCE(large);
	for (int i = 0; i < LARGE; i++)
		gc_store(&large[i], gc_new_array(&rare_type, LARGE_LEN));
}

static NOINLINE void
drop_large(void)
{
	for (int i = 0; i < LARGE; i++)
		gc_store(&large[i], NULL);
	drop();
}

KTEST(memstats, the_statistics_count_large_objects_and_memory_given_back)
{
	setup();
	mem_read_stats(&a);
	build_large();
	mem_read_stats(&b);
	EXPECT_EQ(t, b.mallocs - a.mallocs, LARGE);
	EXPECT(t, b.heap_alloc - a.heap_alloc >= LARGE * LARGE_BYTES);
	expect_sound(t, &b);
	drop_large();
	mem_read_stats(&a);
	/* Half, because a stale word may keep an object, and other Ps may have
	 * taken spans meanwhile. */
	EXPECT(t, a.heap_inuse + LARGE / 2 * LARGE_BYTES <= b.heap_inuse);
	EXPECT(t, a.heap_sys >= b.heap_sys);
	EXPECT(t, a.heap_released >= LARGE / 2 * LARGE_BYTES);
	expect_sound(t, &a);
}

KTEST(memstats, the_statistics_tell_of_each_collection)
{
	uint64_t pauses = 0;

	setup();
	mem_read_stats(&a);
	for (int i = 0; i < 3; i++)
		gc_collect();
	mem_read_stats(&b);
	EXPECT_EQ(t, b.num_forced_gc - a.num_forced_gc, 3);
	EXPECT(t, b.num_gc - a.num_gc >= 3);
	for (uint32_t n = a.num_gc; n < b.num_gc; n++) {
		pauses += b.pause_ns[n % MEM_PAUSES];
		EXPECT(t, b.pause_ns[n % MEM_PAUSES] > 0);
		EXPECT(t, n == 0 || b.pause_end[n % MEM_PAUSES] >
		    b.pause_end[(n - 1) % MEM_PAUSES]);
	}
	EXPECT_EQ(t, b.pause_total_ns - a.pause_total_ns, pauses);
	EXPECT_EQ(t, b.last_gc, b.pause_end[(b.num_gc - 1) % MEM_PAUSES]);
	EXPECT(t, b.last_gc <= now_ns());
	EXPECT(t, b.gc_cpu_ppm > 0);
}

KTEST(memstats, a_collection_asked_for_happens_although_gogc_is_off)
{
	int percent;

	setup();
	percent = gc_set_percent(-1);
	build();
	mem_read_stats(&a);
	drop();			/* this collects */
	mem_read_stats(&b);
	gc_set_percent(percent);
	EXPECT_EQ(t, b.num_gc - a.num_gc, 1);
	EXPECT_EQ(t, b.num_forced_gc - a.num_forced_gc, 1);
	EXPECT(t, b.frees - a.frees >= K);
}

enum { WHO = 5, STEPS = 4000 };

static ATOMIC(uint32_t) busy;

static void
allocate_or_read(struct ktest *t, uint32_t who)
{
	static struct mem_stats now, before;

	if (who < WHO) {
		for (int i = 0; i < STEPS; i++) {
			gc_new(&rare_type);
			if (i % 100 == 0)
				gc_new_bytes(50000);
			if (i % 1000 == 0)
				gc_collect();
		}
		add_relaxed(&busy, -1U);	/* relaxed: a poll */
		return;
	}
	memset(&before, 0, sizeof(before));
	while (load_relaxed(&busy) != 0) {
		mem_read_stats(&now);
		expect_sound(t, &now);
		EXPECT(t, now.mallocs >= before.mallocs &&
		    now.frees >= before.frees &&
		    now.total_alloc >= before.total_alloc &&
		    now.heap_sys >= before.heap_sys &&
		    now.num_gc >= before.num_gc &&
		    now.pause_total_ns >= before.pause_total_ns);
		before = now;
		yield();
	}
}

KTEST(memstats, all_statistics_are_of_one_instant)
{
	setup();
	mem_read_stats(&a);
	store_relaxed(&busy, WHO);
	crowd_run(t, WHO + 1, allocate_or_read);
	mem_read_stats(&b);
	/* No allocation is lost between runs, Ps and size classes. */
	EXPECT(t, b.mallocs - a.mallocs >= WHO * (STEPS + STEPS / 100));
	gc_check_heap();
}
