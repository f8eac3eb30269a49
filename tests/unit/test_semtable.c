/*
 * test_semtable.c - the table of who waits where, alone and on every hart.
 *
 * Covers semtable.c (SEMT-1, SEMT-2).  Links it and kernel/spinlock.c; nobody
 * parks.  The same file runs on the host under ASan and TSan.
 */
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/semtable.h"
#include "tests/ktest.h"

enum { PLACES = 600, WAITERS = 1500, STEPS = 20000, HARTS_MAX = 64, OWN = 40 };

static uint32_t          places[PLACES];	/* only their addresses */
static struct sem_waiter waiters[WAITERS];

/* Take n at places[i] and check that they are the oldest of model. */
static void
take_and_compare(struct ktest *t, uint32_t i, uint32_t n,
    struct sem_waiter **model, uint32_t *nmodel)
{
	struct sem_root *root = semtable_lock(&places[i]);
	bool more;
	struct sem_waiter *w = semtable_take(root, &places[i], n, &more);
	uint32_t k = 0;

	for (; w != NULL; w = w->next, k++) {
		EXPECT(t, k < *nmodel && w == model[k]);
		w->addr = NULL;
	}
	EXPECT_EQ(t, k, MIN(n, *nmodel));
	EXPECT(t, more == (*nmodel > k));
	EXPECT(t, semtable_first(root, &places[i]) ==
	    (more ? model[k] : NULL));
	semtable_check(root);
	semtable_unlock(root);
	*nmodel -= k;
	for (uint32_t j = 0; j < *nmodel; j++)
		model[j] = model[j + k];
}

static struct sem_waiter *model[PLACES][WAITERS / 8];
static uint32_t           nmodel[PLACES];

KTEST(semtable, each_address_has_its_own_queue_in_order)
{
	for (uint32_t i = 0; i < PLACES; i++)
		nmodel[i] = 0;
	for (uint32_t i = 0; i < WAITERS; i++)
		waiters[i].addr = NULL;
	for (uint32_t step = 0; step < STEPS && !ktest_failed(t); step++) {
		struct sem_waiter *w = &waiters[rand_below(&t->rand, WAITERS)];
		uint32_t i = rand_below(&t->rand, PLACES);
		uint32_t n = rand_below(&t->rand, 4);

		if (step % 2 == 0)
			i %= 8;		/* few addresses, long queues */
		if (w->addr != NULL || nmodel[i] == ARRAY_LEN(model[i])) {
			take_and_compare(t, i, n, model[i], &nmodel[i]);
			continue;
		}
		struct sem_root *root = semtable_lock(&places[i]);
		bool first = rand_below(&t->rand, 4) == 0;

		semtable_put(root, &places[i], w, first);
		semtable_check(root);
		semtable_unlock(root);
		if (first)
			for (uint32_t j = nmodel[i]; j > 0; j--)
				model[i][j] = model[i][j - 1];
		model[i][first ? 0 : nmodel[i]] = w;
		nmodel[i]++;
	}
	for (uint32_t i = 0; i < PLACES; i++)
		take_and_compare(t, i, UINT32_MAX, model[i], &nmodel[i]);
	/* Priorities are random; gcwild may take them for addresses. */
	memset(waiters, 0, sizeof(waiters));
}

static struct sem_waiter crowd_of[HARTS_MAX][OWN];
static ATOMIC(uint64_t)  put, taken;

/* Put own waiters in at random places, take anybody's out of others. */
static void
put_and_take(struct ktest *t, uint32_t hart)
{
	struct rand rand;

	rand_seed(&rand, t->seed + hart);
	for (uint32_t step = 0; step < 40 * OWN; step++) {
		uint32_t i = rand_below(&rand, 16);
		struct sem_root *root = semtable_lock(&places[i]);

		if (step % 40 == 0) {
			struct sem_waiter *w = &crowd_of[hart][step / 40];

			/* Plain: the lock publishes it. */
			w->since = i;
			w->token = 0;
			semtable_put(root, &places[i], w, step % 80 == 0);
			add_relaxed(&put, 1);	/* relaxed: counters */
		} else {
			bool more;
			struct sem_waiter *w = semtable_take(root, &places[i],
			    1, &more);

			if (w != NULL) {
				EXPECT_EQ(t, w->since, i);
				EXPECT_EQ(t, w->token++, 0);
				add_relaxed(&taken, 1);
			}
		}
		semtable_unlock(root);
	}
}

KTEST(semtable, every_waiter_is_taken_once_by_all_harts)
{
	store_relaxed(&put, 0);
	store_relaxed(&taken, 0);
	ktest_on_every_hart(t, put_and_take);
	for (uint32_t i = 0; i < 16; i++) {
		struct sem_root *root = semtable_lock(&places[i]);
		bool more;
		struct sem_waiter *w = semtable_take(root, &places[i],
		    UINT32_MAX, &more);

		for (; w != NULL; w = w->next) {
			EXPECT_EQ(t, w->token++, 0);
			add_relaxed(&taken, 1);
		}
		EXPECT(t, !more);
		semtable_unlock(root);
	}
	EXPECT_EQ(t, load_relaxed(&put), load_relaxed(&taken));
	memset(crowd_of, 0, sizeof(crowd_of));
}
