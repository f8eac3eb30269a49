/*
 * test_stash.c - stacks that are stashed, and everybody who touches them.
 *
 * Covers STASH-1 to STASH-4, SLAB-1 and TRIM-1, beside all that may wake a
 * parked goroutine or write to its variables.  Links the whole runtime.
 */
#include "runtime/stash.h"

#include "gc/gc.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "kernel/vm.h"
#include "lib/str.h"
#include "runtime/dump.h"
#include "runtime/gstack.h"
#include "runtime/gstack_trim.h"
#include "runtime/sched.h"
#include "tests/unit/crowd.h"

enum { N = 48, MANY = 2000, LIST_LEN = 8 };

struct cell {
	struct cell *next;
	uint64_t     number;
	uint64_t     more[6];
};
GC_TYPE(cell, next);

static struct g        *gs[MANY];
static ATOMIC(uint32_t) narrived;

static bool
is_stashed(struct g *gp)
{
	/* relaxed: a snapshot. */
	return load_relaxed(&gp->stash) != NULL;
}

static uint32_t
count_stashed(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += is_stashed(gs[i]);
	return sum;
}

/* Goroutine i is about to park. */
static void
arrive(uint32_t i)
{
	gs[i] = self();
	/* release: pairs with load_acquire in start. */
	add_release(&narrived, 1);
}

static void
wait_for(struct ktest *t, uint32_t n)
{
	/* acquire: pairs with add_release in arrive. */
	EVENTUALLY(t, load_acquire(&narrived) == n);
	for (uint32_t i = 0; i < n; i++)
		EVENTUALLY(t, is_parked(gs[i]));
	store_relaxed(&narrived, 0);
}

static void
start(struct crowd *crowd, struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i))
{
	crowd_init(crowd, t, fn);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(crowd);
	wait_for(t, n);
}

/* Collect until the n that are parked are stashed: at the second collection
 * that finds them so. */
static void
stash_them(struct ktest *t, uint32_t n)
{
	gc_collect();
	gc_collect();
	EXPECT_EQ(t, count_stashed(n), n);
}

static void
ready_all(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		ready(gs[i]);
}

/* ---- what is stashed, and when ---- */

static void
park_with_marks(struct ktest *t, uint32_t i)
{
	uint64_t marks[16];

	for (uint32_t k = 0; k < ARRAY_LEN(marks); k++)
		marks[k] = (uint64_t)i << 32 | k;
	for (int round = 0; round < 3; round++) {
		arrive(i);
		park("a test");
		for (uint32_t k = 0; k < ARRAY_LEN(marks); k++)
			EXPECT_EQ(t, marks[k], (uint64_t)i << 32 | k);
	}
}

KTEST(stash, takes_who_is_parked_at_two_collections)
{
	uint32_t was = swap_acquire(&gstack_params.stash, GSTACK_STASH_LONG);
	struct crowd crowd;

	start(&crowd, t, N, park_with_marks);
	for (int round = 0; round < 3; round++) {
		gc_collect();
		EXPECT_EQ(t, count_stashed(N), 0);	/* TRIM-1 */
		gc_collect();
		EXPECT_EQ(t, count_stashed(N), N);
		for (uint32_t i = 0; i < N; i++)		/* STASH-1 */
			EXPECT(t, vm_frame(gs[i]->strand.stack_hi -
			    PAGE_SIZE) == NULL);
		gc_collect();
		EXPECT_EQ(t, count_stashed(N), N);
		ready_all(N);
		if (round < 2)
			wait_for(t, N);
	}
	crowd_wait(&crowd);
	store_relaxed(&gstack_params.stash, was);
	EXPECT_EQ(t, count_stashed(N), 0);
	vm_check();
	page_check();
}

static NOINLINE void
park_deep(struct ktest *t, uint32_t i, uint32_t depth)
{
	char pad[512];

	memset(pad, (int)depth, sizeof(pad));
	if (depth > 0) {
		park_deep(t, i, depth - 1);
	} else {
		arrive(i);
		park("a test");
	}
	EXPECT_EQ(t, pad[100], depth);
}

static void
park_at_depth(struct ktest *t, uint32_t i)
{
	park_deep(t, i, i % 8);
}

KTEST(stash, leaves_long_stacks_where_they_are)
{
	struct crowd crowd;

	start(&crowd, t, N, park_at_depth);
	for (int k = 0; k < 3; k++)
		gc_collect();
	for (uint32_t i = 0; i < N; i++)
		EXPECT(t, !is_stashed(gs[i]) || i % 8 < 2);
	ready_all(N);
	crowd_wait(&crowd);
}

