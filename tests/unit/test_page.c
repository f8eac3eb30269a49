/*
 * test_page.c - the page allocator, by random use.
 *
 * Covers page.c: PAGE-1 to PAGE-4 by way of page_check.  Links the kernel.
 */
#include "kernel/page.h"

#include "kernel/hart.h"
#include "lib/str.h"
#include "tests/unit/crowd.h"

enum { RUNS = 64, STEPS = 400 };

static struct run {
	uint64_t *at;
	size_t    npages;
	uint64_t  mark;
} runs[HART_MAX][RUNS];

/* Mark the start and the end of every page: two runs that overlap would
 * overwrite each other's marks. */
static void
mark(struct run *r, uint64_t value)
{
	r->mark = value;
	for (size_t i = 0; i < r->npages; i++) {
		uint64_t *page = r->at + i * PAGE_SIZE / 8;

		page[0] = page[PAGE_SIZE / 8 - 1] = value + i;
	}
}

static void
check_mark(struct ktest *t, struct run *r)
{
	for (size_t i = 0; i < r->npages; i++) {
		uint64_t *page = r->at + i * PAGE_SIZE / 8;

		EXPECT(t, page[0] == r->mark + i &&
		    page[PAGE_SIZE / 8 - 1] == r->mark + i);
	}
}

static size_t
alignment(size_t npages)
{
	size_t align = 1;

	while (align * 2 <= npages && align * 2 <= 1024)
		align *= 2;
	return align * PAGE_SIZE;
}

static void
take(struct ktest *t, struct run *r, struct rand *rand, uint64_t value)
{
	static const uint32_t sizes[] = { 1, 1, 1, 2, 3, 8, 17, 64, 200 };

	r->npages = 1 + rand_below(rand, sizes[rand_below(rand,
	    ARRAY_LEN(sizes))]);
	r->at = page_alloc(r->npages);
	if (r->at == NULL)
		return;
	EXPECT_EQ(t, (uintptr_t)r->at % alignment(r->npages), 0);
	EXPECT(t, (uintptr_t)r->at >= page_lo &&
	    (uintptr_t)r->at + r->npages * PAGE_SIZE <= page_hi);
	mark(r, value);
}

/* Check the marks of r and give its pages back, all at once or in two parts. */
static void
give(struct ktest *t, struct run *r, struct rand *rand)
{
	size_t first = rand_below(rand, (uint32_t)r->npages);

	check_mark(t, r);
	if (first > 0)
		page_free(r->at, first);
	page_free(r->at + first * PAGE_SIZE / 8, r->npages - first);
	r->at = NULL;
}

static void
use_at_random(struct ktest *t, uint32_t hart)
{
	struct run *mine = runs[hart];
	struct rand rand;

	rand_seed(&rand, t->seed + hart);
	for (uint32_t step = 0; step < STEPS; step++) {
		struct run *r = &mine[rand_below(&rand, RUNS)];

		if (r->at != NULL)
			give(t, r, &rand);
		else
			take(t, r, &rand, (uint64_t)hart << 48 |
			    (uint64_t)step << 16);
	}
	for (uint32_t i = 0; i < RUNS; i++)
		if (mine[i].at != NULL)
			give(t, &mine[i], &rand);
}

static size_t
free_now(void)
{
	struct page_stats stats;

	page_get_stats(&stats);
	return stats.free;
}

KTEST(page, random_use_on_every_hart_keeps_runs_apart)
{
	size_t before = free_now(), after;

	ktest_on_every_hart(t, use_at_random);
	page_check();
	after = free_now();
	/* Each hart may have filled its reserve of frames for stacks, and new
	 * goroutines may have got frames. */
	EXPECT(t, after + 64 * (size_t)num_hart() >= before);
}

KTEST(page, a_request_for_no_pages_returns_no_run)
{
	EXPECT(t, page_alloc(0) == NULL);
}

KTEST(page, too_many_pages_are_refused)
{
	struct page_stats stats;

	page_get_stats(&stats);
	EXPECT(t, page_alloc(stats.total + 1) == NULL);
	EXPECT(t, page_alloc(SIZE_MAX / PAGE_SIZE) == NULL);
	EXPECT(t, stats.largest <= stats.free && stats.free <= stats.total);
	page_check();
}

/* Take all pages there are, in runs of several lengths, and give them all
 * back. */
KTEST(page, all_memory_can_be_taken_and_comes_back)
{
	uint64_t *list = NULL;
	size_t before = free_now(), taken = 0;

	for (size_t npages = 1024; npages > 0; npages /= 2) {
		uint64_t *run;

		while ((run = page_alloc(npages)) != NULL) {
			run[0] = (uintptr_t)list;
			run[1] = npages;
			list = run;
			taken += npages;
		}
	}
	EXPECT_EQ(t, free_now(), 0);
	page_check();
	while (list != NULL) {
		uint64_t *next = (uint64_t *)list[0];

		page_free(list, list[1]);
		list = next;
	}
	page_check();
	EXPECT(t, taken + 64 * (size_t)num_hart() >= before);
	EXPECT(t, free_now() >= taken);
}

KTEST(page, a_run_longer_than_the_largest_block_is_one_piece)
{
	struct run r = { .npages = 3000 };
	struct page_stats stats;

	page_get_stats(&stats);
	if (stats.free < 16000)
		ktest_skip(t, "needs 64 MB of free memory");
	r.at = page_alloc(r.npages);
	if (EXPECT(t, r.at != NULL)) {
		mark(&r, 1);
		page_check();
		give(t, &r, &t->rand);
	}
	page_check();
}

KTEST(page, permanent_memory_is_zero_and_aligned)
{
	for (size_t align = 1; align <= PAGE_SIZE; align *= 4) {
		uint8_t *p = perm_alloc(100, align, "a test");

		EXPECT_EQ(t, (uintptr_t)p % align, 0);
		for (int i = 0; i < 100; i++)
			EXPECT_EQ(t, p[i], 0);
		memset(p, 0xff, 100);
	}
	page_check();
}
