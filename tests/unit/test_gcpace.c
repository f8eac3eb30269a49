/*
 * test_gcpace.c - what the collector does beside a goroutine, it does in small
 * pieces.
 *
 * Covers the shares of gc_worker.c (TICK-4), sweep_pay of gc/sweep.c and what
 * gc/assist.c says it took.  On one P, so that nobody else does it.  Links the
 * whole runtime.
 */
#include "gc/assist.h"
#include "gc/gc.h"
#include "gc/pacer.h"
#include "kernel/clock.h"
#include "runtime/sched.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

enum { LIVE = 8 * MIB };

struct node {
	struct node *next;
	uint64_t     filling[7];
};
GC_TYPE(node, next);

static struct node *list;

static void
make_list(void)
{
	ROOT_ONCE(list);
	for (size_t n = 0; n < LIVE; n += sizeof(struct node)) {
		struct node *node = gc_new(&node_type);

		gc_store(&node->next, list);
		gc_store(&list, node);
	}
	gc_collect();
}

KTEST(gcpace, a_share_of_marking_has_a_tick_of_its_own)		/* TICK-4 */
{
	uint32_t shares = 0;

	gomaxprocs(1);
	make_list();
	gc_start(gc_cycles());
	while (gc_concurrent()) {
		struct p *p = this_p();

		if (p->share_at != CLOCK_NEVER) {
			/* Or it has come already. */
			EXPECT(t, clock_deadline() <= p->share_at ||
			    p_is_wanted(p));
			shares++;
		}
		yield();
	}
	EXPECT(t, shares > 0);
	yield();
	EXPECT_EQ(t, this_p()->share_at, CLOCK_NEVER);
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}

KTEST(gcpace, who_allocates_has_swept_all_when_the_next_is_due)
{
	uint64_t cycles, room;

	gomaxprocs(1);
	make_list();
	gc_params.stop_world = true;
	gc_start(gc_cycles());		/* does not sweep, as gc_collect does */
	cycles = gc_cycles();
	room = pacer_room();
	EXPECT(t, room >= LIVE / 2);
	/* Of another size: who needs a span sweeps those of his own first. */
	while (pacer_room() > room / 16)
		gc_new_bytes(1000);
	EXPECT_EQ(t, gc_cycles(), cycles);
	EXPECT(t, !gc_sweep_one());
	gc_params.stop_world = false;
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}

enum { PAYERS = 8 };

static void
allocate_while_marking(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	while (gc_concurrent())
		gc_new_bytes(1000);
}

/* One P, so all of them together mark for no longer than it takes; though each
 * gives way to the others again and again while it pays. */
KTEST(gcpace, who_pays_is_billed_for_marking_only)
{
	struct crowd crowd;
	nanos_t from;

	gomaxprocs(1);
	make_list();
	from = clock_now();
	gc_start(gc_cycles());
	crowd_init(&crowd, t, allocate_while_marking);
	for (int i = 0; i < PAYERS; i++)
		crowd_go(&crowd);
	crowd_wait(&crowd);
	EXPECT(t, assist_ns() > 0);
	EXPECT(t, assist_ns() <= clock_now() - from);
	gc_store(&list, NULL);
	gomaxprocs(num_hart());
}
