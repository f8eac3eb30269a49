/*
 * test_park.c - park and ready: a wake-up is never lost and never doubled.
 *
 * Covers park.c.  Links the whole runtime.
 */
#include "runtime/fail/waiting.h"
#include "tests/unit/crowd.h"

KTEST(park, a_ready_that_comes_first_ends_the_next_park)
{
	ready(self());
	park("nothing");
	EXPECT_EQ(t, load_relaxed(&self()->permit), PERMIT_NONE);
}

static ATOMIC(struct g *) sleeper;	/* the goroutine to make ready */
static ATOMIC(uint32_t)   wakes;

static void
park_twice(struct ktest *t, uint32_t i)
{
	(void)t, (void)i;
	/* release: pairs with load_acquire where sleeper is used. */
	store_release(&sleeper, self());
	for (int k = 0; k < 2; k++) {
		park("two wake-ups");
		add_release(&wakes, 1);
	}
}

KTEST(park, two_readies_before_a_park_are_one)
{
	ready(self());
	ready(self());
	EXPECT_EQ(t, load_relaxed(&self()->permit), PERMIT_GIVEN);
	park("the one permit");
	EXPECT_EQ(t, load_relaxed(&self()->permit), PERMIT_NONE);
}

KTEST(park, each_ready_of_a_parked_goroutine_ends_one_park)
{
	struct crowd crowd;

	store_relaxed(&wakes, 0);
	store_relaxed(&sleeper, NULL);
	crowd_init(&crowd, t, park_twice);
	crowd_go(&crowd);
	for (uint32_t k = 0; k < 2; k++) {
		EVENTUALLY(t, load_acquire(&sleeper) != NULL &&
		    is_parked(load_acquire(&sleeper)));
		EXPECT_EQ(t, load_acquire(&wakes), k);
		ready(load_acquire(&sleeper));
		EVENTUALLY(t, load_acquire(&wakes) == k + 1);
	}
	crowd_wait(&crowd);
}

KTEST(park, a_parked_goroutine_shows_what_it_waits_for)
{
	struct crowd crowd;
	struct g *gp;

	store_relaxed(&wakes, 0);
	store_relaxed(&sleeper, NULL);
	crowd_init(&crowd, t, park_twice);
	crowd_go(&crowd);
	EVENTUALLY(t, (gp = load_acquire(&sleeper)) != NULL && is_parked(gp));
	EXPECT_EQ(t, waiting_why(gp)[0], 't');
	ready(gp);
	EVENTUALLY(t, load_acquire(&wakes) == 1);
	ready(gp);
	crowd_wait(&crowd);
}

/* ---- two that wake each other ---- */

enum { PAIRS_MAX = 64, TRIPS = 300 };

static struct pair {
	ATOMIC(struct g *) side[2];
	uint32_t           trips;	/* by the side whose turn it is */
} pairs[PAIRS_MAX];

static void
ping_pong(struct ktest *t, uint32_t i)
{
	struct pair *pair = &pairs[i / 2];
	uint32_t     me = i % 2;
	struct g    *other;

	/* release: pairs with the load_acquire of the other side. */
	store_release(&pair->side[me], self());
	while ((other = load_acquire(&pair->side[!me])) == NULL)
		yield();
	for (uint32_t k = 0; k < TRIPS; k++) {
		if (me == 1)
			park("ping");
		EXPECT_EQ(t, pair->trips, 2 * k + me);
		pair->trips++;
		ready(other);
		if (me == 0)
			park("pong");
	}
}

static void
play(struct ktest *t, uint32_t npairs)
{
	for (uint32_t i = 0; i < npairs; i++)
		pairs[i] = (struct pair){ 0 };
	crowd_run(t, 2 * npairs, ping_pong);
	for (uint32_t i = 0; i < npairs; i++)
		EXPECT_EQ(t, pairs[i].trips, 2 * TRIPS);
}

KTEST(park, two_goroutines_wake_each_other_in_turn)
{
	play(t, 1);
}

KTEST(park, many_pairs_wake_each_other_in_turn)
{
	play(t, PAIRS_MAX);
}

/* ---- a token round a ring, and many hands on one goroutine ---- */

enum { RING = 40, LAPS = 50 };

static ATOMIC(struct g *) ring[RING];
static uint32_t           token;	/* changed by its holder */

static void
pass_on(struct ktest *t, uint32_t i)
{
	/* release: pairs with the load_acquire below. */
	store_release(&ring[i], self());
	for (uint32_t lap = 0; lap < LAPS; lap++) {
		struct g *next;

		park("the token");
		EXPECT_EQ(t, token, lap * RING + i);
		token++;
		if (token == LAPS * RING)
			return;
		while ((next = load_acquire(&ring[(i + 1) % RING])) == NULL)
			yield();
		ready(next);
	}
}

KTEST(park, a_token_goes_round_a_ring_of_goroutines)
{
	struct crowd crowd;

	for (uint32_t i = 0; i < RING; i++)
		store_relaxed(&ring[i], NULL);
	token = 0;
	crowd_init(&crowd, t, pass_on);
	for (uint32_t i = 0; i < RING; i++)
		crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&ring[0]) != NULL);
	ready(load_acquire(&ring[0]));
	crowd_wait(&crowd);
	EXPECT_EQ(t, token, LAPS * RING);
}

enum { HANDS = 16, CALLS = 200 };

static ATOMIC(uint32_t) calls_made;
static ATOMIC(uint32_t) calls_seen;

/* Make calls, and wait after each until it has been noticed.  If a wake-up is
 * lost, the goroutine waits in vain. */
static void
call_out(struct ktest *t, uint32_t i)
{
	struct g *gp = load_acquire(&sleeper);

	(void)i;
	for (uint32_t k = 0; k < CALLS; k++) {
		/* release: pairs with load_acquire in the test below. */
		uint32_t mine = add_release(&calls_made, 1) + 1;

		ready(gp);
		EVENTUALLY(t, (int32_t)(load_acquire(&calls_seen) - mine) >= 0);
		if (ktest_failed(t))
			return;
	}
}

KTEST(park, no_wake_up_by_many_goroutines_is_lost)
{
	struct crowd crowd;

	store_relaxed(&calls_made, 0);
	store_relaxed(&calls_seen, 0);
	store_release(&sleeper, self());
	crowd_init(&crowd, t, call_out);
	for (uint32_t i = 0; i < HANDS; i++)
		crowd_go(&crowd);
	while (load_acquire(&calls_seen) < HANDS * CALLS && !ktest_failed(t)) {
		park("a call");
		store_release(&calls_seen, load_acquire(&calls_made));
	}
	crowd_wait(&crowd);
	/* The last call may have been noticed together with the one before.
	 * Then a permit is left: use it up. */
	ready(self());
	park("what is left");
}
