/*
 * test_runq.c - the local run queue, alone and with every hart stealing.
 *
 * Covers RUNQ-1 to RUNQ-4.  Links lib/ and runtime/sched/runq.c only; no
 * scheduler looks at these queues.  Runs in the guest, and on the host under
 * the sanitizers (tools/host.mk).
 */
#include "kernel/clock.h"
#include "lib/str.h"
#include "runtime/sched/g.h"
#include "runtime/sched/runq.h"
#include "tests/ktest.h"

enum { NGS = 20000 };

/* After this time some G must be lost: no machine is that slow. */
#define PATIENCE (30 * NS_PER_S)

static struct runq      q;
static struct g         gs[NGS];
static ATOMIC(uint32_t) taken[NGS];	/* how often each G was taken */
static ATOMIC(uint32_t) left;		/* Gs not yet taken */

static void
reset(void)
{
	memset(&q, 0, sizeof(q));
	memset(gs, 0, sizeof(gs));
	memset(taken, 0, sizeof(taken));
	store_relaxed(&left, NGS);	/* relaxed: nobody else is here yet */
}

/* RUNQ-1 */
KTEST(runq, a_full_queue_refuses_a_put_and_works_again_after_a_get)
{
	reset();
	for (uint32_t i = 0; i < RUNQ_LEN; i++)
		EXPECT(t, runq_put(&q, &gs[i]));
	EXPECT(t, !runq_put(&q, &gs[RUNQ_LEN]));
	EXPECT_EQ(t, runq_len(&q), RUNQ_LEN);
	EXPECT(t, runq_get(&q) == &gs[0]);
	EXPECT(t, runq_put(&q, &gs[RUNQ_LEN]));
}

/* RUNQ-1 */
KTEST(runq, a_queue_keeps_order_across_the_wrap_of_its_counters)
{
	struct g *batch[RUNQ_LEN / 2];

	reset();
	store_relaxed(&q.head, UINT32_MAX - 3);
	store_relaxed(&q.tail, UINT32_MAX - 3);
	for (uint32_t i = 0; i < 9; i++)
		EXPECT(t, runq_put(&q, &gs[i]));
	EXPECT(t, runq_get(&q) == &gs[0]);
	EXPECT_EQ(t, runq_grab(&q, batch), 4);
	for (uint32_t i = 0; i < 4; i++)
		EXPECT(t, batch[i] == &gs[1 + i]);
	for (uint32_t i = 5; i < 9; i++)
		EXPECT(t, runq_get(&q) == &gs[i]);
	EXPECT(t, runq_get(&q) == NULL);
}

KTEST(runq, a_grab_takes_half_rounded_up_and_nothing_from_an_empty_queue)
{
	struct g *batch[RUNQ_LEN / 2];

	reset();
	EXPECT_EQ(t, runq_grab(&q, batch), 0);
	EXPECT(t, runq_put(&q, &gs[0]));
	EXPECT_EQ(t, runq_grab(&q, batch), 1);
	for (uint32_t i = 0; i < RUNQ_LEN; i++)
		EXPECT(t, runq_put(&q, &gs[i]));
	EXPECT_EQ(t, runq_grab(&q, batch), RUNQ_LEN / 2);
}

static void
take(struct ktest *t, struct g *gp)
{
	uint32_t n = (uint32_t)(gp - gs);

	/* The put published what was written before it (RUNQ-3). */
	EXPECT_EQ(t, gp->id, n + 1);
	/* relaxed: counters; the end of the test orders the check. */
	EXPECT_EQ(t, add_relaxed(&taken[n], 1), 0);
	add_relaxed(&left, (uint32_t)-1);
}

static void
put_all_or_steal(struct ktest *t, uint32_t hart)
{
	struct g *batch[RUNQ_LEN / 2], *gp;
	nanos_t   give_up = clock_now() + PATIENCE;

	for (uint32_t i = 0; hart == 0 && i < NGS; i++) {	/* the owner */
		gs[i].id = i + 1;
		while (!runq_put(&q, &gs[i]))
			if ((gp = runq_get(&q)) != NULL)
				take(t, gp);
	}
	/* relaxed: poll only. */
	while (load_relaxed(&left) > 0 && !ktest_failed(t)) {
		uint32_t n = runq_grab(&q, batch);

		for (uint32_t i = 0; i < n; i++)
			take(t, batch[i]);
		EXPECT(t, clock_now() < give_up);
	}
}

KTEST(runq, every_g_is_taken_exactly_once)	/* RUNQ-3, RUNQ-4 */
{
	reset();
	ktest_on_every_hart(t, put_all_or_steal);
	for (uint32_t i = 0; i < NGS; i++)
		EXPECT_EQ(t, load_relaxed(&taken[i]), 1);
}

/* The owner keeps the ring full: it takes a few Gs whenever a put is refused.
 * A thief that loaded head long ago finds that the owner has lapped it: the
 * slots that it reads then hold Gs that it does not get (RUNQ-4). */
static void
keep_full_or_steal(struct ktest *t, uint32_t hart)
{
	struct g *batch[RUNQ_LEN / 2], *gp;
	nanos_t   give_up = clock_now() + PATIENCE;

	for (uint32_t i = 0; hart == 0 && i < NGS; i++) {
		gs[i].id = i + 1;
		while (!runq_put(&q, &gs[i]) && clock_now() < give_up)
			for (uint32_t k = 0; k < 1 + i % 3; k++)
				if ((gp = runq_get(&q)) != NULL)
					take(t, gp);
	}
	while (hart == 0 && (gp = runq_get(&q)) != NULL)
		take(t, gp);
	/* relaxed: poll only. */
	while (load_relaxed(&left) > 0 && !ktest_failed(t)) {
		uint32_t n = hart == 0 ? 0 : runq_grab(&q, batch);

		for (uint32_t i = 0; i < n; i++)
			take(t, batch[i]);
		EXPECT(t, clock_now() < give_up);
	}
}

/* RUNQ-4 */
KTEST(runq, every_g_is_taken_once_when_the_owner_takes_as_fast_as_it_puts)
{
	reset();
	ktest_on_every_hart(t, keep_full_or_steal);
	for (uint32_t i = 0; i < NGS; i++)
		EXPECT_EQ(t, load_relaxed(&taken[i]), 1);
	EXPECT_EQ(t, runq_len(&q), 0);
}