/* ---- what only a stashed stack has ---- */

static uintptr_t hidden[N];

static NOINLINE struct cell *
new_list(uint64_t number)
{
	struct cell *list = NULL;

	for (uint32_t i = 0; i < LIST_LEN; i++) {
		struct cell *c = gc_new(&cell_type);

		c->number = number;
		gc_store(&c->next, list);
		list = c;
	}
	return list;
}

static void
keep_list(struct ktest *t, uint32_t i)
{
	struct cell *volatile list = new_list(i);
	uint32_t n = 0;

	hidden[i] = ~(uintptr_t)list;
	arrive(i);
	park("a test");
	for (struct cell *c = list; c != NULL; c = c->next, n++)
		EXPECT_EQ(t, c->number, i);
	EXPECT_EQ(t, n, LIST_LEN);
}

KTEST(stash, keeps_objects_alive)
{
	struct crowd crowd;
	struct gc_object object;

	start(&crowd, t, N, keep_list);
	stash_them(t, N);
	for (int k = 0; k < 4; k++) {
		gc_collect();
		/* Whatever was freed by mistake is overwritten. */
		for (int n = 0; n < 3000; n++)
			memset(gc_new_bytes(sizeof(struct cell)), 0xee,
			    sizeof(struct cell));
		for (uint32_t i = 0; i < N; i++)
			EXPECT(t, gc_find_object((void *)~hidden[i], &object) &&
			    object.allocated);
	}
	EXPECT_EQ(t, count_stashed(N), N);
	ready_all(N);
	crowd_wait(&crowd);
}

static void
fill_with_refs(struct ktest *t, uint32_t i)
{
	struct cell *volatile lists[80];

	for (uint32_t k = 0; k < ARRAY_LEN(lists); k++)
		lists[k] = new_list(k);
	arrive(i);
	park("a test");
	for (uint32_t k = 0; k < ARRAY_LEN(lists); k++)
		for (struct cell *c = lists[k]; c != NULL; c = c->next)
			EXPECT_EQ(t, c->number, k);
}

KTEST(stash, keeps_alive_what_a_stack_full_of_pointers_leads_to)
{
	struct crowd crowd;

	start(&crowd, t, 8, fill_with_refs);
	stash_them(t, 8);
	for (int k = 0; k < 2; k++) {
		gc_collect();
		for (int n = 0; n < 6000; n++)
			memset(gc_new_bytes(sizeof(struct cell)), 0xee,
			    sizeof(struct cell));
	}
	ready_all(8);
	crowd_wait(&crowd);
}

/* ---- others touch it ---- */

static uint64_t *shared[N];

static void
show_variable(struct ktest *t, uint32_t i)
{
	uint64_t variable = i;

	shared[i] = &variable;
	arrive(i);
	park("a test");
	EXPECT_EQ(t, *(volatile uint64_t *)&variable, i + 1000);
}

KTEST(stash, comes_back_when_somebody_else_touches_it)
{
	struct crowd crowd;

	start(&crowd, t, N, show_variable);
	for (int round = 0; round < 4; round++) {
		stash_them(t, N);
		for (uint32_t i = 0; i < N; i++) {
			if (round == 3)
				*shared[i] = i + 1000;
			else
				EXPECT_EQ(t, *(volatile uint64_t *)shared[i],
				    i);
			EXPECT(t, !is_stashed(gs[i]));
			EXPECT(t, is_parked(gs[i]));
		}
	}
	ready_all(N);
	crowd_wait(&crowd);
}

typedef ATOMIC(uint64_t) counter;

static counter    *counted[N];
static struct gate in_step;

static void
touch_at_once(struct ktest *t, uint32_t i)
{
	(void)i;
	for (uint32_t k = 0; k < N; k++) {
		gate_hold(t, &in_step, (k + 1) * (uint32_t)num_hart());
		/* relaxed: a count. */
		add_relaxed(counted[k], 1);
	}
}

static void
count_in_variable(struct ktest *t, uint32_t i)
{
	counter variable = ATOMIC_INIT(0);

	counted[i] = &variable;
	arrive(i);
	park("a test");
	EXPECT_EQ(t, load_relaxed(&variable), num_hart());
}

KTEST(stash, comes_back_once_when_all_harts_touch_it)
{
	struct crowd crowd;

	store_relaxed(&in_step.n, 0);
	start(&crowd, t, N, count_in_variable);
	stash_them(t, N);
	ktest_on_every_hart(t, touch_at_once);
	EXPECT_EQ(t, count_stashed(N), 0);
	ready_all(N);
	crowd_wait(&crowd);
}

