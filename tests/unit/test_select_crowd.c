/*
 * test_select_crowd.c - many selects of many channels: everything that is sent
 * is received exactly once.
 *
 * Covers WAITQ-2, SELECT-2.
 */
#include "tests/root_once.h"
#include "tests/unit/adversary.h"
#include "tests/unit/chans.h"

enum { NCHANS = 6, NACTORS = 16, ROUNDS = 400 };

static struct chan *chans[NCHANS];
static ATOMIC(uint32_t) times[NACTORS * ROUNDS];
static ATOMIC(uint32_t) producers_left;

static void
root_chans(void)
{
	ROOT_ONCE(chans);
}

static bool
nobody_waits(void)
{
	for (uint32_t i = 0; i < NCHANS; i++)
		if (!waitq_empty(&chans[i]->recvq) ||
		    !waitq_empty(&chans[i]->sendq))
			return false;
	return true;
}

/* An element with a pointer: the object that it refers to must still be alive
 * when the element is received. */
struct parcel {
	uint64_t *inside;
	uint64_t  number;
};
GC_TYPE(parcel, inside);

static void
produce(struct ktest *t, uint32_t i, struct rand *rand)
{
	for (uint32_t k = 0; k < ROUNDS; k++) {
		struct parcel p = { gc_new_bytes(16), i * ROUNDS + k };
		struct select_case cases[NCHANS];
		uint32_t n = 1 + rand_below(rand, NCHANS);

		p.inside[0] = p.number;
		for (uint32_t c = 0; c < n; c++)
			cases[c] = (struct select_case){ .op = SELECT_SEND,
				.chan = chans[rand_below(rand, NCHANS)],
				.value = &p };
		if (rand_below(rand, 3) != 0)
			EXPECT(t, chan_select(cases, (int)n) >= 0);
		else
			while (chan_try_select(cases, (int)n) < 0)
				yield();
	}
	/* acq_rel: the last producer closes the channels after all others have
	 * sent. */
	if (add_acq_rel(&producers_left, (uint32_t)-1) == 1)
		for (int c = 0; c < NCHANS; c++)
			chan_close(chans[c]);
}

static void
consume(struct ktest *t, struct rand *rand)
{
	struct select_case cases[2 * NCHANS];
	struct parcel got[2 * NCHANS];
	uint32_t left = NCHANS;

	/* There are twice as many cases as channels; every second one has a nil
	 * channel. */
	for (uint32_t c = 0; c < 2 * NCHANS; c++)
		cases[c] = (struct select_case){ .op = SELECT_RECV,
			.chan = c % 2 == 0 ? chans[c / 2] : NULL,
			.value = &got[c] };
	while (left > 0) {
		int i = rand_below(rand, 4) != 0 ?
		    chan_select(cases, 2 * NCHANS) :
		    chan_try_select(cases, 2 * NCHANS);

		if (i < 0) {
			yield();
		} else if (!cases[i].ok) {
			EXPECT(t, got[i].inside == NULL);
			cases[i].chan = NULL;
			left--;
		} else {
			if (!EXPECT(t, got[i].number < NACTORS * ROUNDS &&
			    got[i].inside[0] == got[i].number))
				return;
			/* relaxed: a count. */
			EXPECT_EQ(t, add_relaxed(&times[got[i].number], 1), 0);
		}
	}
}

static void
act(struct ktest *t, uint32_t i)
{
	struct rand rand;

	rand_seed(&rand, t->seed + i);
	if (i < NACTORS)
		produce(t, i, &rand);
	else
		consume(t, &rand);
}

static void
conserve(struct ktest *t, size_t cap, unsigned adversaries)
{
	struct adversary adversary;

	root_chans();
	for (uint32_t c = 0; c < NCHANS; c++)
		chans[c] = chan_make(&parcel_type, c % 2 == 0 ? cap : 0);
	for (uint32_t k = 0; k < ARRAY_LEN(times); k++)
		store_relaxed(&times[k], 0);
	store_relaxed(&producers_left, NACTORS);
	adversary_start(&adversary, t, adversaries);
	crowd_run(t, NACTORS + 5, act);
	adversary_stop(&adversary);
	for (uint32_t k = 0; k < ARRAY_LEN(times); k++)
		if (!EXPECT_EQ(t, load_relaxed(&times[k]), 1))
			break;
	EXPECT(t, nobody_waits());
}

KTEST(select, nothing_is_lost_or_doubled_among_selects)
{
	conserve(t, 0, 0);
	conserve(t, 3, 0);
}

KTEST(select, nothing_is_lost_while_ps_and_collections_come_and_go)
{
	conserve(t, 2, ADVERSARY_ALL);
}
