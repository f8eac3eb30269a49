/*
 * test_slice_end.c - goroutines that wake each other share one slice, and the
 * two run queues take turns by their lengths (SLICE-1 to -3 of p.h).
 *
 * Links the whole runtime.  Each test runs on one P, so that turns can be
 * counted.  With FAULT=runnext_keeps_slice the tests of talkers fail.
 */
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

/*
 * Two goroutines talk: each makes the other ready and waits for it.  After
 * BEGIN rounds a third one becomes runnable; it must run before the talkers
 * have made ROUNDS more, which take many slices.
 */
enum { BEGIN = 1000, ROUNDS = 600000 };

/* Field key:	[a] atomic; all others are used by one goroutine at a time */
static struct {
	ATOMIC(uint32_t) third_ran;	/* [a] */
	uint64_t         rounds;	/* made by the talkers together */
	uint64_t         limit;
	struct waitgroup others;	/* the third, and one that pushes it
					 * from runnext into the queue */
} talk;

static void
third(void *unused)
{
	(void)unused;
	/* relaxed: polled. */
	store_relaxed(&talk.third_ran, 1);
	wg_done(&talk.others);
}

static void
push_third(void *unused)
{
	(void)unused;
	wg_done(&talk.others);
}

/* Count a round of the talkers, and start the third goroutine when it is time.
 * Returns false when the talkers may stop. */
static bool
talk_goes_on(void)
{
	if (++talk.rounds == BEGIN) {
		wg_add(&talk.others, 2);
		go(third, NULL);
		go(push_third, NULL);
	}
	return load_relaxed(&talk.third_ran) == 0 && talk.rounds < talk.limit;
}

/* Run n goroutines that talk by fn, and check that the third goroutine ran
 * before the talkers reached the limit. */
static void
talk_run(struct ktest *t, uint32_t n, void (*fn)(struct ktest *t, uint32_t i),
    uint64_t limit)
{
	gomaxprocs(1);
	store_relaxed(&talk.third_ran, 0);
	talk.rounds = 0;
	talk.limit = limit;
	crowd_run(t, n, fn);
	EXPECT(t, talk.rounds < talk.limit);
	wg_wait(&talk.others);
}

/* ---- talking over channels ---- */

static struct chan *ping, *pong;

static void
talk_over_channels(struct ktest *t, uint32_t i)
{
	int64_t v = 1;

	(void)t;
	if (i == 0) {
		while (talk_goes_on()) {
			chan_send(ping, &v);
			chan_recv(pong, &v);
		}
		chan_close(ping);
	} else {
		while (chan_recv(ping, &v))
			chan_send(pong, &v);
	}
}

/* Send or receive v at c by a select of that one case.  Returns false if c was
 * closed. */
static bool
select_one(enum select_op op, struct chan *c, int64_t *v)
{
	struct select_case only = { .op = op, .chan = c, .value = v };

	chan_select(&only, 1);
	return op == SELECT_SEND || only.ok;
}

static void
talk_by_select(struct ktest *t, uint32_t i)
{
	int64_t v = 1;

	(void)t;
	if (i == 0) {
		while (talk_goes_on()) {
			select_one(SELECT_SEND, ping, &v);
			select_one(SELECT_RECV, pong, &v);
		}
		chan_close(ping);
	} else {
		while (select_one(SELECT_RECV, ping, &v))
			select_one(SELECT_SEND, pong, &v);
	}
}

static void
make_channels(uint64_t cap)
{
	ROOT_ONCE(ping);
	ROOT_ONCE(pong);
	gc_store(&ping, chan_make(&gc_int_type, cap));
	gc_store(&pong, chan_make(&gc_int_type, cap));
}

KTEST(slice_end, two_that_talk_over_channels_let_a_third_run)
{
	make_channels(0);
	talk_run(t, 2, talk_over_channels, ROUNDS);
}

KTEST(slice_end, two_that_talk_over_buffered_channels_let_a_third_run)
{
	make_channels(1);
	talk_run(t, 2, talk_over_channels, ROUNDS);
}

KTEST(slice_end, two_that_talk_by_select_let_a_third_run)
{
	make_channels(0);
	talk_run(t, 2, talk_by_select, ROUNDS);
}

/* ---- by park and ready, semaphores, conditions ---- */

static struct g *talkers[2];
static bool      talk_ended;

static void
talk_by_park(struct ktest *t, uint32_t i)
{
	(void)t;
	talkers[i] = self();
	while (talkers[!i] == NULL)
		yield();
	if (i == 0) {
		while (talk_goes_on()) {
			ready(talkers[1]);
			park("talk");
		}
		talk_ended = true;
		ready(talkers[1]);
		return;
	}
	for (;;) {
		park("talk");
		if (talk_ended)
			return;
		ready(talkers[0]);
	}
}

KTEST(slice_end, two_that_park_and_ready_each_other_let_a_third_run)
{
	talk_ended = false;
	talk_run(t, 2, talk_by_park, ROUNDS);
	memset(talkers, 0, sizeof(talkers));
}

static struct sema here, there;

static void
talk_by_sema(struct ktest *t, uint32_t i)
{
	(void)t;
	if (i == 0) {
		while (talk_goes_on()) {
			sema_release(&there);
			sema_acquire(&here);
		}
		talk_ended = true;
		sema_release(&there);
		return;
	}
	for (;;) {
		sema_acquire(&there);
		if (talk_ended)
			return;
		sema_release(&here);
	}
}

KTEST(slice_end, two_that_talk_by_semaphores_let_a_third_run)
{
	talk_ended = false;
	talk_run(t, 2, talk_by_sema, ROUNDS);
}

/* ---- by chains of goroutines ---- */

static struct waitgroup chain_end;

static void
link_of_chain(void *unused)
{
	(void)unused;
	if (talk_goes_on())
		go(link_of_chain, NULL);
	else
		wg_done(&chain_end);
}

static void
start_chain(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	wg_add(&chain_end, 1);
	go(link_of_chain, NULL);
	wg_wait(&chain_end);
}

KTEST(slice_end, a_chain_of_goroutines_lets_a_third_run)
{
	talk_run(t, 1, start_chain, ROUNDS);
}

/* ---- the queues take turns by their lengths ---- */

enum { MANY = 1000, TURNS = 50, UNEVEN = 3 };

static uint32_t turns[MANY];
static uint32_t nbegun;
static bool     turns_end;

static void
take_turns(struct ktest *t, uint32_t i)
{
	(void)t;
	nbegun++;
	while (nbegun < MANY)
		yield();
	while (!turns_end) {
		if (++turns[i] == TURNS)
			turns_end = true;
		yield();
	}
}

/* There are more goroutines than the P's own queue holds; the others are in the
 * global queue. */
KTEST(slice_end, a_thousand_that_yield_have_the_same_turns)	/* SLICE-3 */
{
	uint32_t fewest = TURNS;

	gomaxprocs(1);
	memset(turns, 0, sizeof(turns));
	nbegun = 0;
	turns_end = false;
	crowd_run(t, MANY, take_turns);
	for (uint32_t i = 0; i < MANY; i++)
		fewest = MIN(fewest, turns[i]);
	EXPECT(t, fewest + UNEVEN >= TURNS);
}