static void
just_park(struct ktest *t, uint32_t i)
{
	(void)t;
	arrive(i);
	park("a test");
}

KTEST(stash, is_there_for_a_dump)
{
	struct crowd crowd;

	start(&crowd, t, 1, just_park);
	stash_them(t, 1);
	dump_goroutine(kprintf, gs[0], NULL, NULL);
	EXPECT(t, !is_stashed(gs[0]));
	ready_all(1);
	crowd_wait(&crowd);
}

/* ---- every way to wait ---- */

struct triple {
	uint64_t a, b, c;
};
GC_TYPE_NOPTR(triple);

static struct chan     *to[N], *from[N], *never;	/* roots */
static struct sema      permits;
static struct mutex     mutex;
static struct cond      cond;
static struct waitgroup group;
static bool             told;

static bool
is_triple(const struct triple *v, uint64_t a, uint64_t b, uint64_t c)
{
	return v->a == a && v->b == b && v->c == c;
}

/* Receive from to[i], which is delivered to our stack, or send from it. */
static void
select_some_way(struct ktest *t, uint32_t i)
{
	struct triple v = { i, i, i }, in = { 0 };
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = to[i], .value = &in },
		{ .op = SELECT_RECV, .chan = never, .value = &in },
		{ .op = SELECT_SEND, .chan = from[i], .value = &v },
	};

	arrive(i);
	if (chan_select(cases, 3) == 0)
		EXPECT(t, is_triple(&in, i + 1, i + 2, i + 3));
	else
		EXPECT(t, is_triple(&in, 0, 0, 0));
	EXPECT(t, is_triple(&v, i, i, i));
}

static void
wait_in_some_way(struct ktest *t, uint32_t i)
{
	struct triple v = { i, i, i };

	if (i % 8 == 2 || i % 8 == 3) {
		select_some_way(t, i);
		return;
	}
	arrive(i);
	switch (i % 8) {
	case 0:
		EXPECT(t, chan_recv(to[i], &v));
		EXPECT(t, is_triple(&v, i + 1, i + 2, i + 3));
		return;
	case 1:
		chan_send(from[i], &v);
		break;
	case 4:
		sema_acquire(&permits);
		break;
	case 5:
		mutex_lock(&mutex);
		while (!told)
			cond_wait(&cond);
		mutex_unlock(&mutex);
		break;
	case 6:
		wg_wait(&group);
		break;
	default:
		park("a test");
	}
	EXPECT(t, is_triple(&v, i, i, i));
}

static void
wake_in_that_way(struct ktest *t, uint32_t i)
{
	struct triple v = { i + 1, i + 2, i + 3 };

	switch (i % 8) {
	case 0:
	case 2:
		chan_send(to[i], &v);
		break;
	case 1:
	case 3:
		EXPECT(t, chan_recv(from[i], &v));
		EXPECT(t, is_triple(&v, i, i, i));
		break;
	case 4:
		sema_release(&permits);
		break;
	case 5:
		mutex_lock(&mutex);
		told = true;
		mutex_unlock(&mutex);
		cond_broadcast(&cond);
		break;
	case 6:
		if (i == 6)
			wg_done(&group);
		break;
	default:
		ready(gs[i]);
	}
}

static void
make_channels(void)
{
	static bool registered;

	if (!registered) {
		gc_root(to);
		gc_root(from);
		gc_root(never);
	}
	registered = true;
	gc_store(&never, chan_make(&triple_type, 0));
	for (uint32_t i = 0; i < N; i++) {
		gc_store(&to[i], chan_make(&triple_type, 0));
		gc_store(&from[i], chan_make(&triple_type, 0));
	}
}

KTEST(stash, comes_back_for_every_way_to_wake_who_waits)
{
	struct crowd crowd;

	make_channels();
	cond_init(&cond, &mutex);
	for (int round = 0; round < 8; round++) {
		told = false;
		wg_add(&group, 1);
		start(&crowd, t, N, wait_in_some_way);
		if (round % 2 == 0)
			stash_them(t, N);
		else
			gc_collect();
		crowd_run(t, N, wake_in_that_way);
		crowd_wait(&crowd);
	}
}

/* ---- beside everything, stashed at every collection ---- */

enum { HOPS = 30, RING = 40 };

static struct chan     *ring[RING];		/* roots */
static ATOMIC(uint32_t) go_on;

static void
collect_until_told(void *done)
{
	/* relaxed: it ends some time after. */
	while (load_relaxed(&go_on) != 0) {
		gc_collect();
		yield();
	}
	wg_done(done);
}

