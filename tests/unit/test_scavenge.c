/*
 * test_scavenge.c - heap and stacks share one pool of pages: the stacks get the
 * pages that the heap does not need, and the heap those that the stacks do not
 * need (CHUNK-1 to CHUNK-3).
 *
 * Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "runtime/sched/preempt.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

/* A link is a quarter of a page. */
struct link {
	struct link *next;
	char         rest[1016];
};
GC_TYPE(link, next);

/* A link that is kept keeps its span of 4 pages, so a tenth of all pages stay
 * in use.  It also prevents its chunk of 64 pages from being given back as a
 * whole. */
enum { KEEP_EVERY = 150, LINKS_PER_PAGE = 4, LINKS = 40 * 1024 };

static struct link *chain;

/* Make one chain of LINKS links, or of as many as memory allows; then drop all
 * but one link in KEEP_EVERY, which leaves at least one in every chunk.
 * Returns how many links were made. */
static NOINLINE size_t
fill_and_thin_out(void)
{
	struct link *l, *kept = NULL;
	size_t n = 0;

	while (n < LINKS && (l = gc_try_new(&link_type)) != NULL) {
		gc_store(&l->next, chain);
		gc_store(&chain, l);
		n++;
	}
	for (size_t i = 0; chain != NULL; i++) {
		l = chain;
		gc_store(&chain, l->next);
		/* A stale word then keeps one link, not all links behind it. */
		gc_store(&l->next, i % KEEP_EVERY == 0 ? kept : NULL);
		if (i % KEEP_EVERY == 0)
			kept = l;
	}
	gc_store(&chain, kept);
	return n;
}

static size_t nlinks;

static void
make_root(void)
{
	ROOT_ONCE(chain);
}

static void
thin_out_and_end(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	nlinks = fill_and_thin_out();
}

/* Returns how many pages the heap holds. */
static size_t
pages_held(void)
{
	struct gc_stats s;

	gc_read_stats(&s);
	return s.heap_sys / PAGE_SIZE;
}

KTEST(scavenge, pages_between_objects_are_given_back)
{
	size_t pages, before;

	make_root();
	/* The chain is made on a goroutine of its own: stale words on this
	 * stack might keep all of it alive. */
	gc_set_percent(4000);	/* so that the sweeper gives nothing back */
	crowd_run(t, 1, thin_out_and_end);
	pages = nlinks / LINKS_PER_PAGE;
	before = pages_held();
	gc_release_memory();
	gc_set_percent(100);
	EXPECT(t, before > pages);
	EXPECT(t, pages_held() < before - pages * 4 / 5);
	gc_check_heap();
	gc_store(&chain, NULL);
	gc_collect();
	gc_check_heap();
	page_check();
}

KTEST(scavenge, the_sweeper_keeps_what_the_pacer_will_need)
{
	struct gc_stats s;
	uint64_t before;

	make_root();
	gc_set_percent(4000);	/* so that the sweeper gives nothing back */
	crowd_run(t, 1, thin_out_and_end);
	gc_collect();
	gc_read_stats(&s);
	EXPECT(t, s.heap_idle > nlinks / LINKS_PER_PAGE / 2 * PAGE_SIZE);
	/* 40 MiB are 160 chunks, 8 of which are a piece.  The sweeper, on
	 * another hart, may give some of the pieces back before this goroutine
	 * does; it gives way, too. */
	fault_set("always_give_way", true);
	before = preempt_count();
	/* With 0 percent the goal is as near as possible, so the pacer needs
	 * none of the idle pages. */
	gc_set_percent(0);
	gc_scavenge();
	fault_set("always_give_way", false);
	EXPECT(t, preempt_count() - before >= 10);
	gc_read_stats(&s);
	EXPECT(t, s.heap_idle <= 64 * PAGE_SIZE);
	gc_set_percent(100);
	gc_store(&chain, NULL);
	gc_collect();
	gc_check_heap();
}

/* ---- stacks, many at once ---- */

enum { STACKS = 2000 };

static struct waitgroup begun;
static struct sema      leave;

static void
hold_a_stack(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	wg_done(&begun);
	sema_acquire(&leave);
}

/* Returns the number of pages that are neither free, nor permanent, nor held by
 * the heap. */
static size_t
pages_of_stacks(void)
{
	struct page_stats s;

	page_get_stats(&s);
	return s.total - s.free - s.perm - pages_held();
}

KTEST(scavenge, pages_of_stacks_that_ended_serve_the_heap)
{
	struct crowd crowd;
	size_t most;

	sema_init(&leave, 0);
	wg_add(&begun, STACKS);
	crowd_init(&crowd, t, hold_a_stack);
	for (uint32_t i = 0; i < STACKS; i++)
		crowd_go(&crowd);
	wg_wait(&begun);
	most = pages_of_stacks();
	EXPECT(t, most >= STACKS);
	for (uint32_t i = 0; i < STACKS; i++)
		sema_release(&leave);
	crowd_wait(&crowd);
	/* Each collection trims the stacks of some dead goroutines. */
	EVENTUALLY(t, ({ gc_release_memory();
	    pages_of_stacks() < most - STACKS / 2; }));
	page_check();
}
