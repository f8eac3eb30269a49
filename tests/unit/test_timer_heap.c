/*
 * test_timer_heap.c - the heap of timers, alone, and with a million of them.
 *
 * Covers timer_heap.c (THEAP-1 to THEAP-3), rtimer_set and rtimer_stop of
 * timers.c.  Links the whole runtime.
 */
#include "runtime/sched/sched.h"
#include "runtime/time/timers.h"
#include "tests/unit/crowd.h"

/* ---- against a list that is searched from end to end ---- */

enum { N = 200, OPS = 20000, TIMES = 50 };

static struct rtimer timer[N];
static bool          is_in[N];

/* Returns the index of the timer that should come first, or N if none is in. */
static uint32_t
model_first(void)
{
	uint32_t first = N;

	for (uint32_t i = 0; i < N; i++)
		if (is_in[i] && (first == N ||
		    timer[i].when < timer[first].when ||
		    (timer[i].when == timer[first].when &&
		    timer[i].order < timer[first].order)))
			first = i;
	return first;
}

static void
take(struct ktest *t, struct rtimer **root, uint32_t i)
{
	timer_heap_remove(root, &timer[i]);
	is_in[i] = false;
	EXPECT(t, timer[i].child == NULL && timer[i].next == NULL &&
	    timer[i].prev == NULL);				/* THEAP-3 */
}

static void
put(struct ktest *t, struct rtimer **root, uint32_t i, uint64_t order)
{
	timer[i].when = rand_below(&t->rand, TIMES);
	timer[i].order = order;
	timer_heap_insert(root, &timer[i]);
	is_in[i] = true;
}

KTEST(timer_heap, the_first_timer_is_always_the_earliest_set)
{
	struct rtimer *root = NULL;
	uint32_t first;

	for (uint64_t op = 1; op < OPS && !ktest_failed(t); op++) {
		uint32_t i = rand_below(&t->rand, N);

		if (is_in[i])
			take(t, &root, i);
		else
			put(t, &root, i, op);
		first = model_first();
		EXPECT(t, root == (first == N ? NULL : &timer[first]));
		if (op % 64 == 0 && root != NULL) {
			take(t, &root, first);
			timer_heap_check(root);
		}
	}
	while ((first = model_first()) != N && !ktest_failed(t)) {
		EXPECT(t, root == &timer[first]);
		take(t, &root, first);
	}
	EXPECT(t, root == NULL);
}

KTEST(timer_heap, a_walk_meets_each_timer_once_and_a_meld_keeps_all)
{
	struct rtimer *a = NULL, *b = NULL;
	uint32_t met = 0;

	for (uint32_t i = 0; i < N; i++)
		put(t, i % 3 == 0 ? &a : &b, i, i);
	timer_heap_remove(&b, b);
	timer_heap_meld(&a, b);
	timer_heap_check(a);
	for (struct rtimer *r = a; r != NULL; r = timer_heap_walk(r))
		met++;
	EXPECT_EQ(t, met, N - 1);
	while (a != NULL)
		timer_heap_remove(&a, a);
	for (uint32_t i = 0; i < N; i++) {
		timer[i] = (struct rtimer){ 0 };
		is_in[i] = false;
	}
}

/* ---- a million, half of them stopped, in virtual time ---- */

enum { MILLION = 1000000, HOUR = 3600 };

/* Returns how many timers to use.  A million timers at random places in memory
 * take the emulator seconds, so only release builds on 4 harts use them; all
 * others use a tenth. */
static uint32_t
how_many(void)
{
	return num_hart() == 4 && !DEBUG ? MILLION : MILLION / 10;
}

static nanos_t  last_when;
static uint64_t fired, out_of_order, too_early;

static void
note_fire(struct rtimer *r, uint64_t seq, struct gqueue *ready)
{
	(void)seq, (void)ready;
	if (r->when < last_when)
		out_of_order++;
	if (timers_now() < r->when)
		too_early++;
	last_when = r->when;
	fired++;
}

static void
shuffle(struct ktest *t, uint32_t *index, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		index[i] = i;
	for (uint32_t i = n - 1; i > 0; i--) {
		uint32_t j = rand_below(&t->rand, i + 1);
		uint32_t k = index[i];

		index[i] = index[j];
		index[j] = k;
	}
}

static void
run_many(struct ktest *t, struct rtimer *r, uint32_t *index, uint32_t n)
{
	nanos_t  start = timers_now();
	uint32_t stopped = 0;

	for (uint32_t i = 0; i < n; i++) {
		r[i].fire = note_fire;
		rtimer_set(&r[i], start + NS_PER_MS +
		    (nanos_t)rand_below(&t->rand, HOUR) * NS_PER_S, 0);
		if (i % 100000 == 0)
			yield();
	}
	shuffle(t, index, n);
	for (uint32_t i = 0; i < n / 2; i++)
		stopped += rtimer_stop(&r[index[i]]);
	EXPECT_EQ(t, stopped, n / 2);
	vclock_run(HOUR * NS_PER_S / 2);
	EXPECT(t, fired > n / 5 && fired < n / 10 * 3);
	vclock_run(HOUR * NS_PER_S / 2);
	EXPECT_EQ(t, fired, n / 2);
	EXPECT_EQ(t, out_of_order, 0);
	EXPECT_EQ(t, too_early, 0);
	EXPECT(t, !timers_pending());
}

KTEST(timer_heap, of_a_million_timers_those_not_stopped_come_in_order)
{
	uint32_t n = how_many();
	struct rtimer *r = gc_new_bytes(n * sizeof(*r));
	uint32_t *index = gc_new_bytes(n * sizeof(*index));

	last_when = 0;
	fired = out_of_order = too_early = 0;
	gomaxprocs(1);
	vclock_begin();
	run_many(t, r, index, n);
	vclock_end();
}