/* Pass numbers on, each a list that is only on stacks and in channels. */
static void
pass_on(struct ktest *t, uint32_t i)
{
	struct cell *c = i % 4 == 0 ? new_list(i) : NULL;

	for (uint32_t k = 0; k < HOPS; k++) {
		struct cell *in = NULL;
		struct select_case cases[] = {
			{ .op = SELECT_RECV, .chan = ring[i], .value = &in },
			{ .op = SELECT_SEND, .chan = ring[(i + 1) % RING],
			    .value = &c },
		};
		uint32_t n = 0;

		/* Who has nothing to pass on waits; who has something does what
		 * comes first, and so may lose it. */
		if (c == NULL)
			cases[1].chan = NULL;
		if (i % 4 != 0 && c == NULL)
			sleep_ns((int64_t)(i % 7) * 10 * NS_PER_US);
		if (chan_try_select(cases, 2) < 0) {
			if (k % 8 == 7)
				c = new_list(i);
			sleep_ns((int64_t)(i % 5) * 20 * NS_PER_US);
			continue;
		}
		if (in != NULL)
			c = in;
		for (struct cell *at = c; at != NULL; at = at->next, n++)
			EXPECT(t, at->number == c->number);
		EXPECT(t, n == 0 || n == LIST_LEN);
	}
}

static void
ping(struct ktest *t, uint32_t i)
{
	struct triple v = { i, i, i };

	for (uint32_t k = 0; k < HOPS; k++) {
		if (i % 2 == 0) {
			chan_send(to[i / 2], &v);
			EXPECT(t, chan_recv(from[i / 2], &v));
			EXPECT(t, is_triple(&v, i + k + 1, i, i));
		} else {
			EXPECT(t, chan_recv(to[i / 2], &v));
			v.a++;
			chan_send(from[i / 2], &v);
		}
	}
}

static void
ping_or_pass(struct ktest *t, uint32_t i)
{
	if (i < N)
		ping(t, i);
	else
		pass_on(t, i - N);
}

static void
at_every_collection(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i),
    uint32_t n)
{
	struct waitgroup done = { 0 };
	uint32_t was = load_relaxed(&gstack_params.stash);
	struct stash_stats before, after;

	make_channels();
	stash_get_stats(&before);
	store_relaxed(&gstack_params.stash, GSTACK_STASH_ALL);
	store_relaxed(&go_on, 1);
	wg_add(&done, 1);
	go(collect_until_told, &done);
	crowd_run(t, n, fn);
	store_relaxed(&go_on, 0);
	wg_wait(&done);
	store_relaxed(&gstack_params.stash, was);
	stash_get_stats(&after);
	EXPECT(t, after.total > before.total);
	vm_check();
	page_check();
}

KTEST(stash, beside_ping_pong_and_select)
{
	static bool registered;

	if (!registered)
		gc_root(ring);
	registered = true;
	for (uint32_t i = 0; i < RING; i++)
		gc_store(&ring[i], chan_make(&gc_ptr_type, 1));
	at_every_collection(t, ping_or_pass, N + RING);
}

/* ---- the memory ---- */

KTEST(stash, of_many_takes_little_and_is_given_back)
{
	struct stash_stats before, during, after;
	struct gstack_stats stacks;
	struct crowd crowd;

	gc_collect();
	stash_get_stats(&before);
	start(&crowd, t, MANY, just_park);
	stash_them(t, MANY);
	stash_get_stats(&during);
	gstack_get_stats(&stacks);
	EXPECT(t, during.stashed - before.stashed >= MANY);
	EXPECT(t, during.pages - before.pages <= MANY / 6);	/* SLAB-1 */
	ready_all(MANY);
	crowd_wait(&crowd);
	gc_collect();
	gc_collect();
	stash_get_stats(&after);
	EXPECT(t, after.stashed <= before.stashed + 8);
	EXPECT(t, after.pages <= before.pages + 8);
	page_check();
}

KTEST(stash, can_be_turned_off)
{
	uint32_t was = load_relaxed(&gstack_params.stash);
	struct crowd crowd;

	store_relaxed(&gstack_params.stash, GSTACK_STASH_NONE);
	start(&crowd, t, N, just_park);
	gc_collect();
	gc_collect();
	gc_collect();
	EXPECT_EQ(t, count_stashed(N), 0);
	store_relaxed(&gstack_params.stash, was);
	gc_collect();
	EXPECT_EQ(t, count_stashed(N), was == GSTACK_STASH_NONE ? 0 : N);
	ready_all(N);
	crowd_wait(&crowd);
}
